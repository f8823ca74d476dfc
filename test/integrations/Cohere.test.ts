import { CohereClientV2 } from "cohere-ai"
import * as Cohere from "../../src/integrations/cohere/Cohere.ts"
import * as Message from "../../src/model/Message.ts"
import { majorOf } from "../support/installed.ts"
import { conforms, events, read } from "../support/providers/conformance.ts"

const request = { model: "command-a-03-2025", messages: [{ role: "user" as const, content: "Hi" }] }

// The prompt has more tokens than are billed.
const usage = { billed_units: { input_tokens: 3, output_tokens: 5 }, tokens: { input_tokens: 10, output_tokens: 5 } }

const answer = (message: object, finish_reason = "COMPLETE") => ({
  id: "c-1",
  finish_reason,
  message: { role: "assistant", ...message },
  usage
})

conforms({
  tag: "CohereError",
  provider: "cohere",
  // Earlier versions have no option for `fetch`, so their requests cannot be observed.
  retries: majorOf("cohere-ai") >= 8,
  shows: majorOf("cohere-ai") >= 8,
  make: (server, { retries }) => {
    const cohere = Cohere.wrap(new CohereClientV2({ token: "test", environment: server.url, maxRetries: retries }))
    return {
      ask: cohere.chat(request),
      tell: cohere.chatStream(request),
      embed: cohere.embed({
        model: "embed-v4.0",
        texts: ["Hi"],
        inputType: "search_query",
        embeddingTypes: ["float"]
      }),
      lent: {
        ask: cohere.use((client) => client.chat(request)),
        tell: (take) => cohere.use(async (client) => read(await client.chatStream(request), take))
      }
    }
  },
  asked: { model: "command-a-03-2025", messages: [Message.user("Hi")] },
  plain: { body: answer({ content: [{ type: "text", text: "Hello you" }] }) },
  streamed: events(
    { type: "message-start", id: "c-1", delta: { message: { role: "assistant", content: [], tool_calls: [] } } },
    { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
    { type: "content-delta", index: 0, delta: { message: { content: { text: "Hello" } } } },
    { type: "content-delta", index: 0, delta: { message: { content: { text: " you" } } } },
    { type: "content-end", index: 0 },
    { type: "message-end", delta: { finish_reason: "COMPLETE", usage } }
  ),
  said: {
    text: "Hello you",
    finishReason: "COMPLETE",
    usage: { inputTokens: 3, outputTokens: 5 },
    responseId: "c-1"
  },
  tool: {
    body: answer({
      tool_calls: [{ id: "call_1", type: "function", function: { name: "weather", arguments: "{\"city\":\"Bonn\"}" } }]
    }, "TOOL_CALL")
  },
  toolId: "call_1",
  refused: { status: 429, headers: { "retry-after": "0" }, body: { message: "Slow down" } },
  refusal: { code: "429", status: 429, message: "Slow down" },
  embedded: {
    answer: {
      body: {
        id: "e-1",
        response_type: "embeddings_by_type",
        embeddings: { float: [[1, 2, 3]] },
        texts: ["Hi"],
        meta: { billed_units: { input_tokens: 4 } }
      }
    },
    model: "embed-v4.0",
    dimensions: 3,
    tokens: 4
  }
})
