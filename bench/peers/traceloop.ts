/**
 * The workload with Traceloop's SDK: workflow, tasks, tools and model calls.
 */
import type { SpanProcessor } from "@opentelemetry/sdk-trace-base"
import type { Open } from "../workload.ts"
import { callModel, request, search, STEPS } from "../workload.ts"
import { installed } from "./install.ts"
import { batches, provide, subject } from "./openTelemetry.ts"

type Within = <A>(
  config: { readonly name: string },
  f: (...args: ReadonlyArray<never>) => A,
  ...args: ReadonlyArray<unknown>
) => Promise<Awaited<A>>

interface LlmSpan {
  readonly reportRequest: (request: object) => void
  readonly reportResponse: (response: object) => void
}

interface Traceloop {
  readonly withWorkflow: Within
  readonly withTask: Within
  readonly withTool: Within
  readonly withLLMCall: <A>(
    config: { readonly vendor: string; readonly type: string },
    f: (given: { readonly span: LlmSpan }) => Promise<A>
  ) => Promise<A>
}

const load = installed("traceloop", ["@traceloop/node-server-sdk@0.27.0"])

export const open: Open = async (url) => {
  const { withLLMCall, withTask, withTool, withWorkflow } = await load("@traceloop/node-server-sdk") as Traceloop
  const processor: SpanProcessor = batches(url)
  const provider = provide(processor)

  const ask = (number: number, step: number) => {
    const asked = request(number, step)
    return withLLMCall({ vendor: "openai", type: "chat" }, async ({ span }) => {
      span.reportRequest({
        model: asked.model,
        messages: [{ role: "system", content: asked.system }, { role: "user", content: asked.question }]
      })
      const response = await withTask({ name: "llm.api.call" }, async () => callModel(asked))
      span.reportResponse({
        model: response.model,
        usage: {
          prompt_tokens: response.inputTokens,
          completion_tokens: response.outputTokens,
          total_tokens: response.inputTokens + response.outputTokens
        },
        completions: [{
          finish_reason: response.finishReason,
          message: { role: "assistant", content: response.text }
        }]
      })
      return response
    })
  }

  const session = (number: number) =>
    withWorkflow({ name: "session" }, async () => {
      let found = 0
      for (let step = 0; step < STEPS; step++) {
        found += await withTask({ name: "agent.action" }, async () => {
          const { outputTokens: query } = await ask(number, step)
          return withTool({ name: "agent.tool" }, async (query: never) => search(query), query)
        }, step)
      }
      return found
    }, number)

  return subject(session, () => processor.forceFlush(), () => provider.shutdown())
}
