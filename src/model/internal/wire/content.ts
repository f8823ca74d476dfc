/**
 * Pieces of content that the providers' formats have in common.
 */
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import { attempt } from "../../../core/internal/look.ts"
import type { GenericPart, KnownPart, Part, TextPart } from "../../Message.ts"

/** Types that the convention names: a foreign object of such a type must not pass for the convention's part. */
const known: ReadonlySet<string> = new Set<KnownPart["type"]>([
  "text",
  "reasoning",
  "tool_call",
  "tool_call_response",
  "server_tool_call",
  "server_tool_call_response",
  "blob",
  "file",
  "uri",
  "compaction"
])

/** A part that the convention has no form for, as it came: its fields where it has a type, else itself as `content`. */
export const unknownPart = (raw: unknown): GenericPart =>
  Predicate.isObject(raw) && Predicate.isString(raw.type) && !known.has(raw.type)
    ? { ...raw, type: raw.type }
    : { type: "unknown", content: raw }

/** Inline content, a `data:` URL, or a reference to content elsewhere. */
export const partOfUrl = (url: string, modality: string): Part => {
  const data = /^data:([^;,]*)(?:;[^,]*)?,/.exec(url.slice(0, 256))
  return data === null
    ? { type: "uri", modality, uri: url }
    : blob(url.slice(data[0].length), modality, data[1] === "" ? undefined : data[1])
}

export const blob = (content: string, modality: string, mimeType: string | undefined): Part =>
  defined({ type: "blob", modality, mime_type: mimeType, content })

export const file = (fileId: string, modality: string): Part => ({ type: "file", modality, file_id: fileId })

/** What a MIME type is of: an image, audio, video, else a document. */
export const modalityOf = (mimeType: string | undefined): string =>
  /^(image|audio|video)\//.exec(mimeType ?? "")?.[1] ?? "document"

/** The parts of a content that is text or a list of parts. Nothing where there is no content. */
export const partsOf = (content: unknown, toPart: (raw: unknown) => Part): Array<Part> => {
  if (Predicate.isString(content)) return [{ type: "text", content }]
  if (content === undefined || content === null) return []
  return Array.isArray(content) ? content.map(toPart) : [toPart(content)]
}

/** The arguments of a tool call: what their JSON says, or the text itself where it is not JSON. */
export const argumentsOf = (raw: unknown): unknown => {
  if (!Predicate.isString(raw)) return raw ?? undefined
  const parsed = attempt(() => JSON.parse(raw) as unknown)
  return parsed === undefined ? raw : parsed
}

const isInstruction = (part: Part): part is TextPart | GenericPart => part.type === "text" || !known.has(part.type)

/** System instructions are text; what is not is kept as generic. */
export const instructionsOf = (parts: ReadonlyArray<Part>): ReadonlyArray<TextPart | GenericPart> | undefined =>
  parts.length === 0 ? undefined : parts.map((part) => isInstruction(part) ? part : unknownPart(part))

/** One reason for each choice, the convention's `error` standing for one that is missing among others. */
export const finishReasonsOf = (
  reasons: ReadonlyArray<string | undefined>
): ReadonlyArray<string> | undefined =>
  reasons.some(Predicate.isString) ? reasons.map((reason) => reason ?? "error") : undefined

/** The convention's word for the format that was asked for. */
export const outputTypeOf = (format: string | undefined): string | undefined =>
  format === "json_schema" || format === "json_object" ? "json" : format
