/**
 * Bytes that are told as text: images and files in base64, in a `data:` URL, under
 * `b64_json`, or in the middle of what a tool gave back. A note stands for them, with their
 * type and how many there are; the text beside them stays.
 *
 * @internal
 */

// What is shorter is a key or a digest rather than a file, and the redactor's business.
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

/** What files begin with, in base64. */
const beginnings: ReadonlyArray<readonly [start: string, type: string]> = [
  ["iVBORw0KGgo", "image/png"],
  ["/9j/", "image/jpeg"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "audio/wav"],
  ["JVBERi0", "application/pdf"],
  ["SUQz", "audio/mpeg"],
  ["T2dnUw", "audio/ogg"],
  ["UEsDB", "application/zip"],
  ["AAAAIGZ0eX", "video/mp4"],
  ["AAAAGGZ0eX", "video/mp4"]
]

/** Text that only looks like bytes has no digits, or no capitals. */
const looksDrawn = (text: string, from: number): boolean => {
  const sample = text.slice(from, from + stride)
  return /\d/.test(sample) && /[A-Z]/.test(sample) && /[a-z]/.test(sample)
}

const bytesOf = (text: string, from: number, to: number): number => {
  while (to > from && text[to - 1] === "=") to--
  return Math.floor((to - from) * 3 / 4)
}

/** Text with a note in the place of bytes; the same text where it has none. @internal */
export const withoutBinaryText = (text: string, type?: string): string => {
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
    const known = beginnings.find(([start]) => text.startsWith(start, from))?.[1]
    const start = url === null ? from : from - url[0].length
    kept += `${text.slice(copied, start)}[${url?.[1] ?? type ?? known ?? "binary"}, ${bytesOf(text, from, to)} bytes]`
    copied = to
  }
  return copied === 0 ? text : kept + text.slice(copied)
}

/** What an object says of the type of the bytes in it. @internal */
export const typeOfBytes = (value: object): string | undefined => {
  const { contentType, format, media_type, mediaType, mime_type, mimeType } = value as Readonly<Record<string, unknown>>
  const type = mimeType ?? mime_type ?? media_type ?? mediaType ?? contentType ?? format
  return typeof type === "string" && /^[\w.+/-]{1,128}$/.test(type) ? type : undefined
}

/** How many bytes a `Buffer` had that was written as JSON, if the value is one. @internal */
export const bufferBytes = (value: object): number | undefined => {
  const { data, type } = value as Readonly<Record<string, unknown>>
  return type === "Buffer" && Array.isArray(data) && typeof data[0] === "number" ? data.length : undefined
}
