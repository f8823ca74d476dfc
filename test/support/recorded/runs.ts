/**
 * Runs of agents for tests to trace: our own recordings and those of others, and one run with every kind of event.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Field from "../../../src/model/Field.ts"
import * as LlmCall from "../../../src/model/LlmCall.ts"
import * as Message from "../../../src/model/Message.ts"
import { traceAction } from "../../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../../src/trace/AgentEvent.ts"
import { traceAttempt } from "../../../src/trace/Attempt.ts"
import * as ErrorEvent from "../../../src/trace/ErrorEvent.ts"
import * as Event from "../../../src/trace/Event.ts"
import * as LlmEvent from "../../../src/trace/LlmEvent.ts"
import * as Session from "../../../src/trace/Session.ts"
import * as ToolEvent from "../../../src/trace/ToolEvent.ts"
import { filesOf } from "./files.ts"

/** A traced program, and its facts, which are independent of the code under test. */
export interface Run {
  readonly name: string
  readonly program: Effect.Effect<unknown, unknown>
  readonly llmCalls: number
  readonly toolCalls: number
}

interface Recording {
  readonly request: { readonly body: unknown }
  readonly response: { readonly contentType: string; readonly body: string }
}

/** Each recorded exchange as one traced call. For a stream only the request is read here. */
export const recordings: ReadonlyArray<Run> = filesOf("recordings").map(({ name, text }) => {
  const { request, response } = JSON.parse(text) as Recording
  const value: unknown = response.contentType.startsWith("text/event-stream") ? "stream" : JSON.parse(response.body)
  return {
    name,
    program: Effect.succeed(value).pipe(
      LlmEvent.traceLlmWith({ request: request.body }),
      Session.withSession({ name, tags: ["recording", "real"] })
    ),
    llmCalls: 1,
    toolCalls: 0
  }
})

interface TranscriptMessage {
  readonly role: string
  readonly content?: string | null
  readonly tool_calls?: ReadonlyArray<{
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
  }>
  readonly tool_call_id?: string
}

interface Transcript {
  readonly model: string
  readonly reward: number
  readonly messages: ReadonlyArray<TranscriptMessage>
}

const replay = ({ messages, model, reward }: Transcript) =>
  Effect.forEach(messages, (message, i) => {
    if (message.role !== "assistant") return Effect.void
    const read = LlmCall.readRequest({ model, messages: messages.slice(0, i) })
    const answer = LlmCall.readResponse({
      object: "chat.completion",
      model: "gpt-4o-2024-08-06",
      choices: [{ index: 0, message, finish_reason: message.tool_calls === undefined ? "stop" : "tool_calls" }],
      usage: { prompt_tokens: 100 * i, completion_tokens: 20, total_tokens: 100 * i + 20 }
    })
    const llm = Effect.succeed(answer).pipe(LlmEvent.traceLlmWith({
      request: { model, messages: messages.slice(0, i) },
      provider: read?.provider,
      responseModel: (call) => call?.responseModel,
      outputMessages: (call) => call?.outputMessages,
      finishReasons: (call) => call?.finishReasons,
      usage: (call) => call?.usage,
      cost: 0.0021
    }))
    const tools = (message.tool_calls ?? []).map((call) =>
      Effect.succeed(messages.find((other) => other.tool_call_id === call.id)?.content ?? "").pipe(
        ToolEvent.traceTool(call.function.name, {
          callId: call.id,
          parameters: JSON.parse(call.function.arguments) as { readonly [key: string]: unknown }
        })
      )
    )
    return Effect.andThen(llm, Effect.all(tools))
  }).pipe(
    Effect.andThen(reward === 1 ? Effect.void : Effect.fail(new Unsolved({ message: "the task was not solved" }))),
    traceAction("solve_task"),
    traceAgent("airline", { role: "support" }),
    Session.withSession({ name: "airline", tags: ["tau-bench", `reward:${reward}`] })
  )

class Unsolved extends Data.TaggedError("Unsolved")<{ readonly message: string }> {}

/** Each recorded conversation as its session. */
export const transcripts: ReadonlyArray<Run> = filesOf("transcripts").map(({ name, text }) => {
  const transcript = JSON.parse(text) as Transcript
  const assistant = transcript.messages.filter((message) => message.role === "assistant")
  return {
    name,
    program: replay(transcript),
    llmCalls: assistant.length,
    toolCalls: assistant.reduce((sum, message) => sum + (message.tool_calls?.length ?? 0), 0)
  }
})

