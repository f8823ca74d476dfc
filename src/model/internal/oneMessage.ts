/**
 * The input or output of an agent or a session as messages.
 *
 * @internal
 */
import * as Attribute from "../../core/Attribute.ts"

const isMessage = (value: unknown): boolean =>
  typeof value === "object" && value !== null && typeof Reflect.get(value, "role") === "string" &&
  Array.isArray(Reflect.get(value, "parts"))

/**
 * JSON of messages by OpenTelemetry's schemas. A value that is not a list of messages becomes the text of one message.
 * @internal
 */
export const asMessages = (role: "user" | "assistant", value: unknown): string => {
  if (Array.isArray(value) && value.length > 0 && value.every(isMessage)) return Attribute.toJson(value)
  return Attribute.toJson([{
    role,
    parts: [{ type: "text", content: typeof value === "string" ? value : Attribute.toJson(value) }],
    ...(role === "assistant" ? { finish_reason: "stop" } : {})
  }])
}
