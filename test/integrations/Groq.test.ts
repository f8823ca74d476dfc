import SDK from "groq-sdk"
import * as Groq from "../../src/integrations/groq/Groq.ts"
import * as Message from "../../src/model/Message.ts"
import { conforms, events, read } from "../support/providers/conformance.ts"

const body = { model: "llama-3.3-70b-versatile", messages: [{ role: "user" as const, content: "Hi" }] }

const answer = (message: object) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "llama-3.3-70b-versatile",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
})

const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  created: 1,
  model: "llama-3.3-70b-versatile",
  choices: [{ index: 0, delta, finish_reason }],
  ...more
})

conforms({
  tag: "GroqError",
  provider: "groq",
  retries: true,
  make: (server, { retries }) => {
    const groq = Groq.wrap(new SDK({ apiKey: "test", baseURL: server.url, maxRetries: retries }))
    return {
      ask: groq.chat.completions.create(body),
      tell: groq.chat.completions.stream(body),
      embed: groq.embeddings.create({ model: "nomic-embed-text-v1_5", input: "Hi" }),
      lent: {
        ask: groq.use((client) => client.chat.completions.create(body)),
        tell: (take) =>
          groq.use(async (client) => read(await client.chat.completions.create({ ...body, stream: true }), take))
      }
    }
  },
  asked: { model: "llama-3.3-70b-versatile", messages: [Message.user("Hi")] },
  plain: { body: answer({ content: "Hello you" }) },
  streamed: events(
    chunk({ role: "assistant", content: "Hello" }),
    chunk({ content: " you" }),
    // Groq reports the usage in its own field.
    chunk({}, "stop", { x_groq: { id: "req_1", usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } } })
  ),
  said: {
    text: "Hello you",
    finishReason: "stop",
    usage: { inputTokens: 10, outputTokens: 5 },
    responseModel: "llama-3.3-70b-versatile",
    responseId: "chatcmpl-1"
  },
  tool: {
    body: answer({
      content: null,
      tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: "{\"city\":\"Bonn\"}" } }]
    })
  },
  toolId: "call_1",
  refused: {
    status: 429,
    headers: { "retry-after-ms": "1", "x-request-id": "req_1" },
    body: { error: { message: "Slow down", type: "tokens", code: "rate_limit_exceeded" } }
  },
  refusal: { code: "rate_limit_exceeded", status: 429, message: "Slow down" },
  embedded: {
    answer: {
      body: {
        object: "list",
        model: "nomic-embed-text-v1_5",
        data: [{ object: "embedding", index: 0, embedding: [1, 2, 3] }],
        usage: { prompt_tokens: 4, total_tokens: 4 }
      }
    },
    model: "nomic-embed-text-v1_5",
    dimensions: 3,
    tokens: 4
  }
})
