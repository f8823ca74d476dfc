/**
 * Memory: records that an agent keeps beyond a conversation and finds again.
 *
 * Attributes follow OpenTelemetry's GenAI conventions for memory operations.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { listed } from "../core/internal/inspect.ts"
import * as Document from "../model/Document.ts"
import * as Field from "../model/Field.ts"
import * as Event from "./Event.ts"
import { measureOperation } from "./internal/measure/operation.ts"

/**
 * The fields of a memory operation. The question and the records are content.
 *
 * @category fields
 * @since 0.1.0
 */
export const fields = {
  /**
   * `search_memory`, `create_memory`, `update_memory`, `upsert_memory`, `delete_memory`, `create_memory_store` or
   * `delete_memory_store`.
   */
  operation: Field.attribute("gen_ai.operation.name", Schema.String),
  provider: Field.attribute("gen_ai.provider.name", Schema.String),
  storeId: Field.attribute("gen_ai.memory.store.id", Schema.String),
  /** For an operation on one record. */
  recordId: Field.attribute("gen_ai.memory.record.id", Schema.String),
  /** How many records were found, written or deleted. */
  recordCount: Field.attribute("gen_ai.memory.record.count", Schema.Int),
  serverAddress: Field.attribute("server.address", Schema.String),
  serverPort: Field.attribute("server.port", Schema.Int),
  query: Field.input(Field.attribute("gen_ai.memory.query.text", Schema.String, { content: true })),
  records: Field.json("gen_ai.memory.records", Schema.Array(Document.Document), { content: true })
}

/**
 * The memory event: span `agent.memory`. Its duration is recorded in `gen_ai.client.operation.duration`.
 *
 * @category kinds
 * @since 0.1.0
 */
export const MemoryEvent = Event.define("memory", {
  category: "memory",
  span: "agent.memory",
  fields,
  nameField: "operation",
  readValue: (value) => {
    // Plain strings may be the ids of written records.
    if (listed(value)?.some((item) => typeof item === "string") === true) return undefined
    const records = Document.read(value)?.filter(({ content }) => content !== undefined)
    return records === undefined ? undefined : { records, recordCount: records.length }
  },
  metrics: (event, record) => measureOperation(event.fields.operation ?? "search_memory", event, record)
})

/**
 * Traces an effect as an operation of a memory.
 *
 * **Details**
 *
 * The value, error and requirements stay as they are. Records with content are read from the value, see
 * `Document.read`. Options are fields of {@link fields}, each a value or a function of the success value, and
 * `attributes`, `links` and `success`.
 *
 * **Example** (the memories of a customer)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceMemory } from "effect-agentops"
 *
 * const recall = (query: string) =>
 *   Effect.succeed([{ id: "m-1", content: "prefers aisle seats", score: 0.8 }]).pipe(
 *     traceMemory("search_memory", { storeId: "customers", query })
 *   )
 * const found = await Effect.runPromise(recall("seat"))
 * found.length // => 1
 * ```
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @category combinators
 * @since 0.1.0
 */
export const traceMemory: Event.TraceNamed<typeof fields> = MemoryEvent.trace
