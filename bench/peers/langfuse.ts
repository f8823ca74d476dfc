/**
 * The workload with Langfuse's SDK: observations of a session, as in its documentation.
 */
import type { SpanProcessor } from "@opentelemetry/sdk-trace-base"
import type { Open } from "../workload.ts"
import { callModel, request, search, STEPS } from "../workload.ts"
import { installed } from "./install.ts"
import { exporter, provide, subject } from "./openTelemetry.ts"

interface Observation {
  readonly update: (fields: Readonly<Record<string, unknown>>) => unknown
}

interface Tracing {
  readonly startActiveObservation: <A>(
    name: string,
    f: (observation: Observation) => Promise<A>,
    options?: { readonly asType: string }
  ) => Promise<A>
}

interface Otel {
  readonly LangfuseSpanProcessor: new(options: object) => SpanProcessor
}

const load = installed("langfuse", [
  "@langfuse/tracing@5.11.1",
  "@langfuse/otel@5.11.1",
  "@opentelemetry/api@1.9.1",
  "@opentelemetry/core@2.8.0",
  "@opentelemetry/sdk-trace-base@2.8.0",
  "@opentelemetry/exporter-trace-otlp-http@0.219.0"
])

export const open: Open = async (url) => {
  const { startActiveObservation } = await load("@langfuse/tracing") as Tracing
  const { LangfuseSpanProcessor } = await load("@langfuse/otel") as Otel
  const processor = new LangfuseSpanProcessor({
    exporter: exporter(url),
    publicKey: "pk-lf-bench",
    secretKey: "sk-lf-bench",
    baseUrl: url,
    flushAt: 512,
    mediaUploadEnabled: false
  })
  const provider = provide(processor)

  const ask = (number: number, step: number) => {
    const asked = request(number, step)
    return startActiveObservation("llm.completion", async (generation) => {
      const response = await startActiveObservation("llm.api.call", async (attempt) => {
        const response = callModel(asked)
        attempt.update({ metadata: { attempt: 1, id: response.id } })
        return response
      })
      generation.update({
        model: asked.model,
        modelParameters: { temperature: asked.temperature, maxTokens: asked.maxTokens },
        input: [{ role: "system", content: asked.system }, { role: "user", content: asked.question }],
        output: { role: "assistant", content: response.text },
        usageDetails: { input: response.inputTokens, output: response.outputTokens },
        costDetails: { total: (response.inputTokens * 150 + response.outputTokens * 600) / 1e9 }
      })
      return response
    }, { asType: "generation" })
  }

  const session = (number: number) =>
    startActiveObservation("session", async (root) => {
      let found = 0
      for (let step = 0; step < STEPS; step++) {
        found += await startActiveObservation("agent.action", async (action) => {
          action.update({ input: { step } })
          const { outputTokens: query } = await ask(number, step)
          return startActiveObservation("agent.tool", async (tool) => {
            const hits = search(query)
            tool.update({ input: { query }, output: hits })
            return hits
          }, { asType: "tool" })
        }, { asType: "chain" })
      }
      root.update({ output: found })
      return found
    }, { asType: "agent" })

  return subject(session, () => processor.forceFlush(), () => provider.shutdown())
}
