/**
 * Replaces bytes in text: images and files in base64, in a `data:` URL, under `b64_json`, or in the middle of a tool's
 * result. A note with their type and size takes their place, and their reference if they are stored. The text beside
 * them stays.
 *
 * @internal
 */
import * as Base64 from "effect/encoding/Base64"
import * as Result from "effect/Result"

/** The reference of bytes that were stored. @internal */
export interface Reference {
  readonly uri: string
  readonly sha256: string
}

/** Stores bytes, if possible. @internal */
export type Keep = (bytes: Uint8Array<ArrayBuffer>, type: string | undefined) => Reference | undefined

/** Decodes base64 of either alphabet. @internal */
export const bytesOfBase64 = (text: string): Uint8Array<ArrayBuffer> | undefined => {
  const digits = text.replace(/=+$/, "").replaceAll("-", "+").replaceAll("_", "/")
  const decoded = Base64.decode(digits + "=".repeat((4 - digits.length % 4) % 4))
  return Result.isSuccess(decoded) ? decoded.success as Uint8Array<ArrayBuffer> : undefined
}

/** Stores the bytes that a text encodes, if possible. @internal */
export const keepText = (text: string, type: string | undefined, keep: Keep | undefined): Reference | undefined => {
  const bytes = keep === undefined ? undefined : bytesOfBase64(text)
  return bytes === undefined || bytes.length === 0 ? undefined : keep!(bytes, type)
}

/** The note that replaces bytes. @internal */
export const noteOf = (type: string, bytes: number, reference?: Reference): string =>
  reference === undefined
    ? `[${type}, ${bytes} bytes]`
    : `[${type}, ${bytes} bytes, sha256 ${reference.sha256}, ${reference.uri}]`

// Shorter text is rather a key or a digest than a file. The redactor handles those.
const least = 512
const stride = 256

const alphabet = new Uint8Array(128)
for (const character of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=") {
  alphabet[character.charCodeAt(0)] = 1
}

const isEncoded = (text: string, i: number): boolean => {
  const code = text.charCodeAt(i)
  return code < 128 && alphabet[code] === 1
}

const dataUrl = /data:([\w.+-]{1,64}\/[\w.+-]{1,64})?(?:;[\w.+=-]{1,64}){0,4},$/

/** The first characters of files in base64. */
const beginnings: ReadonlyArray<readonly [start: RegExp, type: string]> = [
  [/iVBORw0KGgo/y, "image/png"],
  [/\/9j\//y, "image/jpeg"],
  [/R0lGOD/y, "image/gif"],
  [/UklGR.{7}RUJQ/y, "image/webp"],
  [/UklGR.{7}QVZF/y, "audio/wav"],
  [/SUkqA|TU0AK/y, "image/tiff"],
  [/JVBERi0/y, "application/pdf"],
  [/SUQz|\/\/[stu]/y, "audio/mpeg"],
  [/T2dnUw/y, "audio/ogg"],
  [/ZkxhQ/y, "audio/flac"],
  [/GkXfo/y, "video/webm"],
  [/UEsDB/y, "application/zip"],
  [/H4sI/y, "application/gzip"],
  [/AAAA.GZ0eX/y, "video/mp4"]
]

const typeOfBase64 = (text: string, from: number): string | undefined =>
  beginnings.find(([start]) => {
    start.lastIndex = from
    return start.test(text)
  })?.[1]

/** The type of a file by its first bytes. @internal */
export const typeOfFile = (bytes: Uint8Array): string | undefined =>
  typeOfBase64(Base64.encode(bytes.subarray(0, 12)), 0)

/** Whether base64 is likely: a text that only looks like it has no digits or no capitals. */
const looksDrawn = (text: string, from: number): boolean => {
  const sample = text.slice(from, from + stride)
  return /\d/.test(sample) && /[A-Z]/.test(sample) && /[a-z]/.test(sample)
}

// What a text ends with that was too long to be read whole.
const rest = /…\[(\d+) characters\]/y

/** The end of bytes in text, with how many there are: those too that were not read. @internal */
export const endOf = (text: string, from: number, to: number): { readonly end: number; readonly bytes: number } => {
  rest.lastIndex = to
  const cut = rest.exec(text)
  if (cut !== null) return { end: to + cut[0].length, bytes: Math.floor((Number(cut[1]) - from) * 3 / 4) }
  let last = to
  while (last > from && text[last - 1] === "=") last--
  return { end: to, bytes: Math.floor((last - from) * 3 / 4) }
}

/** Returns the text with a note in place of bytes. Text without bytes is returned unchanged. @internal */
export const withoutBinaryText = (text: string, type?: string, keep?: Keep): string => {
  if (text.length < least) return text
  let kept = ""
  let copied = 0
  for (let i = stride; i < text.length; i += stride) {
    if (!isEncoded(text, i)) continue
    let from = i
    let to = i + 1
    while (from > copied && isEncoded(text, from - 1)) from--
    while (to < text.length && isEncoded(text, to)) to++
    i = to
    if (to - from < least) continue
    const url = dataUrl.exec(text.slice(Math.max(copied, from - 256), from))
    if (url === null && !looksDrawn(text, from)) continue
    const start = url === null ? from : from - url[0].length
    const found = url?.[1] ?? type ?? typeOfBase64(text, from)
    const { bytes, end } = endOf(text, from, to)
    const reference = end === to ? keepText(text.slice(from, to), found, keep) : undefined
    kept += text.slice(copied, start) + noteOf(found ?? "binary", bytes, reference)
    copied = end
  }
  return copied === 0 ? text : kept + text.slice(copied)
}

/** The type of an object's bytes, according to its own fields. @internal */
export const typeOfBytes = (value: object): string | undefined => {
  const { contentType, format, media_type, mediaType, mime_type, mimeType } = value as Readonly<Record<string, unknown>>
  const type = mimeType ?? mime_type ?? media_type ?? mediaType ?? contentType ?? format
  return typeof type === "string" && /^[\w.+/-]{1,128}$/.test(type) ? type : undefined
}

/** The bytes of a `Buffer` in its JSON form, if the value is one. @internal */
export const bufferBytes = (value: object): ReadonlyArray<number> | undefined => {
  const { data, type } = value as Readonly<Record<string, unknown>>
  return type === "Buffer" && Array.isArray(data) && typeof data[0] === "number" ? data : undefined
}
