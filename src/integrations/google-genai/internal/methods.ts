/**
 * The methods of Google's client that call a model.
 *
 * @internal
 */
import * as Predicate from "effect/Predicate"
import * as LlmCall from "../../../model/LlmCall.ts"
import type { Fetch } from "../../internal/requests.ts"
import type { Method, Table, Wiring } from "../../internal/sdk.ts"
import { method } from "../../internal/sdk.ts"

type Payload = Readonly<Record<PropertyKey, unknown>>

const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

/** The client's own `fetch`, from version 3 on. */
const fetchOf = (client: object): Fetch | undefined => {
  const { httpOptions } = object(object(object(client).apiClient).clientOptions)
  const { fetch } = object(httpOptions)
  return typeof fetch === "function" ? fetch as Fetch : undefined
}

const anySignal = (signal: AbortSignal, given: unknown): AbortSignal =>
  given instanceof AbortSignal ? AbortSignal.any([signal, given]) : signal

/** The settings of one request with its `fetch` and its signal. */
const configured = (client: object, given: unknown, wiring: Wiring): Payload => {
  const config = object(given)
  const http = object(config.httpOptions)
  const fetch = typeof http.fetch === "function" ? http.fetch as Fetch : fetchOf(client)
  return {
    ...config,
    abortSignal: anySignal(wiring.signal, config.abortSignal),
    httpOptions: { ...http, fetch: wiring.fetch(fetch) }
  }
}

type Methods = Readonly<Record<string, (...args: ReadonlyArray<unknown>) => PromiseLike<unknown>>>

const sendModel = (client: object, name: string): Method["send"] => (models: Methods, args, wiring) => {
  const params = object(args[0])
  return models[name]!({ ...params, config: configured(client, params.config, wiring) })
}

interface Chat extends Payload {
  readonly getHistory?: (curated: boolean) => ReadonlyArray<unknown>
}

/** The request of a chat: the conversation so far and the new message. */
const chatRequest = (chat: Chat, args: ReadonlyArray<unknown>): Payload => {
  const { config, message } = object(args[0])
  const parts = (Array.isArray(message) ? message : [message])
    .map((part: unknown) => typeof part === "string" ? { text: part } : part)
  return {
    model: chat["model"],
    contents: [...(chat.getHistory?.(true) ?? []), { role: "user", parts }],
    config: config ?? chat["config"]
  }
}

const sendChat = (client: object, name: string): Method["send"] => (chat: Methods & Chat, args, wiring) => {
  const params = object(args[0])
  return chat[name]!({ ...params, config: configured(client, params.config ?? chat["config"], wiring) })
}

const providerOf = (client: object, provider: string | undefined): string =>
  provider ?? (object(client).vertexai === true ? "gcp.vertex_ai" : "gcp.gemini")

/** @internal */
export const chatTable = (client: object, given: string | undefined) => {
  const provider = providerOf(client, given)
  const entry = (name: string): Method =>
    method("generate_content", provider, sendChat(client, name), {
      request: (chat: Chat, args) => LlmCall.readRequest(chatRequest(chat, args), { api: "generate_content", provider })
    })
  return { sendMessage: entry("sendMessage"), sendMessageStream: entry("sendMessageStream") } satisfies Table
}

const sendInteraction: Method["send"] = (interactions: Methods, args, wiring) => {
  const options = object(args[1])
  const given = object(options.fetch_options)
  return interactions["create"]!(args[0], {
    ...options,
    fetch_options: { ...given, signal: anySignal(wiring.signal, given.signal ?? options.signal) }
  })
}

/** @internal */
export const tableOf = (client: object, given: string | undefined) => {
  const provider = providerOf(client, given)
  return {
    models: {
      generateContent: method("generate_content", provider, sendModel(client, "generateContent")),
      generateContentStream: method("generate_content", provider, sendModel(client, "generateContentStream")),
      embedContent: method("embeddings", provider, sendModel(client, "embedContent"))
    },
    chats: { create: { makes: chatTable(client, given) } },
    interactions: { create: method("interactions", provider, sendInteraction) }
  } satisfies Table
}
