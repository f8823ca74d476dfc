/**
 * Lets one tracer make the spans of several libraries. Each library is an instrumentation scope, and everything else is
 * shared.
 *
 * @see https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/
 * @internal
 */
import type { LogLimits } from "../../core/LogLimits.ts"
import type { InstrumentationScope, Resource } from "../../core/SpanData.ts"
import type { SpanLimits } from "../../core/SpanLimits.ts"
import type { Hook, TakeMedia } from "../../privacy/Content.ts"
import { redactAttributes, redactString } from "../../privacy/internal/onDemand.ts"
import type { Redactor } from "../../privacy/Redactor.ts"
import type { Sink } from "../Span.ts"
import type { SpanTracer } from "./span.ts"

/** The settings of one scope's spans, taken from their tracer. @internal */
export class ScopedSettings implements SpanTracer {
  readonly tenant: object
  readonly resource: Resource
  readonly scope: InstrumentationScope
  readonly limits: SpanLimits
  readonly logLimits: LogLimits
  readonly redactor: Redactor
  readonly contentHook: Hook | undefined
  readonly takeMedia: TakeMedia | undefined
  readonly disabled: boolean
  readonly #tracer: SpanTracer

  constructor(tracer: SpanTracer, scope: InstrumentationScope) {
    const { attributes, name } = scope
    const { redactor } = tracer
    this.tenant = tracer.tenant
    this.resource = tracer.resource
    this.scope = {
      ...scope,
      name: redactString(redactor, ["scope"], name),
      attributes: attributes === undefined ? undefined : redactAttributes(redactor, ["scope"], attributes)
    }
    this.limits = tracer.limits
    this.logLimits = tracer.logLimits
    this.redactor = redactor
    this.contentHook = tracer.contentHook
    this.takeMedia = tracer.takeMedia
    this.disabled = tracer.disabled
    this.#tracer = tracer
  }

  get sinks(): ReadonlyArray<Sink> {
    return this.#tracer.sinks
  }

  get ended(): number {
    return this.#tracer.ended
  }

  set ended(count: number) {
    this.#tracer.ended = count
  }
}
