/**
 * Keeps an AWS Lambda function running after its response, by an internal extension.
 *
 * Lambda freezes a function when its runtime and every extension have asked for the next event. This extension asks
 * when the handler has responded and the remaining work is done.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 * @internal
 */
import * as Clock from "effect/Clock"

/** The part of `node:http` that is used. The package compiles without Node's types. */
interface Http {
  readonly request: (
    url: string,
    options: { readonly method: string; readonly headers: Readonly<Record<string, string>> },
    listener: (response: Answer) => void
  ) => {
    readonly once: (event: "error", listener: (error: Error) => void) => unknown
    readonly end: (body?: string) => void
  }
}

interface Answer {
  readonly statusCode?: number | undefined
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly setEncoding: (encoding: "utf8") => void
  readonly on: (event: "data" | "end" | "error", listener: (chunk: string) => void) => unknown
}

const module: string = "node:http"

const call = (
  http: Http,
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: string
): Promise<{ readonly answer: Answer; readonly text: string }> =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (answer) => {
      let text = ""
      answer.setEncoding("utf8")
      answer.on("data", (chunk) => text += chunk)
      answer.on("error", () => reject(new Error("the answer was cut short")))
      answer.on("end", () => resolve({ answer, text }))
    })
    request.once("error", reject)
    request.end(body)
  })

/**
 * Lambda ends the process at the deadline of an invocation, so work that remains shortly before is left for the next
 * one.
 */
const margin = 200

const pause = (millis: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, millis))

/** The extension of this process. @internal */
export class LambdaExtension {
  readonly #pending = new Set<Promise<unknown>>()
  /** The received events and the calls of the handler. Either may come first. */
  #events = 0
  #calls = 0
  #running = 0
  #wake: (() => void) | undefined

  readonly waitUntil = (promise: Promise<unknown>): void => {
    const finished: Promise<void> = promise.then(() => {}, () => {}).then(() => {
      this.#pending.delete(finished)
      this.#wake?.()
    })
    this.#pending.add(finished)
  }

  /** Notes a call of the handler. */
  started(): void {
    this.#calls++
    this.#running++
  }

  /** Notes the end of a call. */
  answered(): void {
    this.#running--
    this.#wake?.()
  }

  async #idle(): Promise<void> {
    while (this.#calls < this.#events || this.#running > 0 || this.#pending.size > 0) {
      await new Promise<void>((resolve) => this.#wake = resolve)
    }
  }

  /** Takes part in every later invocation. */
  async run(next: () => Promise<{ readonly deadlineMs?: unknown } | undefined>): Promise<void> {
    for (;;) {
      const event = await next()
      if (event === undefined) {
        await pause(100)
        continue
      }
      this.#events++
      const { deadlineMs } = event
      let timer: ReturnType<typeof setTimeout> | undefined
      const deadline = new Promise<void>((resolve) => {
        // The deadline is in the machine's time.
        if (typeof deadlineMs === "number") timer = setTimeout(resolve, Math.max(0, deadlineMs - now() - margin))
      })
      await Promise.race([this.#idle(), deadline])
      clearTimeout(timer)
    }
  }
}

const now = (): number => Clock.Clock.defaultValue().currentTimeMillisUnsafe()

let extension: LambdaExtension | undefined

/** @internal */
export const lambdaWaitUntil = () => extension?.waitUntil

const apiOf = (): string | undefined => {
  const { process } = globalThis as {
    readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> }
  }
  const api = process?.env?.["AWS_LAMBDA_RUNTIME_API"]
  return api === undefined || api === "" ? undefined : `http://${api}/2020-01-01/extension`
}

/** Registers this process with Lambda, if it runs there. @internal */
export const registerLambda = async (): Promise<LambdaExtension | undefined> => {
  if (extension !== undefined) return extension
  const api = apiOf()
  if (api === undefined) return undefined
  try {
    const http = await (import(/* webpackIgnore: true */ /* @vite-ignore */ module) as Promise<Http>)
    const headers = { "lambda-extension-name": "effect-agentops", "content-type": "application/json" }
    const { answer } = await call(http, `${api}/register`, "POST", headers, JSON.stringify({ events: ["INVOKE"] }))
    const id = answer.headers["lambda-extension-identifier"]
    if (answer.statusCode !== 200 || typeof id !== "string") return undefined
    const registered = extension = new LambdaExtension()
    const next = () =>
      call(http, `${api}/event/next`, "GET", { "lambda-extension-identifier": id }).then(
        ({ answer, text }) =>
          answer.statusCode === 200 ? JSON.parse(text) as { readonly deadlineMs?: unknown } : undefined
        // The connection may be lost after a freeze.
      ).catch(() => undefined)
    void registered.run(next)
    return registered
  } catch {
    // Without the extension, responses wait for their spans as on other platforms.
    return undefined
  }
}
