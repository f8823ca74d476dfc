/**
 * Replaces the bytes in values.
 *
 * @internal
 */
import type { Keep, Reference } from "./binaryText.ts"
import { bufferBytes, endOf, keepText, noteOf, typeOfBytes, typeOfFile, withoutBinaryText } from "./binaryText.ts"

const maxDepth = 64

/** A part of a message in the form of the GenAI conventions. */
interface BinaryPart {
  readonly type?: unknown
  readonly content?: unknown
  readonly modality?: unknown
  readonly mime_type?: unknown
  readonly uri?: unknown
}

// A note would be as long as shorter content.
const smallBinary = 256

const bytesOf = (text: string, from = 0): number => {
  const cut = text.lastIndexOf("…[")
  return endOf(text, from, cut === -1 ? text.length : cut).bytes
}

/** Replaces a binary part of a message, by a reference if there is one. */
const part = ({ mime_type, modality }: BinaryPart, type: unknown, size: number, reference: Reference | undefined) =>
  reference === undefined
    ? { type: "text", content: noteOf(String(type ?? modality ?? "binary"), size) }
    : {
      type: "uri",
      modality: modality ?? "document",
      ...(mime_type ?? type ?? undefined) === undefined ? {} : { mime_type: mime_type ?? type },
      uri: reference.uri,
      sha256: reference.sha256,
      size
    }

const textOf = (value: unknown): string | undefined => typeof value === "string" ? value : undefined

/** The replacement of a value that is bytes, or `undefined` for any other value. */
const binary = (value: object, mimeType: string | undefined, keep: Keep | undefined): unknown => {
  const view = value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof DataView
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : undefined
  if (view !== undefined) {
    const type = mimeType ?? typeOfFile(view)
    // A copy, because the program may write to its own bytes later.
    return noteOf(type ?? "binary", view.length, view.length === 0 ? undefined : keep?.(view.slice(), type))
  }
  // Arrays of other numbers, such as an embedding, are not files.
  if (ArrayBuffer.isView(value)) return noteOf("binary", value.byteLength)
  const buffer = bufferBytes(value)
  if (buffer !== undefined) {
    return noteOf(mimeType ?? "binary", buffer.length, keep?.(Uint8Array.from(buffer), mimeType))
  }
  const { content, mime_type, type, uri } = value as BinaryPart
  if (type === "blob" && typeof content === "string" && content.length > smallBinary) {
    return part(value, mime_type ?? undefined, bytesOf(content), keepText(content, textOf(mime_type), keep))
  }
  if (type === "uri" && typeof uri === "string" && uri.length > smallBinary && uri.startsWith("data:")) {
    const base64 = uri.slice(uri.indexOf(",") + 1)
    const mimeType = /^data:([^;,]*)/.exec(uri)?.[1] || undefined
    return part(value, mimeType, bytesOf(uri, uri.length - base64.length), keepText(base64, mimeType, keep))
  }
  return undefined
}

const mayBeBytes = (value: unknown): boolean =>
  typeof value === "string"
    ? value.length > smallBinary
    : ArrayBuffer.isView(value) || value instanceof ArrayBuffer ||
      (typeof value === "object" && value !== null && bufferBytes(value) !== undefined)

// The limit ends cycles and bounds values that are shared by many paths.
const maxNodes = 100_000

/**
 * Returns the value with a note or a reference in place of each binary part. A value without binary parts is returned
 * unchanged.
 *
 * @internal
 */
export const withoutBinary = (value: unknown, keep?: Keep): unknown => {
  let nodes = 0
  const walk = (value: unknown, depth: number, type?: string): unknown => {
    if (typeof value === "string") return withoutBinaryText(value, type, keep)
    if (typeof value !== "object" || value === null || depth > maxDepth || ++nodes > maxNodes) return value
    const replaced = binary(value, type, keep)
    if (replaced !== undefined) return replaced
    if (Array.isArray(value)) {
      if ((nodes += value.length) > maxNodes) return value
      let copy: Array<unknown> | undefined
      for (let i = 0; i < value.length; i++) {
        const item = walk(value[i], depth + 1)
        if (item !== value[i]) (copy ??= value.slice())[i] = item
      }
      return copy ?? value
    }
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== Object.prototype && prototype !== null) return value
    let copy: Record<string, unknown> | undefined
    for (const key in value) {
      const before = (value as Record<string, unknown>)[key]
      const after = walk(before, depth + 1, mayBeBytes(before) ? typeOfBytes(value) : undefined)
      if (after !== before) (copy ??= { ...value } as Record<string, unknown>)[key] = after
    }
    return copy ?? value
  }
  return walk(value, 0)
}
