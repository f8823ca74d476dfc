/**
 * The workload by OpenTelemetry's JavaScript SDK, as it is: spans by hand, a batch processor whose
 * queue has room for the whole run, and the OTLP exporter in protobuf, which may send all of it at once.
 *
 * With `active`, spans find their parents through the context manager that `NodeTracerProvider`
 * registers, as programs have them; without, through contexts that are passed by hand, which is
 * the least that the SDK can cost and what the ratios are against.
 */
import type { Context, Span } from "@opentelemetry/api"
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { resourceFromAttributes } from "@opentelemetry/resources"
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { setImmediate } from "node:timers/promises"
import type { Open } from "../workload.ts"
import { callModel, request, requestAttributes, responseAttributes, search, STEPS } from "../workload.ts"

const CLIENT = 2

export const openWith = (active: boolean): Open => async (url) => {
  if (active) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const processor = new BatchSpanProcessor(
    new OTLPTraceExporter({ url: `${url}/v1/traces`, concurrencyLimit: 1_000 }),
    {
      maxQueueSize: 200_000
    }
  )
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "bench" }),
    spanProcessors: [processor]
  })
  const tracer = provider.getTracer("bench", "1.0.0")

  /** Runs a function in a span, and gives both what its children need and the span itself. */
  const within = <A>(
    parent: Context,
    name: string,
    kind: number,
    attributes: Record<string, string | number | boolean>,
    f: (context: Context, span: Span) => A
  ): A => {
    if (active) {
      return tracer.startActiveSpan(name, { kind, attributes }, (span) => {
        const value = f(parent, span)
        span.end()
        return value
      })
    }
    const span = tracer.startSpan(name, { kind, attributes }, parent)
    const value = f(trace.setSpan(parent, span), span)
    span.end()
    return value
  }

  const session = (number: number): number =>
    within(ROOT_CONTEXT, "session", 0, { "session.id": `s-${number}` }, (root) => {
      let found = 0
      for (let step = 0; step < STEPS; step++) {
        found += within(
          root,
          "agent.action",
          0,
          { "action.type": "step", "action.params": `{"step":${step}}` },
          (action) => {
            const asked = request(number, step)
            const response = within(action, "llm.completion", CLIENT, requestAttributes(asked), (llm, span) => {
              const response = within(llm, "llm.api.call", CLIENT, { attempt: 1 }, () => callModel(asked))
              span.setAttributes(responseAttributes(response))
              return response
            })
            return within(
              action,
              "agent.tool",
              0,
              { "gen_ai.tool.name": "search", "gen_ai.tool.call.arguments": `{"query":${response.outputTokens}}` },
              (_, span) => {
                const hits = search(response.outputTokens)
                span.setAttribute("gen_ai.tool.call.result", String(hits))
                return hits
              }
            )
          }
        )
      }
      return found
    })

  return {
    run: async (sessions) => {
      for (let i = 0; i < sessions; i++) {
        session(i)
        await setImmediate()
      }
      await processor.forceFlush()
    },
    calls: async (count) => {
      const times = new Float64Array(count)
      for (let i = 0; i < count; i++) {
        const start = performance.now()
        within(ROOT_CONTEXT, "agent.tool", 0, { "gen_ai.tool.name": "noop" }, () => undefined)
        times[i] = (performance.now() - start) * 1000
        if (i % 64 === 63) await setImmediate()
      }
      return times
    },
    close: () => provider.shutdown()
  }
}
