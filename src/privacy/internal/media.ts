/**
 * Stores the bytes of an event's content.
 *
 * @internal
 */
import { tryOrUndefined } from "../../core/internal/inspect.ts"
import type { Media, TakeMedia } from "../Media.ts"
import type { Keep } from "./binaryText.ts"
import { sha256 } from "./sha256.ts"

const extensions: Readonly<Record<string, string>> = {
  "application/octet-stream": "bin",
  "audio/mpeg": "mp3",
  "image/jpeg": "jpg",
  "image/svg+xml": "svg",
  "text/plain": "txt"
}

/** The name of a medium's file: its hash, so that equal bytes are stored once. @internal */
export const fileName = ({ mimeType, sha256 }: Media): string => {
  const extension = extensions[mimeType] ?? /\/(?:x-)?([a-z0-9]{1,8})$/.exec(mimeType)?.[1] ?? "bin"
  return `${sha256}.${extension}`
}

/** Makes the function that stores the bytes of one span's content. @internal */
export const keeper = (
  take: TakeMedia,
  span: { readonly traceId: string; readonly spanId: string; readonly session: { readonly id: string } | undefined }
): Keep =>
(bytes, type) => {
  const mimeType = type?.includes("/") === true ? type : "application/octet-stream"
  const hash = sha256(bytes)
  const media: Media = {
    bytes,
    mimeType,
    sha256: hash,
    traceId: span.traceId,
    spanId: span.spanId,
    sessionId: span.session?.id
  }
  // The user's store decides the URI.
  const uri = tryOrUndefined(() => take(media))
  return typeof uri === "string" ? { uri, sha256: hash } : undefined
}
