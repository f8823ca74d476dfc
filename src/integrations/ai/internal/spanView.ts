/**
 * A span seen through: what another library writes to it is looked at first.
 *
 * @internal
 */
import type * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import { SeenThrough } from "../../../trace/internal/event/fold.ts"
import { purposeOf } from "../../../trace/internal/startSpan.ts"

/** @internal */
export interface View {
  /** Gives `true` for an attribute that has been dealt with. */
  readonly attribute: (key: string, value: unknown) => boolean
  /** What to do where the other library ends its span; `undefined` ends the span itself. */
  readonly end?: ((endTime: bigint, exit: Exit.Exit<unknown, unknown>) => void) | undefined
  /** Whether what `end` ends has not ended yet, although the span itself may have. */
  readonly open?: (() => boolean) | undefined
}

/** A span that is `span` in all but what `view` takes over. @internal */
export const spanView = (span: Tracer.Span, view: View): Tracer.Span =>
  // An instance of the same class, so that its children know it. What has private parts goes to the span itself.
  Object.create(span, {
    [SeenThrough]: { value: span },
    // Another library's span has its role in a place of its own.
    record: { value: purposeOf(span)?.record },
    attemptNumber: { value: purposeOf(span)?.attemptNumber ?? 0 },
    status: {
      get: () =>
        span.status._tag === "Ended" && view.open?.() === true
          ? { _tag: "Started", startTime: span.status.startTime }
          : span.status
    },
    attributes: { get: () => span.attributes },
    events: { get: () => (span as { readonly events?: unknown }).events },
    attribute: {
      value: (key: string, value: unknown) => {
        if (!view.attribute(key, value)) span.attribute(key, value)
      }
    },
    event: { value: span.event.bind(span) },
    addLinks: { value: span.addLinks.bind(span) },
    end: { value: view.end ?? span.end.bind(span) }
  })
