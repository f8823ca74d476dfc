/**
 * The base of the peers: OpenTelemetry's SDK with Node's context manager. It sends like the subject of the raw SDK.
 */
import { context, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { resourceFromAttributes } from "@opentelemetry/resources"
import type { SpanProcessor } from "@opentelemetry/sdk-trace-base"
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { setImmediate } from "node:timers/promises"
import type { Subject } from "../workload.ts"

/** The exporter of each subject. */
export const exporter = (url: string) => new OTLPTraceExporter({ url: `${url}/v1/traces`, concurrencyLimit: 1_000 })

/** The processor of each subject without its own. */
export const batches = (url: string) => new BatchSpanProcessor(exporter(url), { maxQueueSize: 200_000 })

let manager: AsyncLocalStorageContextManager | undefined

/** Registers a provider as the global one. */
export const provide = (processor: SpanProcessor): BasicTracerProvider => {
  if (manager === undefined) context.setGlobalContextManager(manager = new AsyncLocalStorageContextManager().enable())
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "bench" }),
    spanProcessors: [processor]
  })
  trace.disable()
  trace.setGlobalTracerProvider(provider)
  return provider
}

/** Runs sessions one after another. */
export const subject = (
  session: (number: number) => Promise<unknown>,
  flush: () => Promise<unknown>,
  close: () => Promise<unknown>
): Subject => ({
  run: async (sessions) => {
    for (let i = 0; i < sessions; i++) {
      await session(i)
      await setImmediate()
    }
    await flush()
  },
  calls: undefined,
  close: async () => void (await close())
})
