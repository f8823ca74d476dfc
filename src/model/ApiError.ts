/**
 * Reads the error of a provider's SDK: the API's own code, the HTTP status and the request's id.
 *
 * Each SDK puts these in another place: on the error, in a body that the error holds as an object or as text, in its
 * message, or in the error of its last attempt. {@link read} searches all of these places.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import { ErrorTypeId } from "../core/internal/failure.ts"
import { nonEmpty, tryOrUndefined } from "../core/internal/inspect.ts"

/**
 * The facts of a failed API call.
 *
 * **Details**
 *
 * - `code` is the API's own code, such as `rate_limit_exceeded`, `overloaded_error`, `RESOURCE_EXHAUSTED`,
 *   `ThrottlingException` or JSON-RPC's `-32602`; else the HTTP status as text; else `timeout`, the system's code for a
 *   broken connection, such as `ECONNREFUSED`, or the name of the error's class.
 * - `interrupted` is `true` if the caller aborted the call. Such a call has not failed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ApiError {
  readonly code: string
  readonly message: string
  readonly status: number | undefined
  readonly requestId: string | undefined
  readonly interrupted: boolean
}

type Payload = Readonly<Record<PropertyKey, unknown>>

const object = (value: unknown): Payload | undefined => Predicate.isObject(value) ? value : undefined

const number = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined

/** Parses a body that an SDK keeps as text or puts into the message, perhaps after text of its own. */
const parsed = (value: unknown): Payload | undefined => {
  if (typeof value !== "string") return undefined
  const start = value.search(/[{[]/)
  const json = start === -1 ? undefined : tryOrUndefined(() => JSON.parse(value.slice(start)) as unknown)
  return object(Array.isArray(json) ? json[0] : json)
}

/** The error and the nested objects that may hold the API's response, the innermost first. */
const layersOf = (error: Payload): ReadonlyArray<Payload> => {
  const layers: Array<Payload> = []
  let layer: Payload | undefined = error
  for (let depth = 0; layer !== undefined && depth < 5 && !layers.includes(layer); depth++) {
    layers.unshift(layer)
    const { body, data, error: inner, lastError, message }: Payload = layer
    layer = object(lastError) ?? object(inner) ?? object(data) ?? object(body) ?? parsed(body) ?? parsed(message)
  }
  return layers
}

const first = <A>(layers: ReadonlyArray<Payload>, read: (layer: Payload) => A | undefined): A | undefined => {
  for (const layer of layers) {
    const found = read(layer)
    if (found !== undefined) return found
  }
  return undefined
}

/** Returns the value if it looks like an error code, and not like prose or a number. */
const word = (value: unknown): string | undefined => {
  const found = nonEmpty(value)
  return found !== undefined && found.length <= 128 && /^[\w.:/-]*[A-Za-z][\w.:/-]*$/.test(found) ? found : undefined
}

const typeOf = (layer: Payload): string | undefined => {
  const type = word(layer.type)
  // The envelopes of Anthropic and Mistral have the type `error`, which is no information.
  return type === "error" ? undefined : type
}

const nameOf = (error: unknown): string | undefined => {
  const name = Predicate.hasProperty(error, "name") ? nonEmpty(error.name) : undefined
  const own = error instanceof Error ? nonEmpty(error.constructor.name) : undefined
  return name !== undefined && name !== "Error" ? name : own ?? name
}

const timeouts = /Timeout(?:Error|Exception)?$/
const aborts = /^(?:AbortError|APIUserAbortError|RequestAbortedError)$/

const codeOf = (error: Payload, layers: ReadonlyArray<Payload>, status: number | undefined): string => {
  const name = nameOf(error)
  const connection = object(error.cause)
  return first(layers, (layer) => word(layer.code) ?? word(layer.status) ?? typeOf(layer)) ??
    // AWS's errors are distinguished by their names.
    (Predicate.hasProperty(error, "$metadata") || Predicate.hasProperty(error, "$fault") ? name : undefined) ??
    status?.toString() ??
    first(layers, (layer) => number(layer.code)?.toString()) ??
    (name !== undefined && timeouts.test(name) ? "timeout" : undefined) ??
    word(connection?.code) ??
    name ??
    "_OTHER"
}

const httpStatus = (value: unknown): number | undefined => {
  const found = number(value)
  return found !== undefined && Number.isInteger(found) && found >= 400 && found < 600 ? found : undefined
}

const statusOf = (layer: Payload): number | undefined =>
  httpStatus(layer.status) ?? httpStatus(layer.statusCode) ?? httpStatus(layer.status_code) ??
    httpStatus(object(layer.$metadata)?.httpStatusCode) ?? httpStatus(layer.code)

const headerOf = (layer: Payload): string | undefined => {
  const headers = object(layer.headers)
  if (headers === undefined) return undefined
  const get = typeof headers.get === "function"
    ? (name: string) => nonEmpty((headers as unknown as Headers).get(name))
    : (name: string) => nonEmpty(headers[name])
  return get("x-request-id") ?? get("request-id")
}

const requestIdOf = (layer: Payload): string | undefined =>
  nonEmpty(layer.requestID) ?? nonEmpty(layer.request_id) ?? nonEmpty(layer.requestId) ??
    nonEmpty(object(layer.$metadata)?.requestId) ?? headerOf(layer) ??
    (object(layer.rawResponse) === undefined ? undefined : headerOf(object(layer.rawResponse)!))

const messageOf = (error: Payload, layers: ReadonlyArray<Payload>): string =>
  first(layers, (layer) => nonEmpty(layer.message) ?? nonEmpty(layer.error)) ?? nonEmpty(error.message) ?? ""

/**
 * Reads an error that an SDK threw. It never throws, whatever the value is.
 *
 * **Example** (the error of Google's SDK, whose message is the body)
 *
 * ```ts
 * import { ApiError } from "effect-agentops"
 *
 * const error = ApiError.read({
 *   status: 429,
 *   message: `{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"Slow down"}}`
 * })
 * error.code // => "RESOURCE_EXHAUSTED"
 * error.status // => 429
 * error.message // => "Slow down"
 * ```
 *
 * @category reading
 * @since 0.1.0
 */
export const read = (error: unknown): ApiError =>
  tryOrUndefined((): ApiError => {
    const outer = object(error)
    if (outer === undefined) {
      return { code: "_OTHER", message: String(error), status: undefined, requestId: undefined, interrupted: false }
    }
    const layers = layersOf(outer)
    const status = first(layers, statusOf)
    return {
      code: nonEmpty(outer[ErrorTypeId]) ?? codeOf(outer, layers, status),
      message: messageOf(outer, layers),
      status,
      requestId: first(layers, requestIdOf),
      interrupted: aborts.test(nameOf(outer) ?? "")
    }
  }) ?? { code: "_OTHER", message: "", status: undefined, requestId: undefined, interrupted: false }
