/**
 * Wraps a span so that a view sees first what another library writes to it.
 *
 * @internal
 */
import type * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import { OriginalSpan } from "../../../trace/internal/event/fold.ts"
import { purposeOf } from "../../../trace/internal/startSpan.ts"

/** @internal */
export interface View {
  /** Returns `true` if it has handled the attribute. */
  readonly attribute: (key: string, value: unknown) => boolean
  /** Called when the other library ends its span. If it is `undefined`, the span itself ends. */
  readonly end?: ((endTime: bigint, exit: Exit.Exit<unknown, unknown>) => void) | undefined
  /** Whether the operation behind `end` is still running, although the span itself may have ended. */
  readonly open?: (() => boolean) | undefined
}

/** A span that behaves like `span` except for the parts that `view` handles. @internal */
export const spanView = (span: Tracer.Span, view: View): Tracer.Span =>
  // It has the class of the span, so that its children recognize it. Methods that use private fields are bound to the
  // span itself.
  Object.create(span, {
    [OriginalSpan]: { value: span },
    // A span of another library keeps its role separately.
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
