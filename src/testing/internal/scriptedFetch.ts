/**
 * A script as `fetch`.
 *
 * It uses `async` because `fetch` and streams use promises.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { LlmCall } from "../../model/LlmCall.ts"
import * as LlmCalls from "../../model/LlmCall.ts"
import { apiOfUrl, chunks, serverSentEvents, whole, type WireApi, words } from "../../replay/internal/wire/body.ts"
import type { BodyAnswer, ErrorAnswer, MessageAnswer, ScriptedRequest } from "../Script.ts"
import { ScriptError } from "../ScriptError.ts"
import { factsOf, type ScriptState } from "./scriptState.ts"

const reasons: Readonly<Record<WireApi, readonly [string, string]>> = {
  chat_completions: ["stop", "tool_calls"],
  responses: ["completed", "completed"],
  messages: ["end_turn", "tool_use"]
}

const json = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const isStreamed = (body: unknown): boolean =>
  typeof body === "object" && body !== null && (body as { readonly stream?: unknown }).stream === true

const requestOf = async (
  input: string | URL | Request,
  init: RequestInit | undefined
): Promise<Omit<ScriptedRequest, "number">> => {
  const request = new Request(input, init)
  const body = parsed(await request.text())
  return {
    url: request.url,
    body,
    headers: Object.fromEntries(request.headers),
    stream: isStreamed(body),
    call: LlmCalls.readRequest(body) ?? {}
  }
}

const refused = (
  api: WireApi | undefined,
  status: number,
  code: string | undefined,
  message: string,
  more = {}
): Response =>
  json(
    api === "messages"
      ? { type: "error", error: { type: code ?? "api_error", message } }
      : { error: { message, type: code ?? "api_error", code: code ?? null, param: null } },
    status,
    more
  )

const events = (body: string): ReadonlyArray<string> => body.split(/(?<=\r?\n\r?\n)/)

/** @internal */
export const scriptedFetch = (state: ScriptState, context: Context.Context<never>): typeof globalThis.fetch => {
  const wait = (time: Duration.Input | undefined, signal: AbortSignal | null | undefined): Promise<void> =>
    time === undefined
      ? Promise.resolve()
      : Effect.runPromiseWith(context)(Effect.sleep(time), { signal: signal ?? undefined })

  const streamed = (
    texts: ReadonlyArray<string>,
    answer: MessageAnswer | BodyAnswer,
    signal: AbortSignal | null | undefined
  ): Response => {
    const encoder = new TextEncoder()
    const end = "breakAfter" in answer ? answer.breakAfter ?? texts.length : texts.length
    let i = 0
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (i > 0 && i < end) await wait(answer.every, signal)
        if (i < end) controller.enqueue(encoder.encode(texts[i++]))
        else if (end < texts.length) controller.error(new TypeError("terminated"))
        else controller.close()
      }
    }, { highWaterMark: 0 })
    return new Response(body, { headers: { "content-type": "text/event-stream" } })
  }

  const respond = (
    answer: MessageAnswer,
    api: WireApi | undefined,
    request: ScriptedRequest,
    signal: AbortSignal | null | undefined
  ): Response => {
    if (api === undefined) {
      return refused(api, 400, "scripted_model", `An answer for ${request.url} cannot be written: give its body`)
    }
    const facts: LlmCall = factsOf(answer, request, reasons[api])
    if (!request.stream) return json(whole(api, facts, 0))
    const pieces = (text: string) => text === answer.chunks?.join("") ? answer.chunks : words(text)
    return streamed(serverSentEvents(api, chunks(api, facts, 0, pieces)), answer, signal)
  }

  const failed = ({ error }: ErrorAnswer, api: WireApi | undefined): Response => {
    if (error.network === true) throw new TypeError(error.message)
    const retry: Record<string, string> = error.retryAfter === undefined ? {} : {
      "retry-after": String(error.retryAfter),
      "retry-after-ms": String(error.retryAfter * 1000)
    }
    return refused(api, error.status ?? 500, error.code, error.message, retry)
  }

  const recorded = (answer: BodyAnswer, signal: AbortSignal | null | undefined): Response => {
    if (typeof answer.body !== "string") return json(answer.body, answer.status, answer.headers)
    if (/^(?:event|data):/.test(answer.body)) return streamed(events(answer.body), answer, signal)
    return new Response(answer.body, { status: answer.status ?? 200, headers: { ...answer.headers } })
  }

  return async (input, init) => {
    const { answer, request } = state.next(await requestOf(input, init))
    const api = apiOfUrl(request.url ?? "")
    if (answer instanceof ScriptError) {
      return refused(api, 400, "scripted_model", answer.message, { "x-should-retry": "false" })
    }
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    await wait(answer.after, signal)
    return "error" in answer
      ? failed(answer, api)
      : "body" in answer
      ? recorded(answer, signal)
      : respond(answer, api, request, signal)
  }
}
