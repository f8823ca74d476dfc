/**
 * A model call whose answer is a stream: connects the chunks with the event.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { ChunkReader } from "../../../model/ChunkReader.ts"
import type { LlmCall } from "../../../model/LlmCall.ts"
import type { OpenEvent } from "../event/openEvent.ts"
import { unreadResponse } from "../event/unread.ts"
import { estimateUsage } from "./estimate.ts"
import { EventStream } from "./eventStream.ts"
import type { Outcome } from "./streamLife.ts"

/** @internal */
export interface StreamSettings {
  readonly reader: ChunkReader
  readonly toFields: (facts: LlmCall | undefined) => Readonly<Record<string, unknown>> | undefined
  /** How long the consumer may wait before it asks for the next chunk. */
  readonly idleTimeout: Duration.Duration
}

/** @internal */
export class StreamEvent extends EventStream {
  readonly #settings: StreamSettings

  constructor(event: OpenEvent, settings: StreamSettings) {
    const { model } = event.fields
    super(
      event,
      typeof model === "string" ? `the stream of model ${model}` : "the model's stream",
      settings.idleTimeout
    )
    this.#settings = settings
  }

  /** Records chunks that arrived together. */
  take(chunks: ReadonlyArray<unknown>): void {
    if (!this.came(chunks.length)) return
    for (let i = 0; i < chunks.length; i++) this.#read(chunks[i])
  }

  override takeOne(chunk: unknown): void {
    if (this.came(1)) this.#read(chunk)
  }

  /** A user's reader may throw, which must not fail the stream. */
  #read(chunk: unknown): void {
    try {
      this.#settings.reader.add(chunk)
    } catch {
      // The chunk is not read, and the stream continues.
    }
  }

  /** Ends the event. The returned effect logs warnings and updates budgets. */
  end(outcome: Outcome, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    const { event } = this
    if (!this.close()) return undefined
    const { reader } = this.#settings
    const errorType = tryOrUndefined(() => reader.errorType?.())
    const facts = tryOrUndefined(() => reader.facts())
    event.add(this.#settings.toFields(facts))
    event.add({ stream: true, streamOutcome: outcome })
    const { outputMessages, usage } = event.fields
    if (facts === undefined && outcome === "drained" && (outputMessages ?? usage) === undefined) {
      event.add(unreadResponse())
    }
    if (outcome !== "drained") tryOrUndefined(() => estimateUsage(event.fields, outcome !== "failed"))
    if (errorType !== undefined) {
      if (exit._tag === "Success") event.unsuccessful()
      event.errorType(errorType)
    }
    return event.end(exit)
  }
}
