/**
 * Reports the counts of tracing when metrics are collected.
 *
 * @internal
 */
import type { QueueCounts } from "../../../core/internal/queueCounts.ts"
import type { Instrument } from "../../../metrics/Instrument.ts"
import type { MeterHub } from "../../../metrics/internal/meter.ts"
import { sdk } from "../../SdkMetrics.ts"
import type { AgentOpsTracer } from "../tracer.ts"
import { parentOrigins } from "../tracer.ts"

/** A destination's queue and exporter. */
interface Component {
  readonly name: string
  readonly counts?: (() => QueueCounts & { readonly component: string }) | undefined
}

/** The reasons for losing spans before the exporter receives them. */
const processorReasons = new Set(["queue_full", "already_shutdown", "encode_failed", "corrupt", "shutdown"])

const processor = "batching_span_processor"

/** @internal */
export const componentAttributes = (type: string, name: string) => ({
  "otel.component.name": `${type}/${name}`,
  "otel.component.type": type
})

type Values = Array<readonly [value: number, attributes: Readonly<Record<string, string>>]>

/** Destinations may share a name. A series has one value, so their counts are added up. */
class Sums {
  readonly #sums = new Map<string, { value: number; readonly attributes: Readonly<Record<string, string>> }>()

  add(value: number, type: string, name: string, errorType?: string): void {
    const key = `${type}/${name}/${errorType ?? ""}`
    const known = this.#sums.get(key)
    if (known !== undefined) known.value += value
    else {
      const attributes = componentAttributes(type, name)
      this.#sums.set(key, {
        value,
        attributes: errorType === undefined ? attributes : { ...attributes, "error.type": errorType }
      })
    }
  }

  get values(): Values {
    return Array.from(this.#sums.values(), ({ attributes, value }) => [value, attributes])
  }
}

/** @internal */
export const observeTracing = (
  meter: MeterHub,
  tracer: AgentOpsTracer,
  destinations: () => ReadonlyArray<Component>
): void => {
  const observe = (instrument: unknown, values: () => Values) => meter.observeAlways(instrument as Instrument, values)
  const observeEach = (
    instrument: unknown,
    add: (sums: Sums, name: string, counts: ReturnType<NonNullable<Component["counts"]>>) => void
  ) =>
    observe(instrument, () => {
      const sums = new Sums()
      for (const { counts, name } of destinations()) if (counts !== undefined) add(sums, name, counts())
      return sums.values
    })

  observe(
    sdk.started,
    () =>
      parentOrigins.flatMap((origin, i): Values =>
        [["DROP", tracer.started[2 * i]!], ["RECORD_AND_SAMPLE", tracer.started[2 * i + 1]!]].flatMap(
          ([result, count]): Values =>
            count === 0
              ? []
              : [[count as number, {
                "otel.span.parent.origin": origin,
                "otel.span.sampling_result": result as string
              }]]
        )
      )
  )
  observe(sdk.live, () => {
    const recorded = tracer.started.reduce((sum, count, i) => i % 2 === 1 ? sum + count : sum, 0)
    return recorded === 0 ? [] : [[recorded - tracer.ended, { "otel.span.sampling_result": "RECORD_AND_SAMPLE" }]]
  })
  observeEach(sdk.queueSize, (sums, name, { waiting }) => sums.add(waiting, processor, name))
  observeEach(sdk.queueCapacity, (sums, name, { capacity }) => sums.add(capacity, processor, name))
  observeEach(sdk.processed, (sums, name, { delivered, dropped, inFlight }) => {
    let handedOn = delivered + inFlight
    for (const reason in dropped) {
      if (processorReasons.has(reason)) sums.add(dropped[reason]!, processor, name, reason)
      else handedOn += dropped[reason]!
    }
    sums.add(handedOn, processor, name)
  })
  observeEach(sdk.inFlight, (sums, name, { component, inFlight }) => sums.add(inFlight, component, name))
  observeEach(sdk.exported, (sums, name, { component, delivered, dropped }) => {
    sums.add(delivered, component, name)
    for (const reason in dropped) {
      if (!processorReasons.has(reason)) sums.add(dropped[reason]!, component, name, reason)
    }
  })
}
