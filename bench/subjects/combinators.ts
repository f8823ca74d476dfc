/**
 * The workload with the library's combinators.
 */
import { ActionEvent, fields as actionFields } from "effect-agentops/trace/ActionEvent"
import type { TraceNamed } from "effect-agentops/trace/Event"
import * as Event from "effect-agentops/trace/Event"
import { traceLlmWith } from "effect-agentops/trace/LlmEvent"
import * as Session from "effect-agentops/trace/Session"
import { fields as toolFields, ToolEvent } from "effect-agentops/trace/ToolEvent"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import type { Request, Response } from "../workload.ts"
import { callModel, request, search, STEPS } from "../workload.ts"
import type { Program } from "./programs.ts"

interface Kinds {
  readonly ask: (request: Request) => Effect.Effect<Response>
  readonly traceAction: TraceNamed<typeof actionFields>
  readonly traceTool: TraceNamed<typeof toolFields>
  /** How the tool runs. Default: synchronously. */
  readonly leaf?: (<A>(f: () => A) => Effect.Effect<A>) | undefined
}

const make = ({ ask, leaf = Effect.sync, traceAction, traceTool }: Kinds): Program => ({
  session: (number) => {
    const step = (step: number) =>
      pipe(
        Effect.gen(function*() {
          const response = yield* ask(request(number, step))
          const query = response.outputTokens
          return yield* pipe(
            leaf(() => search(query)),
            traceTool("search", { parameters: { query } })
          )
        }),
        traceAction("step", { parameters: { step }, result: null })
      )
    return pipe(
      Effect.gen(function*() {
        let found = 0
        for (let i = 0; i < STEPS; i++) found += yield* step(i)
        return found
      }),
      Session.withSession({ name: "session" })
    )
  },
  call: () => pipe(Effect.void, traceTool("noop")),
  ask: (prompt) =>
    pipe(
      Effect.void,
      traceLlmWith({
        model: "gpt-4o-mini",
        inputMessages: [{ role: "user", parts: [{ type: "text", content: prompt }] }]
      })
    )
})

const askWith = (leaf: NonNullable<Kinds["leaf"]>) => (request: Request) =>
  pipe(
    leaf(() => callModel(request)),
    traceLlmWith({
      operation: "chat",
      provider: "openai",
      model: request.model,
      temperature: request.temperature,
      maxTokens: request.maxTokens,
      inputMessages: [
        { role: "system", parts: [{ type: "text", content: request.system }] },
        { role: "user", parts: [{ type: "text", content: request.question }] }
      ],
      responseId: (response) => response.id,
      finishReasons: (response) => [response.finishReason],
      usage: ({ inputTokens, outputTokens }) => ({ inputTokens, outputTokens }),
      outputMessages: (response) => [
        { role: "assistant", parts: [{ type: "text", content: response.text }], finish_reason: response.finishReason }
      ]
    })
  )

const ask = askWith(Effect.sync)

const awaited = <A>(f: () => A): Effect.Effect<A> => Effect.promise(() => Promise.resolve().then(f))

/** The library's own kinds, with a child span for the attempt of an action and of a tool call. */
export const combinators = make({ ask, traceAction: ActionEvent.trace, traceTool: ToolEvent.trace })

/** The same with an asynchronous model and tool. */
export const combinatorsAsync = make({
  ask: askWith(awaited),
  leaf: awaited,
  traceAction: ActionEvent.trace,
  traceTool: ToolEvent.trace
})

const Action = Event.define("action", { span: "agent.action", fields: actionFields, nameField: "type" })
const Tool = Event.define("tool", {
  span: "agent.tool",
  fields: toolFields,
  nameField: "name",
  readValue: (value) => ({ result: value })
})

/** The same without these two children, with as many spans as the other subjects. */
export const combinatorsFlat = make({ ask, traceAction: Action.trace, traceTool: Tool.trace })

/** OpenAI's request and response, which the library reads through its schemas. */
const askOpenAi = (request: Request) => {
  const body = {
    model: request.model,
    temperature: request.temperature,
    max_tokens: request.maxTokens,
    messages: [{ role: "system", content: request.system }, { role: "user", content: request.question }]
  }
  return pipe(
    Effect.sync(() => {
      const response = callModel(request)
      return {
        object: "chat.completion",
        id: response.id,
        model: response.model,
        choices: [{
          index: 0,
          message: { role: "assistant", content: response.text },
          finish_reason: response.finishReason
        }],
        usage: {
          prompt_tokens: response.inputTokens,
          completion_tokens: response.outputTokens,
          total_tokens: response.inputTokens + response.outputTokens
        }
      }
    }),
    traceLlmWith({ request: body }),
    Effect.map((completion) => ({
      id: completion.id,
      model: completion.model,
      finishReason: "stop",
      inputTokens: completion.usage.prompt_tokens,
      outputTokens: completion.usage.completion_tokens,
      text: completion.choices[0]!.message.content
    }))
  )
}

/** The library's own kinds, with the facts of an LLM call read from OpenAI's request and response. */
export const combinatorsReading = make({
  ask: askOpenAi,
  traceAction: ActionEvent.trace,
  traceTool: ToolEvent.trace
})
