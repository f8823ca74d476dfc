/**
 * The workload with Vercel's AI SDK and its own telemetry. Each step is a call of `generateText` that uses a tool, so
 * the cost includes the SDK's other work.
 */
import { OpenTelemetry } from "@ai-sdk/otel"
import { generateText, isStepCount, tool } from "ai"
import { MockLanguageModelV4 } from "ai/test"
import * as z from "zod"
import type { Open } from "../workload.ts"
import { callModel, request, search, STEPS } from "../workload.ts"
import { batches, provide, subject } from "./openTelemetry.ts"

export const open: Open = async (url) => {
  const processor = batches(url)
  const provider = provide(processor)
  const tracer = provider.getTracer("bench")
  const telemetry = { functionId: "step", integrations: [new OpenTelemetry({ tracer })] }

  const step = async (number: number, step: number): Promise<number> => {
    const asked = request(number, step)
    const response = callModel(asked)
    let found = 0
    await generateText({
      model: new MockLanguageModelV4({
        provider: "openai.chat",
        modelId: asked.model,
        doGenerate: async () =>
          ({
            content: [
              { type: "text", text: response.text },
              {
                type: "tool-call",
                toolCallId: "call_1",
                toolName: "search",
                input: JSON.stringify({ query: response.outputTokens })
              }
            ],
            finishReason: { unified: "tool-calls", raw: "tool_calls" },
            usage: {
              inputTokens: { total: response.inputTokens },
              outputTokens: { total: response.outputTokens }
            },
            warnings: [],
            response: { id: response.id, modelId: response.model }
          }) as never
      }),
      temperature: asked.temperature,
      maxOutputTokens: asked.maxTokens,
      system: asked.system,
      prompt: asked.question,
      stopWhen: isStepCount(1),
      tools: {
        search: tool({
          description: "Searches",
          inputSchema: z.object({ query: z.number() }),
          execute: ({ query }) => Promise.resolve(found = search(query))
        })
      },
      telemetry
    })
    return found
  }

  const session = (number: number) =>
    tracer.startActiveSpan("session", async (span) => {
      let found = 0
      for (let i = 0; i < STEPS; i++) found += await step(number, i)
      span.end()
      return found
    })

  return subject(session, () => processor.forceFlush(), () => provider.shutdown())
}
