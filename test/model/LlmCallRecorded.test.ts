/**
 * Recorded requests, answers, streams and conversations, read with the facts that are in them.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import * as LlmCall from "../../src/model/LlmCall.ts"
import * as Message from "../../src/model/Message.ts"
import * as Usage from "../../src/model/Usage.ts"
import { filesOf } from "../support/recorded/files.ts"

// oxlint-disable typescript/no-explicit-any -- raw payloads are read as they are, apart from the code under test

interface Recording {
  readonly name: string
  readonly provider: string
  readonly request: { readonly url: string; readonly body: any }
  readonly response: { readonly contentType: string; readonly body: string }
}

const recordings: ReadonlyArray<Recording & { readonly own: boolean }> = filesOf("recordings").map(
  ({ name, own, text }) => ({ name, own, ...JSON.parse(text) })
)

const isStream = (recording: Recording) => recording.response.contentType.startsWith("text/event-stream")

const streams = recordings.filter(isStream)

const answers = recordings.filter((recording) => !isStream(recording)).map((recording) => ({
  ...recording,
  raw: JSON.parse(recording.response.body)
}))

const recorded = (name: string): any => answers.find((recording) => recording.name === name)?.raw

const isLlmCall = Schema.is(LlmCall.LlmCall)

const textOf = (messages: ReadonlyArray<Message.OutputMessage> | undefined) => messages?.map(Message.toText)

const toolCallsOf = (messages: ReadonlyArray<Message.OutputMessage> | undefined) =>
  messages?.map((message) =>
    message.parts.filter(Message.isPart("tool_call")).map((part) => ({
      id: part.id,
      name: part.name,
      arguments: part.arguments
    }))
  )

/** The prompt, model and stream flag of a request body, read independently of the code under test. */
const checkRequest = ({ provider, request: { body, url } }: Recording) => {
  const call = LlmCall.readRequest(body)
  assert.isDefined(call)
  assert.isTrue(isLlmCall(call))
  assert.strictEqual(call.provider, provider)
  assert.strictEqual(call.operation, url.endsWith("/v1/completions") ? "text_completion" : "chat")
  assert.strictEqual(call.requestModel, body.model)
  assert.strictEqual(call.maxTokens, body.max_tokens)
  assert.strictEqual(call.stream, body.stream)
  const prompt = body.prompt ?? body.input ?? body.messages[0].content
  assert.deepStrictEqual(call.inputMessages, [{ role: "user", parts: [{ type: "text", content: prompt }] }])
  const functions = body.functions ?? body.tools?.map((tool: any) => tool.function)
  assert.deepStrictEqual(call.toolDefinitions, functions?.map((tool: any) => ({ ...tool, type: "function" })))
}

