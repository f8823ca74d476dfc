/**
 * Content: what people wrote and models answered, and how far it may go.
 *
 * Prompts, completions, a tool's arguments and results, the messages of exceptions
 * and what else an event's fields are marked for are content. Each exporter has a
 * {@link Policy} for it. A {@link Hook} sees it first, and may keep it elsewhere.
 *
 * @since 0.1.0
 */

/**
 * Where an exporter tells content: nowhere, on spans, on events, or on both.
 *
 * **Details**
 *
 * An event is a log record, `gen_ai.client.inference.operation.details` of
 * OpenTelemetry's GenAI conventions: one for each call to a model, with the ids of
 * its span and all that the span says, messages as structured values.
 *
 * `true` stands for `span`, for `Exporter.otlpLogs` for `event`, and `false` for
 * `none`. The variable `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` gives
 * the same choice to what is set up from the environment.
 *
 * **Gotchas**
 *
 * Events are sent by exporters of log records: `Exporter.otlpLogs`, and
 * `Exporter.agentOps` with `logs`. For one that sends spans alone, `event` is the
 * same as `none`. What tools take and give is on spans only.
 *
 * @category models
 * @since 0.1.0
 */
export type Policy = "none" | "span" | "event" | "both"

/**
 * The content of one event that has ended, as a {@link Hook} sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Content {
  /** The kind of event: `llm`, `tool`, `action`, `agent`, or a user's own. */
  readonly kind: string
  readonly traceId: string
  readonly spanId: string
  readonly sessionId: string | undefined
  /** The event's content fields by name, such as `inputMessages`, as JSON values, redacted. */
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * What a {@link Hook} makes of it: fields that stand in for those it saw, where
 * `undefined` leaves one out, and attributes for the event's span.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kept {
  readonly fields?: Readonly<Record<string, unknown>> | undefined
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Sees the content of every event before it is encoded, and may leave a reference
 * in its place.
 *
 * **Details**
 *
 * It is called once for each event, sampled or not, when the event has ended and
 * the redactor has seen it; binary parts are still whole. It runs on the fiber of the
 * event, so it only takes note: what stores the content belongs to a queue. Where
 * it throws, the event's content is left out.
 *
 * The GenAI conventions have no name for a reference yet; tools in the field take
 * the name of the attribute with `_ref` after it.
 *
 * **Example** (prompts in a store of one's own)
 *
 * ```ts
 * import { AgentOps, type Content } from "effect-agentops"
 *
 * const stored: Array<readonly [key: string, content: unknown]> = []
 *
 * const keepPrompts: Content.Hook = ({ fields, kind, spanId }) => {
 *   if (kind !== "llm") return undefined
 *   stored.push([spanId, fields.inputMessages])
 *   return {
 *     fields: { inputMessages: undefined },
 *     attributes: { "gen_ai.input.messages_ref": `s3://prompts/${spanId}` }
 *   }
 * }
 *
 * const TracingLive = AgentOps.layer({ serviceName: "support-bot", contentHook: keepPrompts })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export type Hook = (content: Content) => Kept | undefined
