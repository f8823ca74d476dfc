import { Mistral as SDK } from "@mistralai/mistralai"
import * as Mistral from "../../src/integrations/mistral/Mistral.ts"
import * as Message from "../../src/model/Message.ts"
import { conforms, events, read } from "../support/providers/conformance.ts"

const request = { model: "mistral-large-latest", messages: [{ role: "user" as const, content: "Hi" }] }

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }

const answer = (message: object, finish_reason = "stop") => ({
  id: "m-1",
  object: "chat.completion",
  created: 1,
  model: "mistral-large-2512",
  choices: [{ index: 0, message: { role: "assistant", prefix: false, ...message }, finish_reason }],
  usage
})

const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
  id: "m-1",
  object: "chat.completion.chunk",
  created: 1,
  model: "mistral-large-2512",
  choices: [{ index: 0, delta, finish_reason }],
  ...more
})

const retryConfig = {
  strategy: "backoff" as const,
  backoff: { initialInterval: 1, maxInterval: 2, exponent: 1, maxElapsedTime: 5_000 },
  retryConnectionErrors: false
}

conforms({
  tag: "MistralError",
  provider: "mistral_ai",
  retries: true,
  make: (server, { retries }) => {
    const mistral = Mistral.wrap(
      new SDK({ apiKey: "test", serverURL: server.url, ...(retries > 0 ? { retryConfig } : undefined) })
    )
    return {
      ask: mistral.chat.complete(request),
      tell: mistral.chat.stream(request),
      embed: mistral.embeddings.create({ model: "mistral-embed", inputs: "Hi" }),
      lent: {
        ask: mistral.use((client) => client.chat.complete(request)),
        tell: (take) => mistral.use(async (client) => read(await client.chat.stream(request), take))
      }
    }
  },
  asked: { model: "mistral-large-latest", messages: [Message.user("Hi")] },
  plain: { body: answer({ content: "Hello you" }) },
  streamed: events(
    chunk({ role: "assistant", content: "Hello" }),
    chunk({ content: " you" }),
    chunk({ content: "" }, "stop", { usage })
  ),
  said: {
    text: "Hello you",
    finishReason: "stop",
    usage: { inputTokens: 10, outputTokens: 5 },
    responseModel: "mistral-large-2512",
    responseId: "m-1"
  },
  tool: {
    body: answer({
      content: "",
      tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: "{\"city\":\"Bonn\"}" } }]
    }, "tool_calls")
  },
  toolId: "call_1",
  refused: {
    status: 429,
    headers: { "retry-after": "0" },
    body: { object: "error", message: "Slow down", type: "rate_limited", param: null, code: "1300" }
  },
  refusal: { code: "rate_limited", status: 429, message: "Slow down" },
  embedded: {
    answer: {
      body: {
        id: "e-1",
        object: "list",
        model: "mistral-embed",
        data: [{ object: "embedding", index: 0, embedding: [1, 2, 3] }],
        usage: { prompt_tokens: 4, completion_tokens: 0, total_tokens: 4 }
      }
    },
    model: "mistral-embed",
    dimensions: 3,
    tokens: 4
  }
})
