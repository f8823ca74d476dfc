/** A scripted model answers each client in its own format and timing, and records its calls. */
import Anthropic from "@anthropic-ai/sdk"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema, Stream } from "effect"
import { LanguageModel, Tool, Toolkit } from "effect/ai"
import { FetchHttpClient, HttpClient, HttpClientRequest } from "effect/http"
import { TestClock } from "effect/testing"
import OpenAI from "openai"
import * as Ai from "../../src/integrations/ai/Ai.ts"
import * as OpenAis from "../../src/integrations/openai/OpenAi.ts"
import { Expectation, Pattern, ScriptedModel, TestTracing } from "../../src/testing/index.ts"
import { recordings } from "../support/llm/recordings.ts"

const messages = [{ role: "user" as const, content: "Weather in Bonn?" }]

const openAi = (model: ScriptedModel.Scripted, maxRetries = 0) =>
  new OpenAI({ apiKey: "none", fetch: model.fetch, maxRetries })

const anthropic = (model: ScriptedModel.Scripted) =>
  new Anthropic({ apiKey: "none", fetch: model.fetch, maxRetries: 0 })

const toolCalls = [{ name: "weather", arguments: { city: "Bonn" } }]

describe("over fetch", () => {
  it.effect("answers OpenAI's and Anthropic's clients, whole and streamed", () =>
    Effect.gen(function*() {
      const model = yield* ScriptedModel.make([
        "Rain.",
        { toolCalls, usage: { inputTokens: 7, outputTokens: 3 } },
        { text: "Rain in Bonn.", chunks: ["Rain", " in Bonn."] },
        "Sun.",
        { text: "Look.", reasoning: "Clouds.", toolCalls },
        { reasoning: "Hm.", text: "Wind and rain." },
        "Snow."
      ])
      const openai = openAi(model)
      const claude = anthropic(model)
      const request = { model: "gpt-4o", messages }
      const first = yield* Effect.promise(() => openai.chat.completions.create(request))
      assert.deepStrictEqual([first.choices[0]?.message.content, first.choices[0]?.finish_reason, first.model], [
        "Rain.",
        "stop",
        "gpt-4o"
      ])
      const second = yield* Effect.promise(() => openai.chat.completions.create(request))
      const [call] = second.choices[0]!.message.tool_calls!
      assert.deepStrictEqual([
        call?.type === "function" && call.function,
        second.usage?.total_tokens,
        second.choices[0]?.finish_reason
      ], [
        { name: "weather", arguments: `{"city":"Bonn"}` },
        10,
        "tool_calls"
      ])
      const chunks = yield* Effect.promise(async () => {
        const found: Array<string> = []
        for await (const chunk of await openai.chat.completions.create({ ...request, stream: true })) {
          const content = chunk.choices[0]?.delta.content
          if (content !== undefined && content !== null && content !== "") found.push(content)
        }
        return found
      })
      assert.deepStrictEqual(chunks, ["Rain", " in Bonn."])
      const response = yield* Effect.promise(() => openai.responses.create({ model: "gpt-4o", input: "Weather?" }))
      assert.strictEqual(response.output_text, "Sun.")
      const body = { model: "claude-opus-4-1", max_tokens: 10, messages }
      const message = yield* Effect.promise(() => claude.messages.create(body))
      assert.deepStrictEqual(message.content.map(({ type }) => type), ["thinking", "text", "tool_use"])
      assert.strictEqual(message.stop_reason, "tool_use")
      const final = yield* Effect.promise(() => claude.messages.stream(body).finalMessage())
      assert.deepStrictEqual(final.content.map((block) => block.type === "text" ? block.text : block.type), [
        "thinking",
        "Wind and rain."
      ])
      const streamed = yield* Effect.promise(() =>
        openai.responses.stream({ model: "gpt-4o", input: "Weather?" }).finalResponse()
      )
      // `output_text` at the end of a stream exists only in a later version of the client.
      const [said] = streamed.output
      assert.nestedPropertyVal(said, "content[0].text", "Snow.")
      yield* model.verify
      const asked = yield* model.requests
      assert.deepStrictEqual(asked.map(({ call, number, stream }) => [number, call.requestModel, stream]), [
        [1, "gpt-4o", false],
        [2, "gpt-4o", false],
        [3, "gpt-4o", true],
        [4, "gpt-4o", false],
        [5, "claude-opus-4-1", false],
        [6, "claude-opus-4-1", true],
        [7, "gpt-4o", true]
      ])
      assert.strictEqual(asked[0]?.headers["authorization"], "Bearer none")
    }))

  it.effect("may be a function of the call, and is traced as any model", () =>
    Effect.gen(function*() {
      const { exit, spans } = yield* TestTracing.run(Effect.gen(function*() {
        const model = yield* ScriptedModel.make(({ call, number }) =>
          call.inputMessages?.some(({ role }) => role === "tool") === true ? `Rain, at call ${number}.` : { toolCalls }
        )
        return yield* OpenAis.wrap(openAi(model)).use((client) =>
          client.chat.completions.runTools({
            model: "gpt-4o",
            messages,
            tools: [{
              type: "function",
              function: {
                name: "weather",
                description: "",
                parse: JSON.parse,
                parameters: { type: "object" },
                function: (_: object) => "rain"
              }
            }]
          }).finalContent()
        )
      }))
      assert.deepStrictEqual(exit, Exit.succeed("Rain, at call 2."))
      Expectation.assert(
        spans,
        Expectation.inOrder(
          Expectation.modelCall(),
          Expectation.tool("weather", { result: "rain" }),
          Expectation.modelCall()
        )
      )
    }))

  it.effect("fails as scripted, and clients retry", () =>
    Effect.gen(function*() {
      const model = yield* ScriptedModel.make([
        { error: { status: 429, message: "Slow down", code: "rate_limit_exceeded", retryAfter: 0.001 } },
        { error: { message: "reset", network: true } },
        "Rain.",
        { error: { status: 401, message: "No key", code: "invalid_api_key" } },
        { error: { status: 529, message: "Overloaded", code: "overloaded_error" } }
      ])
      const answer = yield* Effect.promise(() =>
        openAi(model, 2).chat.completions.create({ model: "gpt-4o", messages })
      )
      assert.strictEqual(answer.choices[0]?.message.content, "Rain.")
      const error = yield* Effect.promise(() =>
        openAi(model).chat.completions.create({ model: "gpt-4o", messages }).then(
          () => undefined,
          (error: unknown) => error
        )
      )
      assert.deepInclude(error, { status: 401, code: "invalid_api_key", message: "401 No key" })
      const overloaded = yield* Effect.promise(() =>
        anthropic(model).messages.create({ model: "claude-opus-4-1", max_tokens: 1, messages }).then(
          () => undefined,
          (error: unknown) => error
        )
      )
      assert.deepInclude(overloaded, {
        status: 529,
        error: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }
      })
      yield* model.verify
    }))

  it.effect("streams at the scripted pace of the test's clock, and may break off", () =>
    Effect.gen(function*() {
      const model = yield* ScriptedModel.make([
        { text: "one two", after: "2 seconds", every: "1 second" },
        { text: "one two three", breakAfter: 3 }
      ])
      const openai = OpenAis.wrap(openAi(model))
      const fiber = yield* Effect.forkChild(
        TestTracing.spansOf(Stream.runDrain(openai.chat.completions.stream({ model: "gpt-4o", messages })))
      )
      // Promises of the client settle between the steps of the clock.
      for (let i = 0; i < 12; i++) {
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
        yield* TestClock.adjust("1 second")
      }
      const spans = yield* Fiber.join(fiber)
      const call = spans.find(({ name }) => name === "llm.completion")
      assert.isAtLeast(call!.attributes["gen_ai.response.time_to_first_chunk"] as number, 2)
      assert.isAtLeast(Number((call!.endTime - call!.startTime) / 1_000_000_000n), 5)
      const broken = yield* Effect.exit(Stream.runDrain(openai.chat.completions.stream({ model: "gpt-4o", messages })))
      assert.isTrue(Exit.isFailure(broken))
    }))

  it.effect("returns recorded bodies unchanged", () =>
    Effect.gen(function*() {
      for (const { path, request, response } of recordings) {
        const model = yield* ScriptedModel.make([{
          body: response.stream ? response.body : JSON.parse(response.body) as unknown,
          status: response.status
        }])
        const answer = yield* Effect.promise(() =>
          model.fetch(`https://example.com${path}`, { method: "POST", body: JSON.stringify(request) }).then(async (
            answer
          ) => [answer.status, await answer.text()] as const)
        )
        assert.strictEqual(answer[0], response.status)
        if (response.stream) assert.strictEqual(answer[1], response.body)
        else assert.deepStrictEqual(JSON.parse(answer[1]), JSON.parse(response.body))
      }
    }))

  it.effect("answers Effect's client over HTTP", () =>
    Effect.gen(function*() {
      const model = yield* ScriptedModel.make(["Rain."])
      const response = yield* HttpClient.execute(
        HttpClientRequest.post("https://api.openai.com/v1/chat/completions").pipe(
          HttpClientRequest.bodyJsonUnsafe({ model: "gpt-4o", messages })
        )
      ).pipe(
        Effect.flatMap((response) => response.json),
        Effect.provide(FetchHttpClient.layer),
        Effect.provideService(FetchHttpClient.Fetch, model.fetch)
      )
      assert.deepInclude(response as object, { object: "chat.completion", model: "gpt-4o" })
    }))
})