describe("recorded answers", () => {
  it("has at least six recordings", () => assert.isAtLeast(answers.length, 6))

  for (const recording of answers) {
    const { raw, request } = recording
    it(recording.name, () => {
      checkRequest(recording)
      const call = LlmCall.readResponse(raw)
      assert.isDefined(call)
      assert.isTrue(isLlmCall(call))
      assert.strictEqual(call.provider, recording.provider)
      assert.strictEqual(call.operation, "chat")
      assert.strictEqual(call.responseModel, raw.model)
      assert.strictEqual(call.responseId, raw.id)
      if (request.url.endsWith("/chat/completions")) {
        const messages = raw.choices.map((choice: any) => choice.message)
        assert.strictEqual(call.apiType, "chat_completions")
        assert.deepStrictEqual(call.finishReasons, raw.choices.map((choice: any) => choice.finish_reason))
        assert.deepStrictEqual(textOf(call.outputMessages), messages.map((message: any) => message.content ?? ""))
        assert.deepStrictEqual(
          toolCallsOf(call.outputMessages),
          messages.map((message: any) =>
            [...(message.tool_calls ?? []), ...(message.function_call ? [{ function: message.function_call }] : [])]
              .map((called) => ({
                id: called.id,
                name: called.function.name,
                arguments: JSON.parse(called.function.arguments)
              }))
          )
        )
        assert.deepStrictEqual(call.usage, {
          inputTokens: raw.usage.prompt_tokens,
          outputTokens: raw.usage.completion_tokens,
          cacheReadTokens: raw.usage.prompt_tokens_details.cached_tokens,
          reasoningTokens: raw.usage.completion_tokens_details.reasoning_tokens
        })
        assert.strictEqual(Usage.total(call.usage!), raw.usage.total_tokens)
        assert.strictEqual(call.responseServiceTier, raw.service_tier)
      } else if (request.url.endsWith("/responses")) {
        assert.strictEqual(call.apiType, "responses")
        assert.deepStrictEqual(call.finishReasons, [raw.status])
        assert.deepStrictEqual(textOf(call.outputMessages), [raw.output[0].content[0].text])
        assert.deepStrictEqual(call.usage, {
          inputTokens: raw.usage.input_tokens,
          outputTokens: raw.usage.output_tokens,
          cacheReadTokens: raw.usage.input_tokens_details.cached_tokens,
          reasoningTokens: raw.usage.output_tokens_details.reasoning_tokens
        })
        assert.strictEqual(Usage.total(call.usage!), raw.usage.total_tokens)
        assert.strictEqual(call.temperature, raw.temperature)
        assert.strictEqual(call.outputType, "text")
      } else {
        assert.isUndefined(call.apiType)
        assert.deepStrictEqual(call.finishReasons, [raw.stop_reason])
        assert.deepStrictEqual(textOf(call.outputMessages), [raw.content[0].text])
        assert.deepStrictEqual(call.usage, {
          inputTokens: raw.usage.input_tokens + raw.usage.cache_read_input_tokens +
            raw.usage.cache_creation_input_tokens,
          outputTokens: raw.usage.output_tokens,
          cacheReadTokens: raw.usage.cache_read_input_tokens,
          cacheWriteTokens: raw.usage.cache_creation_input_tokens
        })
      }
    })
  }

  it("are read with their own facts", () => {
    const counts = answers.filter(({ own }) => own).map(({ name, raw }) => {
      const call = LlmCall.readResponse(raw)
      return [name, call?.usage?.inputTokens, call?.usage?.outputTokens, call?.finishReasons?.join()]
    })
    assert.deepStrictEqual(counts, [
      ["anthropic-messages.json", 16, 19, "end_turn"],
      ["openai-chat-functions.json", 91, 33, "function_call"],
      ["openai-chat-logprobs.json", 14, 10, "stop"],
      ["openai-chat-tools.json", 93, 34, "tool_calls"],
      ["openai-chat.json", 14, 15, "stop"],
      ["openai-responses.json", 15, 17, "completed"]
    ])
    assert.deepStrictEqual(LlmCall.readResponse(recorded("openai-chat-tools.json"))?.outputMessages, [{
      role: "assistant",
      parts: [{
        type: "tool_call",
        id: "call_fixture_1",
        name: "find_flights",
        arguments: { from: "OSL", to: "LIS", day: "2026-05-03" }
      }],
      finish_reason: "tool_calls"
    }])
  })
})

describe("recorded streams", () => {
  it("has at least four recordings", () => assert.isAtLeast(streams.length, 4))

  for (const recording of streams) {
    it(recording.name, () => {
      checkRequest(recording)
      assert.isTrue(LlmCall.readRequest(recording.request.body)?.stream)
      assert.isUndefined(LlmCall.readResponse(recording.response.body))
      const chunks = recording.response.body.split("\n")
        .filter((line) => line.startsWith("data: {"))
        .map((line) => JSON.parse(line.slice("data: ".length)))
      assert.isNotEmpty(chunks)
      // A legacy completion's chunks have the same `object` as the complete response.
      if (!recording.request.url.endsWith("/v1/completions")) {
        for (const chunk of chunks) assert.isUndefined(LlmCall.readResponse(chunk))
      }
    })
  }
})

