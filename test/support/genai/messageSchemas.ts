/**
 * The JSON of messages according to OpenTelemetry's GenAI conventions. It is written from their JSON schemas,
 * independently of the library's schemas: required members are required, `type` decides, and further members are
 * allowed.
 * required, `type` decides, further members are allowed.
 */
import * as Schema from "effect/Schema"

const text = Schema.String
const maybe = Schema.optionalKey(Schema.NullOr(Schema.String))

const part = <const T extends string, F extends Schema.Struct.Fields>(type: T, fields: F) =>
  Schema.Struct({ type: Schema.Literal(type), ...fields })

const notDataUrl = text.check(Schema.makeFilter((uri: string) => !uri.startsWith("data:"), { expected: "no data URL" }))

const serverTool = Schema.StructWithRest(Schema.Struct({ type: text }), [Schema.Record(Schema.String, Schema.Unknown)])

const named = [
  part("text", { content: text }),
  part("reasoning", { content: text }),
  part("tool_call", { name: text, id: maybe, arguments: Schema.optionalKey(Schema.Unknown) }),
  part("tool_call_response", { response: Schema.Unknown, id: maybe }),
  part("server_tool_call", { name: text, id: maybe, server_tool_call: serverTool }),
  part("server_tool_call_response", { id: maybe, server_tool_call_response: serverTool }),
  part("blob", {
    modality: text,
    content: text.check(Schema.isPattern(/^[A-Za-z0-9+/]*={0,2}$/)),
    mime_type: maybe
  }),
  part("file", { modality: text, file_id: text, mime_type: maybe }),
  part("uri", { modality: text, uri: notDataUrl, mime_type: maybe }),
  part("compaction", { id: maybe, content: maybe })
] as const

const names = new Set<string>(named.map((schema) => schema.fields.type.literal))

// A part of a known type must match that type. Otherwise any object with a type would pass.
const generic = Schema.Struct({
  type: text.check(Schema.makeFilter((type: string) => !names.has(type), { expected: "a type that is not named" }))
})

export const Part = Schema.Union([...named, generic])

const chatMessage = { role: text, parts: Schema.Array(Part), name: maybe }

/** `gen_ai.input.messages` */
export const InputMessages = Schema.Array(Schema.Struct(chatMessage))

/** `gen_ai.output.messages` */
export const OutputMessages = Schema.Array(Schema.Struct({ ...chatMessage, finish_reason: text }))

/** `gen_ai.system_instructions` */
export const SystemInstructions = Schema.Array(Schema.Union([named[0], generic]))

const functionTool = Schema.Struct({
  type: Schema.Literal("function"),
  name: text,
  description: maybe,
  parameters: Schema.optionalKey(Schema.Unknown)
})

/** `gen_ai.tool.definitions` */
export const ToolDefinitions = Schema.Array(Schema.Union([functionTool, Schema.Struct({ type: text, name: text })]))

/** The schema of each attribute that holds content, by its name. */
export const schemas = {
  "gen_ai.input.messages": InputMessages,
  "gen_ai.output.messages": OutputMessages,
  "gen_ai.system_instructions": SystemInstructions,
  "gen_ai.tool.definitions": ToolDefinitions
} as const