describe("requests", () => {
  const ask = (model: ScriptedModel.Scripted, content: string) =>
    Effect.promise(() =>
      openAi(model, 3).chat.completions.create({ model: "gpt-4o", messages: [{ role: "user", content }] }).then(
        () => "answered",
        (error: Error) => error.message
      )
    )

  it.effect("are checked", () =>
    Effect.gen(function*() {
      const model = yield* ScriptedModel.make([
        {
          text: "Rain.",
          request: { requestModel: "gpt-4o", inputMessages: [{ role: "user", parts: [{ content: /Bonn/ }] }] }
        },
        {
          text: "Sun.",
          request: { temperature: Pattern.absent, inputMessages: [{ parts: [{ content: "Weather in Rome?" }] }] }
        }
      ])
      assert.strictEqual(yield* ask(model, "Weather in Bonn?"), "answered")
      const message = "Call 2 is not what the script has an answer to: inputMessages[0].parts[0].content: " +
        `expected "Weather in Rome?", found "Weather in Oslo?"`
      assert.strictEqual(yield* ask(model, "Weather in Oslo?"), `400 ${message}`)
      const error = yield* Effect.flip(model.verify)
      assert.deepStrictEqual([error._tag, error.number, error.message], ["ScriptError", 2, message])
      assert.lengthOf(yield* model.requests, 2)
    }))

  it.effect("may be too many or too few", () =>
    Effect.gen(function*() {
      const model = yield* ScriptedModel.make(["Rain."])
      assert.strictEqual((yield* Effect.flip(model.verify)).message, "1 answer is left: the model was asked 0 times")
      assert.strictEqual(yield* ask(model, "a"), "answered")
      yield* model.verify
      assert.strictEqual(yield* ask(model, "b"), `400 Call 2 has no answer: the script has 1 answers: user "b"`)
      assert.match((yield* Effect.flip(model.verify)).message, /^Call 2 has no answer/)
    }))
})

