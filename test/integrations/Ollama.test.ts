import * as SDK from "ollama"
import * as Ollama from "../../src/integrations/ollama/Ollama.ts"
import * as Message from "../../src/model/Message.ts"
import { conforms, read } from "../support/providers/conformance.ts"

const request = { model: "llama3.3", messages: [{ role: "user", content: "Hi" }] }

const counts = { done: true, done_reason: "stop", prompt_eval_count: 10, eval_count: 5 }

const answer = (message: object, more: object = counts) => ({
  model: "llama3.3",
  created_at: "2026-11-01T00:00:00Z",
  message: { role: "assistant", ...message },
  ...more
})

conforms({
  tag: "OllamaError",
  provider: "ollama",
  retries: false,
  make: (server) => {
    const ollama = Ollama.wrap(new SDK.Ollama({ host: server.url }))
    return {
      ask: ollama.chat(request),
      tell: ollama.chatStream(request),
      embed: ollama.embed({ model: "nomic-embed-text", input: "Hi" }),
      lent: {
        ask: ollama.use((client) => client.chat(request)),
        tell: (take) => ollama.use(async (client) => read(await client.chat({ ...request, stream: true }), take))
      }
    }
  },
  asked: { model: "llama3.3", messages: [Message.user("Hi")] },
  plain: { body: answer({ content: "Hello you" }) },
  streamed: {
    headers: { "content-type": "application/x-ndjson" },
    pieces: [
      answer({ content: "Hello" }, { done: false }),
      answer({ content: " you" }, { done: false }),
      answer({ content: "" })
    ].map((chunk) => `${JSON.stringify(chunk)}\n`)
  },
  said: {
    text: "Hello you",
    finishReason: "stop",
    usage: { inputTokens: 10, outputTokens: 5 },
    responseModel: "llama3.3"
  },
  tool: { body: answer({ content: "", tool_calls: [{ function: { name: "weather", arguments: { city: "Bonn" } } }] }) },
  refused: { status: 404, body: { error: "model 'llama3.3' not found" } },
  refusal: { code: "404", status: 404, message: "not found" },
  embedded: {
    answer: { body: { model: "nomic-embed-text", embeddings: [[1, 2, 3]], prompt_eval_count: 4 } },
    model: "nomic-embed-text",
    dimensions: 3,
    tokens: 4
  }
})
