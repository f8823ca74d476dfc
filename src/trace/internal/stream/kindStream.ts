/**
 * An event of any kind that lasts as long as a stream runs.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Stream from "effect/Stream"
import type { CallSite } from "../../../core/internal/callSite.ts"
import { interceptorOf } from "../event/interceptor.ts"
import type { OpenEvent } from "../event/openEvent.ts"
import { openEvent } from "../event/openEvent.ts"
import type { Plan } from "../event/plan.ts"
import { readSuccess } from "../event/plan.ts"
import { insideOf } from "./insideOf.ts"
import type { Outcome } from "./streamLife.ts"
import { defaultIdleTimeout, StreamLife } from "./streamLife.ts"

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

class KindStream extends StreamLife {
  readonly event: OpenEvent
  readonly label: string
  readonly #elements: Array<unknown> | undefined

  constructor(event: OpenEvent) {
    super(event.startTime, defaultIdleTimeout)
    this.event = event
    const { kind, name } = event.plan
    this.label = `the stream of ${kind.span}${typeof name === "string" ? ` ${name}` : ""}`
    this.#elements = readsValue(event.plan) ? [] : undefined
    event.session?.streams.add(this)
  }

  get ended(): boolean {
    return this.event.ended
  }

  get outer(): Context.Context<never> {
    return this.event.outer
  }

  now(): bigint {
    return this.event.now()
  }

  contextOf(context: Context.Context<never>): Context.Context<never> {
    return this.event.contextOf(context)
  }

  take(chunks: ReadonlyArray<unknown>): void {
    this.pulling = false
    if (this.ended) return
    this.heldSince = this.event.chunks(chunks.length)
    if (this.#elements === undefined) return
    for (let i = 0; i < chunks.length && this.#elements.length < maximumElements; i++) this.#elements.push(chunks[i])
  }

  end(_: Outcome, exit: Exit.Exit<unknown, unknown>): Effect.Effect<void> | undefined {
    this.event.session?.streams.delete(this)
    if (this.ended) return undefined
    if (exit._tag === "Success" && this.#elements !== undefined) {
      readSuccess(readingText(this.event.plan, this.#elements), this.event.record, this.#elements)
    }
    return this.event.end(exit)
  }
}

/** The recorded elements, or the stream itself. */
const elementsInstead = <A, E, R>(
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
  insideOf<KindStream, A, E, R>((stream) => elementsInstead(self, stream?.event), (context) => {
    const event = openEvent(context, plan, site)
    return event === undefined ? undefined : new KindStream(event)
  })
