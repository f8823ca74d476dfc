/**
 * The workload with OpenInference's wrappers, which read a function's arguments and result.
 */
import { trace } from "@opentelemetry/api"
import type { Open, Request, Response } from "../workload.ts"
import { callModel, request, search, STEPS } from "../workload.ts"
import { installed } from "./install.ts"
import { batches, provide, subject } from "./openTelemetry.ts"

type Attributes = Readonly<Record<string, unknown>>

interface Core {
  readonly withSpan: <F extends (...args: ReadonlyArray<never>) => unknown>(f: F, options: {
    readonly name: string
    readonly kind: string
    readonly processInput?: (...args: Parameters<F>) => Attributes
    readonly processOutput?: (value: Awaited<ReturnType<F>>) => Attributes
  }) => F
  readonly getLLMAttributes: (options: object) => Attributes
}

const load = installed("openinference", [
  "@arizeai/openinference-core@2.7.1",
  "@opentelemetry/api@1.9.1",
  "@opentelemetry/core@2.8.0"
])

export const open: Open = async (url) => {
  const { getLLMAttributes, withSpan } = await load("@arizeai/openinference-core") as Core
  const processor = batches(url)
  const provider = provide(processor)

  const call = withSpan(async (asked: Request): Promise<Response> => callModel(asked), {
    name: "llm.api.call",
    kind: "CHAIN",
    processInput: ({ model }) => ({ "llm.model_name": model }),
    processOutput: ({ id }) => ({ "llm.response.id": id })
  })
  const ask = withSpan(async (asked: Request): Promise<Response> => call(asked), {
    name: "llm.completion",
    kind: "LLM",
    processInput: (asked) =>
      getLLMAttributes({
        provider: "openai",
        modelName: asked.model,
        invocationParameters: { temperature: asked.temperature, max_tokens: asked.maxTokens },
        inputMessages: [{ role: "system", content: asked.system }, { role: "user", content: asked.question }]
      }),
    processOutput: (response) =>
      getLLMAttributes({
        outputMessages: [{ role: "assistant", content: response.text }],
        tokenCount: {
          prompt: response.inputTokens,
          completion: response.outputTokens,
          total: response.inputTokens + response.outputTokens
        }
      })
  })
  const use = withSpan(async (query: number) => search(query), { name: "agent.tool", kind: "TOOL" })
  const act = withSpan(async (number: number, step: number) => {
    const response = await ask(request(number, step))
    return use(response.outputTokens)
  }, { name: "agent.action", kind: "CHAIN" })
  const session = withSpan(async (number: number) => {
    let found = 0
    for (let step = 0; step < STEPS; step++) found += await act(number, step)
    trace.getActiveSpan()?.setAttribute("session.id", `s-${number}`)
    return found
  }, { name: "session", kind: "AGENT" })

  return subject(session, () => processor.forceFlush(), () => provider.shutdown())
}