describe("effect/ai", () => {
  const tools = Toolkit.make(
    Tool.make("weather", { parameters: Schema.Struct({ city: Schema.String }), success: Schema.String })
  )
  const ToolsLive = tools.toLayer({ weather: ({ city }) => Effect.succeed(`rain in ${city}`) })

  it.effect("is answered, whole, streamed and with tools, and traced", () =>
    Effect.gen(function*() {
      const program = Effect.gen(function*() {
        const first = yield* LanguageModel.generateText({ prompt: "Weather?", toolkit: tools })
        const text = yield* LanguageModel.streamText({ prompt: "Say it" }).pipe(
          Stream.filter((part) => part.type === "text-delta"),
          Stream.map(({ delta }) => delta),
          Stream.runCollect
        )
        const failed = yield* Effect.flip(LanguageModel.generateText({ prompt: "Again" }))
        const { verify } = yield* ScriptedModel.ScriptedModel
        yield* verify
        return [first.toolResults.map(({ result }) => result), text, failed.reason._tag] as const
      })
      const { exit, spans } = yield* TestTracing.run(program.pipe(
        Effect.provide(Ai.layer),
        Effect.provide(ToolsLive),
        Effect.provide(ScriptedModel.layer([
          {
            toolCalls,
            request: { inputMessages: [{ parts: [{ content: "Weather?" }] }], toolDefinitions: [{ name: "weather" }] }
          },
          { chunks: ["Rain ", "in Bonn"] },
          { error: { status: 429, message: "Slow down" } }
        ]))
      ))
      assert.deepStrictEqual(exit, Exit.succeed([["rain in Bonn"], ["Rain ", "in Bonn"], "RateLimitError"] as never))
      Expectation.assert(
        spans,
        Expectation.exactly(Expectation.inOrder(
          Expectation.modelCall({}, { children: [Expectation.tool("weather", { result: "rain in Bonn" })] }),
          Expectation.modelCall({ stream: true, outputMessages: [{ parts: [{ content: "Rain in Bonn" }] }] }),
          Expectation.modelCall({}, { error: "RateLimitError" })
        ))
      )
    }))
})
