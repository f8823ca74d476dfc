/**
 * AWS Lambda's service around a function: the Runtime API and the Extensions API on 127.0.0.1, and the freeze.
 *
 * The function's process is stopped when its runtime and every extension wait for the next event, and continues with
 * the next invocation.
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ChildProcess } from "node:child_process"
import { spawn } from "node:child_process"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"

export interface Service {
  /** Calls the function, and resolves with its response. */
  readonly invoke: (event: unknown) => Promise<unknown>
  /** Resolves when the function is frozen. */
  readonly frozen: () => Promise<void>
  readonly registered: () => ReadonlyArray<string>
}

type Listener = (value: unknown) => void

const runtimeFile = path.join(import.meta.dirname, "lambdaRuntime.ts")

class Lambda implements Service {
  readonly #extensions = new Map<string, Http.ServerResponse | undefined>()
  #runtime: Http.ServerResponse | undefined
  #answer: Listener | undefined
  #frozen: Array<() => void> = []
  #isFrozen = false
  #count = 0
  child: ChildProcess | undefined

  readonly registered = (): ReadonlyArray<string> => [...this.#extensions.keys()]

  readonly frozen = (): Promise<void> =>
    this.#isFrozen ? Promise.resolve() : new Promise((resolve) => this.#frozen.push(resolve))

  readonly invoke = async (event: unknown): Promise<unknown> => {
    await this.frozen()
    const answer = new Promise<unknown>((resolve) => this.#answer = resolve)
    this.#isFrozen = false
    this.child?.kill("SIGCONT")
    const id = String(++this.#count)
    const deadlineMs = Date.now() + 20_000
    const runtime = this.#runtime!
    this.#runtime = undefined
    for (const [extension, response] of this.#extensions) {
      this.#extensions.set(extension, undefined)
      response!.writeHead(200).end(JSON.stringify({ eventType: "INVOKE", requestId: id, deadlineMs }))
    }
    runtime.writeHead(200, { "lambda-runtime-aws-request-id": id }).end(JSON.stringify(event))
    return answer
  }

  #waits(): void {
    if (this.#runtime === undefined || [...this.#extensions.values()].includes(undefined)) return
    this.#isFrozen = true
    this.child?.kill("SIGSTOP")
    for (const resolve of this.#frozen.splice(0)) resolve()
  }

  handle(request: Http.IncomingMessage, response: Http.ServerResponse, body: string): void {
    const id = String(request.headers["lambda-extension-identifier"])
    if (request.url === "/2020-01-01/extension/register") {
      const name = String(request.headers["lambda-extension-name"])
      if (this.#runtime !== undefined) return void response.writeHead(403).end()
      this.#extensions.set(name, undefined)
      response.writeHead(200, { "lambda-extension-identifier": name }).end("{}")
    } else if (request.url === "/2020-01-01/extension/event/next") {
      this.#extensions.set(id, response)
      this.#waits()
    } else if (request.url === "/2018-06-01/runtime/invocation/next") {
      this.#runtime = response
      this.#waits()
    } else {
      response.writeHead(202).end()
      this.#answer?.(JSON.parse(body))
    }
  }
}

/** Starts a function, whose module exports `handler`, with its own service. */
export const lambdaFunction = (
  file: string,
  env: Readonly<Record<string, string>>
): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<{ readonly lambda: Lambda; readonly http: Http.Server; readonly child: ChildProcess }>(
        (resume) => {
          const lambda = new Lambda()
          const http = Http.createServer((request, response) => {
            let body = ""
            request.setEncoding("utf8").on("data", (chunk) => body += chunk)
            request.on("end", () => lambda.handle(request, response, body))
          })
          http.listen(0, "127.0.0.1", () => {
            const api = `127.0.0.1:${(http.address() as AddressInfo).port}`
            const child = spawn(process.execPath, ["--conditions=effect-agentops-source", runtimeFile, file], {
              env: { ...process.env, NODE_OPTIONS: "", ...env, AWS_LAMBDA_RUNTIME_API: api },
              stdio: "inherit"
            })
            lambda.child = child
            resume(Effect.succeed({ lambda, http, child }))
          })
        }
      ),
      ({ child, http }) =>
        Effect.callback<void>((resume) => {
          child.kill("SIGKILL")
          http.close(() => resume(Effect.void))
          http.closeAllConnections()
        })
    ),
    ({ lambda }) => lambda
  )
