/**
 * The traced workload: agent sessions of ten steps, each an action that calls a model and a tool. The work itself is
 * minimal, so that the tracing is measured. Every subject records the same facts in the same attributes of the
 * library's standard vocabulary: an LLM call with two prompts of 200 characters and a completion of 400 as JSON, its
 * attempt, an action, a tool call, and the totals of the session.
 */
export const STEPS = 10

/** A session, and for each step an action, an LLM call, its API call and a tool call. */
export const SPANS = 1 + STEPS * 4

/** The same with the library's own kinds, in which an action and a tool call have a child for the attempt too. */
export const SPANS_WITH_ATTEMPTS = 1 + STEPS * 6

const words = "the agent reads a ticket and looks up what the customer ordered last week before it answers politely "

/** A separate string, as in a response. A slice would refer to another string. */
const text = (length: number, seed: number): string =>
  Buffer.from(words.repeat(6)).toString("utf8", seed % 90, seed % 90 + length)

const VARIETY = 64
const systems = Array.from({ length: VARIETY }, (_, i) => text(200, i))
const questions = Array.from({ length: VARIETY }, (_, i) => text(200, i + 7))
const answers = Array.from({ length: VARIETY }, (_, i) => text(400, i + 13))

/** The request to the model in one step. */
export interface Request {
  readonly model: string
  readonly temperature: number
  readonly maxTokens: number
  readonly system: string
  readonly question: string
  readonly seed: number
}

/** The response of the model. */
export interface Response {
  readonly id: string
  readonly model: string
  readonly finishReason: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly text: string
}

export const request = (session: number, step: number): Request => {
  const seed = (session * STEPS + step) % VARIETY
  return {
    model: "gpt-4o-mini",
    temperature: 0.7,
    maxTokens: 1024,
    system: systems[seed]!,
    question: questions[seed]!,
    seed
  }
}

export const callModel = (request: Request): Response => ({
  id: `chatcmpl-${request.seed}`,
  model: "gpt-4o-mini-2024-07-18",
  finishReason: "stop",
  inputTokens: 312 + request.seed,
  outputTokens: 97 + request.seed,
  text: answers[request.seed]!
})

export const search = (query: number): number => query * 2

type Attributes = Record<string, string | number | boolean | ReadonlyArray<string>>

/** The attributes of every attempt and span of a session. */
const ofSession = (session: string): Attributes => ({ "session.id": session })

const asked = (request: Request): string =>
  JSON.stringify([
    { role: "system", parts: [{ type: "text", content: request.system }] },
    { role: "user", parts: [{ type: "text", content: request.question }] }
  ])

const answered = (response: Response): string =>
  JSON.stringify([{
    role: "assistant",
    parts: [{ type: "text", content: response.text }],
    finish_reason: response.finishReason
  }])

const costOf = (response: Response): number => (response.inputTokens * 150 + response.outputTokens * 600) / 1e9

/** The attributes of an LLM call that are known at its start. */
export const requestAttributes = (session: string, request: Request, content = true): Attributes => ({
  ...ofSession(session),
  "agentops.event.kind": "llm",
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": request.model,
  "gen_ai.request.temperature": request.temperature,
  "gen_ai.request.max_tokens": request.maxTokens,
  ...content ? { "gen_ai.input.messages": asked(request) } : undefined
})

/** The attributes of an LLM call that are known at its end. */
export const responseAttributes = (response: Response, content = true): Attributes => ({
  "gen_ai.response.id": response.id,
  "gen_ai.response.finish_reasons": [response.finishReason],
  "gen_ai.usage.input_tokens": response.inputTokens,
  "gen_ai.usage.output_tokens": response.outputTokens,
  ...content ? { "gen_ai.output.messages": answered(response) } : undefined,
  "agentops.usage.cost": costOf(response)
})

/** The attributes of an attempt of the LLM call. */
export const attemptAttributes = (session: string, request: Request): Attributes => ({
  ...ofSession(session),
  "agentops.attempt": 1,
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": request.model
})

export const attemptResponse = (response: Response): Attributes => ({
  "gen_ai.response.id": response.id,
  "gen_ai.response.finish_reasons": [response.finishReason],
  "gen_ai.usage.input_tokens": response.inputTokens,
  "gen_ai.usage.output_tokens": response.outputTokens,
  "agentops.usage.cost": costOf(response)
})

/** The attributes of an attempt of an action or a tool call. */
export const bareAttempt = (session: string): Attributes => ({ ...ofSession(session), "agentops.attempt": 1 })

export const actionAttributes = (session: string, step: number, content = true): Attributes => ({
  ...ofSession(session),
  "agentops.event.kind": "action",
  ...content ? { "action.params": JSON.stringify({ step }) } : undefined,
  "action.type": "step"
})

export const toolAttributes = (session: string, query: number, content = true): Attributes => ({
  ...ofSession(session),
  "agentops.event.kind": "tool",
  "gen_ai.operation.name": "execute_tool",
  ...content ? { "gen_ai.tool.call.arguments": JSON.stringify({ query }) } : undefined,
  "gen_ai.tool.name": "search"
})

export const toolResult = (hits: number, content = true): Attributes =>
  content ? { "gen_ai.tool.call.result": String(hits) } : {}

/** The totals of a session, which its root span gets at the end. */
export class Totals {
  readonly id: string
  first: Request | undefined = undefined
  last: Response | undefined = undefined
  calls = 0
  tools = 0
  input = 0
  output = 0
  cost = 0

  constructor(number: number) {
    this.id = `01a21651-8969-78cd-8b3a-${String(number).padStart(12, "0")}`
  }

  called(request: Request, response: Response): void {
    this.first ??= request
    this.last = response
    this.calls++
    this.input += response.inputTokens
    this.output += response.outputTokens
    this.cost += costOf(response)
  }

  attributes(content = true): Attributes {
    return {
      ...ofSession(this.id),
      "agentops.session.name": "session",
      "agentops.session.end_state": "Success",
      "agentops.session.llm_calls": this.calls,
      "agentops.session.tool_calls": this.tools,
      "agentops.session.actions": this.tools,
      "agentops.session.errors": 0,
      "agentops.session.input_tokens": this.input,
      "agentops.session.output_tokens": this.output,
      "agentops.session.cost": this.cost,
      ...content && this.first !== undefined && this.last !== undefined
        ? {
          "gen_ai.input.messages": JSON.stringify([
            { role: "user", parts: [{ type: "text", content: this.first.question }] }
          ]),
          "gen_ai.output.messages": answered(this.last)
        }
        : undefined
    }
  }
}

/** One way of tracing the workload, in a separate process. */
export interface Subject {
  readonly run: (sessions: number) => Promise<void>
  /** Traces a call without work repeatedly, and returns the time of each in microseconds. */
  readonly calls: ((count: number) => Promise<Float64Array>) | undefined
  /** Traces a model call with each prompt, and returns how long each call took in microseconds. */
  readonly prompts?: ((prompts: ReadonlyArray<string>) => Promise<Float64Array>) | undefined
  /** Resolves when everything has been sent. */
  readonly close: () => Promise<void>
}

/** Makes a subject that sends to an address. */
export type Open = (url: string) => Promise<Subject>
