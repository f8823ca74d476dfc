/**
 * Traces a `Stream` as a model call: the engine under every stream of chunks.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import type * as Stream from "effect/Stream"
import type { CallSite } from "../../../core/internal/callSite.ts"
import type { ChunkReader } from "../../../model/ChunkReader.ts"
import { Chunks } from "../../../model/internal/wire/chunks.ts"
import { toFields } from "../../LlmEvent.ts"
import type { OpenEvent } from "../event/openEvent.ts"
import { openEvent } from "../event/openEvent.ts"
import type { Plan } from "../event/plan.ts"
import { bracketStream } from "./bracketStream.ts"
import { StreamEvent } from "./streamEvent.ts"
import { defaultIdleTimeout } from "./streamLife.ts"

/** @internal */
export interface StreamTracing {
  readonly plan: Plan
  readonly chunk: ((element: unknown) => unknown) | undefined
  readonly idleTimeout: Duration.Duration
  /** Assembles the elements, if they are not chunks of a known API. */
  readonly reader?: (() => ChunkReader) | undefined
}

/** @internal */
export const streamTracing = (
  plan: Plan,
  chunk?: StreamTracing["chunk"],
  idleTimeout?: Duration.Input | undefined
): StreamTracing => ({
  plan,
  chunk,
  idleTimeout: idleTimeout === undefined ? defaultIdleTimeout : Duration.fromInputUnsafe(idleTimeout)
})

const readerOf = ({ chunk, reader }: StreamTracing): ChunkReader => {
  const chunks = reader?.() ?? new Chunks()
  return chunk === undefined ? chunks : {
    add: (element) => chunks.add(chunk(element)),
    facts: () => chunks.facts(),
    errorType: () => chunks.errorType?.()
  }
}

/** Connects a stream with an event that is already open. @internal */
export const streamOf = (event: OpenEvent, tracing: StreamTracing): StreamEvent =>
  new StreamEvent(event, { reader: readerOf(tracing), toFields, idleTimeout: tracing.idleTimeout })

/** Opens the event of a stream if tracing is enabled or a budget counts. @internal */
export const startStream = (
  context: Context.Context<never>,
  tracing: StreamTracing,
  site: CallSite | undefined
): StreamEvent | undefined => {
  const event = openEvent(context, tracing.plan, site)
  return event === undefined ? undefined : streamOf(event, tracing)
}

/** Traces a stream. `self` receives the event, or `undefined` if nothing is traced. @internal */
export const traceStream = <A, E, R>(
  self: (event: OpenEvent | undefined) => Stream.Stream<A, E, R>,
  tracing: StreamTracing,
  site: CallSite | undefined
): Stream.Stream<A, E, R> =>
  bracketStream<StreamEvent, A, E, R>((stream) => self(stream?.event), (context) => startStream(context, tracing, site))