class Overloaded extends Data.TaggedError("Overloaded")<{ readonly message: string }> {}

const Checkout = Event.define("shop.checkout", {
  span: "shop.checkout",
  fields: {
    cart: Field.attribute("shop.cart.id", Schema.String),
    note: Field.attribute("shop.note", Schema.String, { content: true })
  }
})

/** One session with every kind of event, a retry, failures, an interruption and conflicting attributes. */
export const everything: Run = {
  name: "everything",
  llmCalls: 3,
  toolCalls: 4,
  program: Effect.gen(function*() {
    let calls = 0
    const call = Effect.suspend(() =>
      ++calls === 1
        ? Effect.fail(new Overloaded({ message: "try later" }))
        : Effect.succeed({
          object: "chat.completion",
          id: "chatcmpl-1",
          model: "gpt-4o-2024-08-06",
          choices: [{
            index: 0,
            message: {
              role: "assistant",
              content: "Looking it up.",
              tool_calls: [{
                id: "call_1",
                type: "function",
                function: { name: "search", arguments: "{\"query\":\"shoes\"}" }
              }]
            },
            finish_reason: "tool_calls"
          }],
          usage: {
            prompt_tokens: 20,
            completion_tokens: 7,
            total_tokens: 27,
            prompt_tokens_details: { cached_tokens: 8 },
            completion_tokens_details: { reasoning_tokens: 2 }
          }
        })
    )
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Where are my shoes?" }
    ]
    const tools = [{ type: "function", function: { name: "search", parameters: { type: "object" } } }]
    yield* call.pipe(
      traceAttempt,
      Effect.retry({ times: 2 }),
      LlmEvent.traceLlmWith({ request: { model: "gpt-4o", temperature: 0, messages, tools }, cost: 0.25 })
    )
    yield* Effect.succeed({ hits: ["shoes"] }).pipe(
      ToolEvent.traceTool("search", {
        parameters: { query: "shoes" },
        callId: "call_1",
        attributes: { "agent.id": "clash", error: true, "error.type": "none" }
      })
    )
    yield* Effect.succeed("text").pipe(ToolEvent.traceTool("echo", { parameters: "[1]", description: "says it again" }))
    yield* Effect.fail(new Overloaded({ message: "no" })).pipe(ToolEvent.traceTool("search"), Effect.ignore)
    yield* Effect.succeed(0).pipe(ToolEvent.traceTool("count", { success: (n) => n > 0 }))
    yield* Effect.succeed("x").pipe(
      Checkout.trace({ cart: "c-1", note: "leave at the door" }),
      traceAgent("cashier", { id: "agent-7", description: "takes money", tools: ["pay"], input: "pay", output: "paid" })
    )
    yield* Effect.interrupt.pipe(traceAction("given_up"), Effect.exit)
    yield* Effect.succeed("answer").pipe(LlmEvent.traceLlm)
    yield* Effect.succeed({ reply: "a picture" }).pipe(LlmEvent.traceLlmWith({
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      systemInstructions: [Message.text("Describe.")],
      inputMessages: [
        Message.user([
          Message.text("What is this?"),
          { type: "uri", modality: "image", uri: "https://example.com/cat.png" }
        ]),
        Message.tool([
          Message.toolResult({ id: "a", response: { found: 1 } }),
          Message.toolResult({ id: "b", response: "two" })
        ])
      ],
      outputMessages: (value) => [Message.output([Message.reasoning("Fur."), Message.text(value.reply)])],
      finishReasons: ["end_turn"],
      usage: { inputTokens: 12, outputTokens: 3 }
    }))
    yield* Session.record(ErrorEvent.ErrorEvent.make({ type: "PolicyBreach", message: "said too much", code: "E7" }))
    yield* Effect.succeed(1).pipe(
      Effect.withSpan("GET /orders", { kind: "client", attributes: { "http.route": "/orders" } })
    )
  }).pipe(
    traceAction("handle_ticket", { parameters: { ticket: "T-1" } }),
    traceAgent("support", { role: "answers" }),
    Session.withSession({
      name: "support-ticket",
      tags: ["prod", "eu"],
      metadata: { plan: "gold", "plan.since": 2020 }
    })
  )
}

/** All runs. */
export const runs: ReadonlyArray<Run> = [everything, ...recordings, ...transcripts]
