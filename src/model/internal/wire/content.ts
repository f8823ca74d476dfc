/**
 * Content parts and tools that the formats of several providers share.
 */
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { GenericPart, KnownPart, Part, TextPart, ToolDefinition } from "../../Message.ts"
import { object, objects, text } from "./lookup.ts"

/**
 * The part types of the convention. A provider's object with such a type must not be mistaken for the convention's
 * part.
 */
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

/**
 * A generic part for content that the convention does not describe: its own fields if it has a type, else the value as
 * `content`.
 */
export const unknownPart = (raw: unknown): GenericPart =>
  Predicate.isObject(raw) && Predicate.isString(raw.type) && !known.has(raw.type)
    ? { ...raw, type: raw.type }
    : { type: "unknown", content: raw }

/** Inline content from a `data:` URL, or a reference to content elsewhere. */
export const partOfUrl = (url: string, modality: string): Part => {
  const data = /^data:([^;,]*)(?:;[^,]*)?,/.exec(url.slice(0, 256))
  return data === null
    ? { type: "uri", modality, uri: url }
    : blob(url.slice(data[0].length), modality, data[1] === "" ? undefined : data[1])
}

export const blob = (content: string, modality: string, mimeType: string | undefined): Part =>
  defined({ type: "blob", modality, mime_type: mimeType, content })

export const file = (fileId: string, modality: string): Part => ({ type: "file", modality, file_id: fileId })

/** The modality of a MIME type: image, audio, video, else document. */
export const modalityOf = (mimeType: string | undefined): string =>
  /^(image|audio|video)\//.exec(mimeType ?? "")?.[1] ?? "document"

/** The parts of a content that is text or a list of parts. Without content the list is empty. */
export const partsOf = (content: unknown, toPart: (raw: unknown) => Part): Array<Part> => {
  if (Predicate.isString(content)) return [{ type: "text", content }]
  if (content === undefined || content === null) return []
  return Array.isArray(content) ? content.map(toPart) : [toPart(content)]
}

/** The arguments of a tool call: the parsed JSON, or the text if it is not JSON. */
export const argumentsOf = (raw: unknown): unknown => {
  if (!Predicate.isString(raw)) return raw ?? undefined
  const parsed = tryOrUndefined(() => JSON.parse(raw) as unknown)
  return parsed === undefined ? raw : parsed
}

const isInstruction = (part: Part): part is TextPart | GenericPart => part.type === "text" || !known.has(part.type)

/** System instructions are text. Any other part becomes a generic one. */
export const instructionsOf = (parts: ReadonlyArray<Part>): ReadonlyArray<TextPart | GenericPart> | undefined =>
  parts.length === 0 ? undefined : parts.map((part) => isInstruction(part) ? part : unknownPart(part))

/**
 * One finish reason for each choice. If some choices have a reason, the convention's `error` replaces a missing one.
 */
export const finishReasonsOf = (
  reasons: ReadonlyArray<string | undefined>
): ReadonlyArray<string> | undefined =>
  reasons.some(Predicate.isString) ? reasons.map((reason) => reason ?? "error") : undefined

/** The convention's name for the requested output format. */
export const outputTypeOf = (format: string | undefined): string | undefined =>
  format === "json_schema" || format === "json_object" ? "json" : format

/** Tools with their name, description and parameters under `function`, as OpenAI's chat completions have them. */
export const functionTools = (tools: unknown): ReadonlyArray<ToolDefinition> | undefined => {
  const found = objects(tools).flatMap((tool): Array<ToolDefinition> => {
    const definition = object(tool.function)
    const name = text(definition?.name)
    return definition === undefined || name === undefined ? [] : [
      defined({
        type: "function" as const,
        name,
        description: text(definition.description),
        parameters: definition.parameters ?? undefined
      })
    ]
  })
  return found.length === 0 ? undefined : found
}
