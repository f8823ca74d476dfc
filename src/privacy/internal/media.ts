/**
 * Bytes on their way out of an event's content.
 *
 * @internal
 */
import { attempt } from "../../core/internal/look.ts"
import type { Media, TakeMedia } from "../Content.ts"
import type { Keep } from "./binaryText.ts"
import { sha256 } from "./sha256.ts"

const extensions: Readonly<Record<string, string>> = {
  "application/octet-stream": "bin",
  "audio/mpeg": "mp3",
  "image/jpeg": "jpg",
  "image/svg+xml": "svg",
  "text/plain": "txt"
}

/** What the file of such bytes is called: its hash, so that the same bytes are kept once. @internal */
export const fileName = ({ mimeType, sha256 }: Media): string => {
  const extension = extensions[mimeType] ?? /\/(?:x-)?([a-z0-9]{1,8})$/.exec(mimeType)?.[1] ?? "bin"
  return `${sha256}.${extension}`
}

/** Hands the bytes of one span over. @internal */
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
  // Where it will be is the user's to say.
  const uri = attempt(() => take(media))
  return typeof uri === "string" ? { uri, sha256: hash } : undefined
}
