/**
 * What the bench traces: agent sessions of ten steps, each an action that asks a model and uses a tool.
 *
 * The work itself is next to nothing, so that what is measured is the tracing of it. Every subject
 * tells the same facts: twelve attributes of an LLM call, with two prompts of 200 characters and a
 * completion of 400, two of an action and three of a tool call.
 */
export const STEPS = 10

/** A session, and for each step an action, an LLM call, its API call and a tool call. */
export const SPANS = 1 + STEPS * 4

/** The same by the library's own kinds, in which an action and a tool call have a child for the attempt too. */
export const SPANS_WITH_ATTEMPTS = 1 + STEPS * 6

const words = "the agent reads a ticket and looks up what the customer ordered last week before it answers politely "

/** A string of its own, as from a response, where a slice would point into another one. */
const text = (length: number, seed: number): string =>
  Buffer.from(words.repeat(6)).toString("utf8", seed % 90, seed % 90 + length)

const VARIETY = 64
const systems = Array.from({ length: VARIETY }, (_, i) => text(200, i))
const questions = Array.from({ length: VARIETY }, (_, i) => text(200, i + 7))
const answers = Array.from({ length: VARIETY }, (_, i) => text(400, i + 13))

/** What is asked of the model in one step. */
export interface Request {
  readonly model: string
  readonly temperature: number
  readonly maxTokens: number
  readonly system: string
  readonly question: string
  readonly seed: number
}

/** What the model answers. */
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

/** The attributes of an LLM call that are known when it starts. */
export const requestAttributes = (request: Request) => ({
  "gen_ai.operation.name": "chat",
  "gen_ai.provider.name": "openai",
  "gen_ai.request.model": request.model,
  "gen_ai.request.temperature": request.temperature,
  "gen_ai.request.max_tokens": request.maxTokens,
  "gen_ai.prompt.0.content": request.system,
  "gen_ai.prompt.1.content": request.question
})

/** The attributes of an LLM call that are known when it ends. */
export const responseAttributes = (response: Response) => ({
  "gen_ai.response.id": response.id,
  "gen_ai.response.finish_reasons": [response.finishReason],
  "gen_ai.usage.input_tokens": response.inputTokens,
  "gen_ai.usage.output_tokens": response.outputTokens,
  "gen_ai.completion.0.content": response.text
})

/** One way of tracing the workload, in a process of its own. */
export interface Subject {
  readonly run: (sessions: number) => Promise<void>
  /** Traces a call that does nothing, as often as asked, and says how long each took in microseconds. */
  readonly calls: ((count: number) => Promise<Float64Array>) | undefined
  /** Ends when everything has been sent. */
  readonly close: () => Promise<void>
}

/** Makes a subject that sends to the address. */
export type Open = (url: string) => Promise<Subject>
