/**
 * The HTTP client of Node, with persistent connections.
 *
 * The modules are looked up when a client is made, not when this file is loaded.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Tls } from "../transport.ts"
import { bodyLength, joinBody } from "../transport.ts"
import type { Exchange, HttpResponse } from "./exchange.ts"
import { maxResponse, ResponseTooLarge } from "./exchange.ts"

/** The part of Node that is used. The package compiles without Node's types. */
interface Emitter {
  readonly on: (event: string, listener: (value: never) => void) => void
}
interface Answer extends Emitter {
  readonly statusCode?: number | undefined
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly complete: boolean
}
interface Outgoing extends Emitter {
  readonly reusedSocket: boolean
  readonly write: (chunk: Uint8Array) => void
  readonly end: () => void
  readonly destroy: () => void
}
interface Agent {
  readonly destroy: () => void
}
interface HttpModule {
  readonly Agent: new(options: object) => Agent
  readonly request: (url: string, options: object, onAnswer: (answer: Answer) => void) => Outgoing
}
interface Zlib {
  readonly createGzip: () => Emitter & Pick<Outgoing, "write" | "end" | "destroy">
}
interface NodeProcess {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly getBuiltinModule?: (name: string) => unknown
}

// Bun, Deno and workerd have another user agent, and their own `fetch` is better.
const isNode = (): boolean =>
  (globalThis as { readonly navigator?: { readonly userAgent?: string } }).navigator?.userAgent?.startsWith(
    "Node.js/"
  ) === true

const post = (http: HttpModule, agent: Agent): Exchange["post"] => (url, headers, body) =>
  Effect.callback<HttpResponse, unknown>((resume) => {
    let request: Outgoing | undefined
    let isOver = false
    const finish = (effect: Effect.Effect<HttpResponse, unknown>) => {
      if (isOver) return
      isOver = true
      resume(effect)
    }
    const onAnswer = (answer: Answer) => {
      const chunks: Array<Uint8Array> = []
      let size = 0
      answer.on("data", (chunk: Uint8Array) => {
        size += chunk.length
        if (size > maxResponse) {
          finish(Effect.fail(new ResponseTooLarge()))
          request?.destroy()
        } else chunks.push(chunk)
      })
      answer.on("error", (error: unknown) => finish(Effect.fail(error)))
      answer.on("close", () => {
        if (!answer.complete) return finish(Effect.fail(new Error("the answer was cut off")))
        finish(Effect.succeed({
          status: answer.statusCode ?? 0,
          header: (name) => {
            const value = answer.headers[name]
            return typeof value === "object" ? value.join(", ") : value
          },
          body: joinBody(chunks)
        }))
      })
    }
    const open = () => {
      try {
        request = http.request(url, {
          method: "POST",
          agent,
          headers: { ...headers, "content-length": String(bodyLength(body)) }
        }, onAnswer)
      } catch (error) {
        return finish(Effect.fail(error))
      }
      const sent = request
      sent.on("error", (error: { readonly code?: string | undefined }) => {
        // A persistent connection may be closed at the moment of its reuse. The receiver has not failed, so the request
        // is repeated.
        if (!isOver && error.code === "ECONNRESET" && sent.reusedSocket) return open()
        finish(Effect.fail(error))
      })
      for (const chunk of body) sent.write(chunk)
      sent.end()
    }
    open()
    return Effect.sync(() => {
      isOver = true
      request?.destroy()
    })
  })

const gzip = (zlib: Zlib): Exchange["gzip"] => (body) =>
  Effect.callback<ReadonlyArray<Uint8Array>, unknown>((resume) => {
    const stream = zlib.createGzip()
    const chunks: Array<Uint8Array> = []
    stream.on("data", (chunk: Uint8Array) => void chunks.push(chunk))
    stream.on("error", (error: unknown) => resume(Effect.fail(error)))
    stream.on("end", () => resume(Effect.succeed(chunks)))
    for (const chunk of body) stream.write(chunk)
    stream.end()
    return Effect.sync(() => stream.destroy())
  })

/** The exchange of Node, if there is Node. @internal */
export const makeNodeExchange = (tls: Tls | undefined): Effect.Effect<Exchange | undefined, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { process } = globalThis as { readonly process?: NodeProcess }
    // With certificates it is also used on other runtimes, because `fetch` has no option for them.
    if (process?.getBuiltinModule === undefined || (!isNode() && tls === undefined)) return undefined
    const zlib = process.getBuiltinModule("node:zlib") as Zlib
    // Only Node's global agents read `NODE_USE_ENV_PROXY`. Other agents need the variables.
    const proxy = process.env["NODE_USE_ENV_PROXY"] === "1" ? { proxyEnv: process.env } : {}
    const agents = new Map<string, Exchange["post"]>()
    const opened: Array<Agent> = []
    yield* Effect.addFinalizer(() => Effect.sync(() => opened.forEach((agent) => agent.destroy())))
    const postBy = (name: "node:http" | "node:https") => {
      let known = agents.get(name)
      if (known === undefined) {
        const http = process.getBuiltinModule!(name) as HttpModule
        const agent = new http.Agent({ keepAlive: true, ...proxy, ...(name === "node:https" ? tls : undefined) })
        opened.push(agent)
        agents.set(name, known = post(http, agent))
      }
      return known
    }
    return {
      gzip: gzip(zlib),
      post: (url, headers, body) => postBy(url.startsWith("https:") ? "node:https" : "node:http")(url, headers, body)
    }
  })
