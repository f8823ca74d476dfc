/**
 * The commands of Bedrock's client that call a model.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import { defined } from "../../../core/internal/defined.ts"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import * as LlmCall from "../../../model/LlmCall.ts"
import { addServer, statusError } from "../../internal/requests.ts"
import type { Started } from "../../internal/requests.ts"
import type { Method, Wiring } from "../../internal/sdk.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

const inputOf = (command: unknown): Payload => object(object(command).input)

const isConverse = (input: Payload): boolean => "modelId" in input && "messages" in input

const isInvoke = (input: Payload): boolean => "modelId" in input && "body" in input

/** Whether a command calls a model. @internal */
export const isCall = (command: unknown): boolean => {
  const input = inputOf(command)
  return isConverse(input) || isInvoke(input)
}

const provider = "aws.bedrock"

const decoder = new TextDecoder()

/** Parses the body of `InvokeModel`: bytes of the model's own API. */
const parsed = (body: unknown): unknown => {
  const text = body instanceof Uint8Array ? decoder.decode(body) : body
  return typeof text === "string" ? tryOrUndefined(() => JSON.parse(text) as unknown) : undefined
}

const request: Method["request"] = (_, [command]) => {
  const input = inputOf(command)
  if (isConverse(input)) return LlmCall.readRequest(input, { api: "converse", provider })
  const requestModel = typeof input.modelId === "string" ? input.modelId : undefined
  const body = parsed(input.body)
  const embedding = object(body).inputText !== undefined || object(body).texts !== undefined
  const call = embedding ? { provider, operation: "embeddings" as const } : LlmCall.readRequest(body, { provider })
  return { ...call, provider, ...defined({ requestModel }) }
}

const response: Method["response"] = (value) => {
  const answer = object(value)
  if (answer.body === undefined) return LlmCall.readResponse(value, { api: "converse", provider })
  const body = object(parsed(answer.body))
  const vector = Array.isArray(body.embedding) ? body.embedding : undefined
  if (vector === undefined) return LlmCall.readResponse(body, { provider })
  const tokens = body.inputTextTokenCount
  return defined({
    operation: "embeddings" as const,
    dimensionCount: vector.length,
    usage: typeof tokens === "number" ? { inputTokens: tokens, outputTokens: 0 } : undefined
  })
}

const isIterable = (value: unknown): value is AsyncIterable<unknown> =>
  Predicate.hasProperty(value, Symbol.asyncIterator)

/** The field of a streamed response that holds its events. */
const streamKey = (value: unknown): "stream" | "body" | undefined => {
  const answer = object(value)
  return isIterable(answer.stream) ? "stream" : isIterable(answer.body) ? "body" : undefined
}

/** The model's own chunk, if the event contains its bytes. */
const chunk = (event: unknown): unknown => {
  const { bytes } = object(object(event).chunk)
  return bytes === undefined ? event : parsed(bytes)
}

interface Stack {
  readonly clone: () => Stack
  readonly add: (middleware: (next: Next) => Next, options: object) => void
}

type Next = (args: { readonly request?: unknown }) => Promise<{ readonly response?: unknown }>

/** Wraps each request of a call. The SDK's retries are above it. */
const attemptMiddleware = (event: Started) => {
  let begun = false
  return (next: Next): Next => async (args) => {
    const { hostname, port, protocol } = object(args.request)
    if (begun) event.nextAttempt()
    else {
      begun = true
      const address = `${String(protocol)}//${String(hostname)}${typeof port === "number" ? `:${port}` : ""}`
      if (URL.canParse(address)) addServer(event, new URL(address))
    }
    try {
      return await next(args)
    } catch (error) {
      const { httpStatusCode } = object(object(error).$metadata)
      event.endAttempt(typeof httpStatusCode === "number" ? statusError(httpStatusCode) : error)
      throw error
    }
  }
}

/** A copy of the command whose requests are attempts of the event. */
const traced = (command: object, event: Started): object => {
  const { middlewareStack } = command as { readonly middlewareStack?: Stack }
  if (middlewareStack === undefined) return command
  const stack = middlewareStack.clone()
  stack.add(attemptMiddleware(event), { step: "deserialize", name: "effectAgentOpsAttempt", priority: "high" })
  const own: object = Object.create(Object.getPrototypeOf(command) as object, Object.getOwnPropertyDescriptors(command))
  Object.defineProperty(own, "middlewareStack", { value: stack })
  return own
}

type Args = ReadonlyArray<unknown>

/** Sends a command with a signal in addition to that of the program. @internal */
export const send = (client: object, args: Args, signal: AbortSignal): PromiseLike<unknown> => {
  const options = object(args[1])
  const given = options.abortSignal
  const abortSignal = given instanceof AbortSignal ? AbortSignal.any([signal, given]) : signal
  const sending = client as { readonly send: (command: unknown, options: object) => PromiseLike<unknown> }
  return sending.send(args[0], { ...options, abortSignal })
}

/** The entry for commands that call a model. @internal */
export const modelCall: Method = {
  applies: (args) => isCall(args[0]),
  request,
  response,
  send: (client: object, args: Args, { event, signal }: Wiring) =>
    send(client, [traced(args[0] as object, event), args[1]], signal),
  chunks: (value) => {
    const key = streamKey(value)
    return key === undefined ? undefined : object(value)[key] as AsyncIterable<unknown>
  },
  withChunks: (value, chunks) => ({ ...value, [streamKey(value) ?? "stream"]: chunks }),
  chunk
}
