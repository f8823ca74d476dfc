/**
 * An event of any kind that lasts as long as a stream runs.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Stream from "effect/Stream"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { interceptorOf } from "../event/interceptor.ts"
import type { OpenEvent } from "../event/openEvent.ts"
import { openEvent } from "../event/openEvent.ts"
import type { Plan } from "../event/plan.ts"
import { readSuccess } from "../event/plan.ts"
import { bracketStream } from "./bracketStream.ts"
import { EventStream } from "./eventStream.ts"
import type { Outcome } from "./streamLife.ts"
import { defaultIdleTimeout } from "./streamLife.ts"

/** The limit keeps an endless stream from filling the memory. */
const maximumElements = 10_000

const readsValue = ({ options, readValue }: Plan): boolean =>
  readValue !== undefined || Object.values(options).some((option) => typeof option === "function")

/** A kind that reads the value gets a stream of strings as one string. */
const joined = (elements: ReadonlyArray<unknown>): unknown =>
  elements.length > 0 && elements.every((element) => typeof element === "string") ? elements.join("") : elements

const readingText = (plan: Plan, elements: ReadonlyArray<unknown>): Plan => {
  const { readValue } = plan
  return readValue === undefined ? plan : { ...plan, readValue: () => readValue(joined(elements)) }
}

class KindStream extends EventStream {
  readonly #elements: Array<unknown> | undefined

  constructor(event: OpenEvent) {
    const { kind, name } = event.plan
    super(event, `the stream of ${kind.span}${typeof name === "string" ? ` ${name}` : ""}`, defaultIdleTimeout)
    this.#elements = readsValue(event.plan) ? [] : undefined
  }

  take(chunks: ReadonlyArray<unknown>): void {
    if (!this.came(chunks.length) || this.#elements === undefined) return
    for (let i = 0; i < chunks.length && this.#elements.length < maximumElements; i++) this.#elements.push(chunks[i])
  }

  end(_: Outcome, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    if (!this.close()) return undefined
    if (exit._tag === "Success" && this.#elements !== undefined) {
      readSuccess(readingText(this.event.plan, this.#elements), this.event.record, this.#elements)
    }
    return this.event.end(exit)
  }
}

/** The recorded elements, or the stream itself. */
const interceptElements = <A, E, R>(
  self: Stream.Stream<A, E, R>,
  event: OpenEvent | undefined
): Stream.Stream<A, E, R> =>
  event === undefined
    ? self
    : (interceptorOf(event.outer)?.elements(event.asked, event.plan) as Stream.Stream<A, E, R> | undefined) ?? self

/** Traces each run of a stream as an event. @internal */
export const traceKindStream = <A, E, R>(
  self: Stream.Stream<A, E, R>,
  plan: Plan,
  site: CallSite | undefined
): Stream.Stream<A, E, R> =>
  bracketStream<KindStream, A, E, R>((stream) => interceptElements(self, stream?.event), (context) => {
    const event = openEvent(context, plan, site)
    return event === undefined ? undefined : new KindStream(event)
  })
