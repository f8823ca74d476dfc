/**
 * What an agent or a session was given, or gave back, as the messages that it is.
 *
 * @internal
 */
import * as Attribute from "../../core/Attribute.ts"

const isMessage = (value: unknown): boolean =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, "role") === "string" &&
  Array.isArray(Reflect.get(value, "parts"))

/** JSON of messages by OpenTelemetry's schemas: as they are, else the value as the text of one. @internal */
export const asMessages = (role: "user" | "assistant", value: unknown): string => {
  if (Array.isArray(value) && value.length > 0 && value.every(isMessage)) return Attribute.toJson(value)
  return Attribute.toJson([{
    role,
    parts: [{ type: "text", content: typeof value === "string" ? value : Attribute.toJson(value) }],
    ...(role === "assistant" ? { finish_reason: "stop" } : {})
  }])
}
