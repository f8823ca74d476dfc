/**
 * Values without the bytes in them.
 *
 * @internal
 */
import type { Keep, Reference } from "./binaryText.ts"
import { bufferBytes, keepText, noteOf, typeOfBytes, typeOfFile, withoutBinaryText } from "./binaryText.ts"

const maxDepth = 64

/** A part of a message, as the GenAI conventions write it. */
interface BinaryPart {
  readonly type?: unknown
  readonly content?: unknown
  readonly modality?: unknown
  readonly mime_type?: unknown
  readonly uri?: unknown
}

// What is shorter tells itself in as much room as a note would.
const smallBinary = 256

const bytesOf = (base64: string): number => Math.floor(base64.replace(/=+$/, "").length * 3 / 4)

/** What stands for a binary part of a message: by reference where there is one. */
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

/** What stands for a value that is bytes, and nothing for others. */
const binary = (value: object, told: string | undefined, keep: Keep | undefined): unknown => {
  const view = value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof DataView
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : undefined
  if (view !== undefined) {
    const type = told ?? typeOfFile(view)
    // The program may write to its own afterwards.
    return noteOf(type ?? "binary", view.length, view.length === 0 ? undefined : keep?.(view.slice(), type))
  }
  // Numbers of another kind, such as an embedding, are no file.
  if (ArrayBuffer.isView(value)) return noteOf("binary", value.byteLength)
  const buffer = bufferBytes(value)
  if (buffer !== undefined) {
    return noteOf(told ?? "binary", buffer.length, keep?.(Uint8Array.from(buffer), told))
  }
  const { content, mime_type, type, uri } = value as BinaryPart
  if (type === "blob" && typeof content === "string" && content.length > smallBinary) {
    return part(value, mime_type ?? undefined, bytesOf(content), keepText(content, textOf(mime_type), keep))
  }
  if (type === "uri" && typeof uri === "string" && uri.length > smallBinary && uri.startsWith("data:")) {
    const base64 = uri.slice(uri.indexOf(",") + 1)
    const told = /^data:([^;,]*)/.exec(uri)?.[1] || undefined
    return part(value, told, bytesOf(base64), keepText(base64, told, keep))
  }
  return undefined
}

const mayBeBytes = (value: unknown): boolean =>
  typeof value === "string"
    ? value.length > smallBinary
    : ArrayBuffer.isView(value) || value instanceof ArrayBuffer ||
      (typeof value === "object" && value !== null && bufferBytes(value) !== undefined)

// A cycle has no end, and a value that is shared is met on every way to it.
const maxNodes = 100_000

/**
 * The value with a note in the place of each binary part, or a reference where it is kept; the same value where it has
 * none.
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