describe("recorded conversations", () => {
  const files = filesOf("transcripts")

  it("has at least eight recordings", () => assert.isAtLeast(files.length, 8))

  for (const { name, text } of files) {
    it(name, () => {
      const { messages, model } = JSON.parse(text)
      const call = LlmCall.readRequest({ model, messages })
      assert.isTrue(isLlmCall(call))
      assert.deepStrictEqual(
        call?.inputMessages?.map((message) => ({
          role: message.role,
          text: Message.toText(message),
          calls: message.parts.filter(Message.isPart("tool_call")).map((part) => [part.id, part.name, part.arguments]),
          results: message.parts.filter(Message.isPart("tool_call_response")).map((part) => [part.id, part.response])
        })),
        messages.map((message: any) => ({
          role: message.role,
          text: message.role === "tool" ? "" : message.content ?? "",
          calls: (message.tool_calls ?? []).map((called: any) => [
            called.id,
            called.function.name,
            JSON.parse(called.function.arguments)
          ]),
          results: message.role === "tool" ? [[message.tool_call_id, message.content]] : []
        }))
      )
    })
  }
})

describe("any JSON", () => {
  const json = Arbitrary.schema(Schema.Json)
  const index = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })))
  const read = (value: unknown) => {
    const call = LlmCall.readResponse(value)
    assert.isTrue(call === undefined || isLlmCall(call))
    return call
  }

  /** All paths in a payload. */
  const pathsOf = (value: unknown, prefix: ReadonlyArray<string> = []): Array<ReadonlyArray<string>> =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, child]) => [[...prefix, key], ...pathsOf(child, [...prefix, key])])
      : []

  const replace = (value: any, [key, ...rest]: ReadonlyArray<string>, by: unknown): any => {
    const copy = Array.isArray(value) ? [...value] : { ...value }
    copy[key!] = rest.length === 0 ? by : replace(value[key!], rest, by)
    return copy
  }

  /** The facts that each field of a response sets. */
  const facts: Record<string, ReadonlyArray<keyof LlmCall.LlmCall>> = {
    id: ["responseId"],
    model: ["responseModel"],
    choices: ["finishReasons", "outputMessages"],
    content: ["outputMessages"],
    role: ["outputMessages"],
    stop_reason: ["finishReasons", "outputMessages"],
    status: ["finishReasons", "outputMessages"],
    incomplete_details: ["finishReasons", "outputMessages"],
    output: ["outputMessages"],
    usage: ["usage", "responseServiceTier", "responseSpeed", "inferenceGeo", "webSearches", "cost", "costSource"],
    service_tier: ["responseServiceTier"],
    system_fingerprint: ["systemFingerprint"],
    instructions: ["systemInstructions"],
    tools: ["toolDefinitions"],
    temperature: ["temperature"],
    top_p: ["topP"],
    max_output_tokens: ["maxTokens"],
    frequency_penalty: ["frequencyPenalty"],
    presence_penalty: ["presencePenalty"],
    text: ["outputType"],
    reasoning: ["reasoningLevel"],
    previous_response_id: ["previousResponseId"],
    conversation: ["conversationId"]
  }

  for (const { name, raw } of answers) {
    const paths = pathsOf(raw).filter((path) => path[0] !== "object" && path[0] !== "type")
    it.prop(`in place of any field of ${name} costs only that field's facts`, [index, json], ([at, by]) => {
      const place = paths[at % paths.length]!
      const call: any = read(replace(raw, place, by))
      assert.isDefined(call)
      const expected: any = { ...LlmCall.readResponse(raw) }
      const actual = { ...call }
      for (const fact of facts[place[0]!] ?? []) {
        delete expected[fact]
        delete actual[fact]
      }
      assert.deepStrictEqual(actual, expected, place.join("."))
    }, { arbitrary: { runs: 300 } })

    it.prop(`in place of the field that identifies the API of ${name} does not throw`, [json], ([by]) => {
      read({ ...raw, object: by })
      read({ ...raw, type: by })
    })
  }
})
