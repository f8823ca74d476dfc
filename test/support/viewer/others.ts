/**
 * Agents traced by other instrumentations: OpenTelemetry's own SDK with GenAI attributes, and Vercel's AI SDK. Their
 * actions are fixed, so that a test knows what a page must show.
 */
import { LegacyOpenTelemetry, OpenTelemetry } from "@ai-sdk/otel"
import { context, SpanKind, SpanStatusCode, type Tracer } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { resourceFromAttributes } from "@opentelemetry/resources"
import { InMemorySpanExporter, type ReadableSpan } from "@opentelemetry/sdk-trace-base"
import { generateText, isStepCount, tool } from "ai"
import { MockLanguageModelV4 } from "ai/test"
import { z } from "zod"
import { simpleSpanProcessor, TracerProvider } from "../openTelemetry/traceSdk.ts"

/** Runs a program under the SDK, sends its spans to a viewer, and returns them in the order of their ends. */
export const traced = async (
  url: string,
  serviceName: string,
  program: (tracer: Tracer) => Promise<void>
): Promise<ReadonlyArray<ReadableSpan>> => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const memory = new InMemorySpanExporter()
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName, "deployment.environment.name": "test" }),
    spanProcessors: [
      simpleSpanProcessor(memory),
      simpleSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` }))
    ]
  })
  try {
    await program(provider.getTracer("an-instrumentation", "1.2.3"))
    await provider.forceFlush()
    return memory.getFinishedSpans()
  } finally {
    await provider.shutdown().then(() => context.disable())
  }
}

const messages = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: "text", content }] }])

const asks = JSON.stringify([{
  role: "assistant",
  parts: [{ type: "tool_call", id: "call_1", name: "get_weather", arguments: { city: "Bonn" } }],
  finish_reason: "tool_call"
}])

/** An agent that calls a model, a failing tool, and the model again, with handwritten GenAI spans. */
export const genAiAgent = (tracer: Tracer): Promise<void> =>
  tracer.startActiveSpan("invoke_agent forecaster", {
    attributes: {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": "forecaster",
      "gen_ai.conversation.id": "conversation-9",
      "gen_ai.input.messages": messages("user", "Will it rain in Bonn?")
    },
    links: [{ context: { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 } }]
  }, async (agent) => {
    const call = (input: string, output: string, more: Record<string, string | number>) =>
      tracer.startActiveSpan("chat gpt-4o-mini", {
        kind: SpanKind.CLIENT,
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "openai",
          "gen_ai.request.model": "gpt-4o-mini",
          "gen_ai.request.temperature": 0.25,
          "gen_ai.input.messages": input,
          "gen_ai.output.messages": output,
          ...more
        }
      }, (span) => Promise.resolve(span.end()))
    await call(messages("user", "Will it rain in Bonn?"), asks, {
      "gen_ai.usage.input_tokens": 1_000,
      "gen_ai.usage.output_tokens": 20
    })
    await tracer.startActiveSpan("execute_tool get_weather", {
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.call.id": "call_1",
        "gen_ai.tool.call.arguments": `{"city":"Bonn"}`
      }
    }, (span) => {
      span.recordException(new RangeError("no station in Bonn"))
      span.setStatus({ code: SpanStatusCode.ERROR, message: "no station in Bonn" })
      return Promise.resolve(span.end())
    })
    await call(messages("user", "Will it rain in Bonn?"), messages("assistant", "I cannot tell."), {
      "gen_ai.usage.input_tokens": 1_500,
      "gen_ai.usage.output_tokens": 30
    })
    agent.end()
  })

const usage = {
  inputTokens: { total: 300, noCache: 100, cacheRead: 200, cacheWrite: undefined },
  outputTokens: { total: 7, text: 5, reasoning: 2 }
}

const answered = (content: ReadonlyArray<object>, unified: string) => ({
  content,
  finishReason: { unified, raw: unified },
  usage,
  warnings: [],
  response: { id: "resp_1", modelId: "forecast-1-2026" }
})

const toolCall = (id: string, city: string) => ({
  type: "tool-call",
  toolCallId: id,
  toolName: "weather",
  input: JSON.stringify({ city })
})

/**
 * An agent of Vercel's AI SDK that calls two tools, one of which fails. `legacy` uses the attributes of versions 4 to
 * 6.
 */
export const vercelAgent = (legacy: boolean) => async (tracer: Tracer): Promise<void> => {
  const Integration = legacy ? LegacyOpenTelemetry : OpenTelemetry
  await generateText({
    model: new MockLanguageModelV4({
      provider: "openai.chat",
      modelId: "forecast-1",
      doGenerate: [
        answered([toolCall("call_1", "Bonn"), toolCall("call_2", "Atlantis")], "tool-calls"),
        answered([{ type: "reasoning", text: "One is a legend." }, { type: "text", text: "Rain in Bonn." }], "stop")
      ] as never
    }),
    system: "Be brief.",
    prompt: "How is the weather in Bonn and in Atlantis?",
    stopWhen: isStepCount(3),
    tools: {
      weather: tool({
        description: "The weather of a city",
        inputSchema: z.object({ city: z.string() }),
        execute: ({ city }) => {
          if (city === "Atlantis") throw new RangeError("no such city")
          return Promise.resolve({ sky: "rain", city })
        }
      })
    },
    telemetry: { functionId: "forecast", integrations: [new Integration({ tracer })] }
  })
}

/** The attributes of a span in the viewer's form. */
export const attributesOf = (span: ReadableSpan): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(span.attributes).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value)
    ])
  )

/** The id of the spans' only trace. */
export const traceOf = (spans: ReadonlyArray<ReadableSpan>): string => spans[0]!.spanContext().traceId
