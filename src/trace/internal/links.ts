/**
 * Copies the readable links that a program gives.
 *
 * @internal
 */
import type * as Tracer from "effect/Tracer"
import { listed, shallow, tryOrUndefined } from "../../core/internal/inspect.ts"

/** @internal */
export const readLinks = (links: unknown): Array<Tracer.SpanLink> => {
  const read: Array<Tracer.SpanLink> = []
  for (const link of listed(links) ?? []) {
    tryOrUndefined(() => {
      const { attributes, span } = link as Tracer.SpanLink
      if (typeof span.traceId === "string" && typeof span.spanId === "string") {
        read.push({ span, attributes: shallow(attributes) })
      }
    })
  }
  return read
}
