/**
 * The HTTP server that Prometheus scrapes.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ConfigurationError } from "../../../core/ConfigurationError.ts"
import type { Format } from "./prometheusText.ts"

/** The part of `node:http` that is used. The package compiles without Node's types. */
interface Http {
  readonly createServer: (listener: (request: Request, response: Response) => void) => Server
}

interface Request {
  readonly headers: { readonly accept?: string | undefined; readonly host?: string | undefined }
  readonly url?: string | undefined
  readonly method?: string | undefined
}

interface Response {
  readonly writeHead: (status: number, headers?: Readonly<Record<string, string>>) => Response
  readonly end: (text?: string) => void
}

interface Server {
  readonly once: (event: "error", listener: (error: Error) => void) => void
  readonly listen: (port: number, host: string, listener: () => void) => void
  readonly address: () => string | { readonly port: number } | null
  readonly close: (listener: () => void) => void
  readonly closeAllConnections: () => void
}

const module: string = "node:http"

/** @internal */
export interface ServerOptions {
  readonly host: string
  readonly port: number
  readonly path: string
  /** The accepted host names of requests, in addition to those of the loopback. */
  readonly hosts: ReadonlyArray<string>
  readonly text: (format: Format) => Effect.Effect<string>
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i

/**
 * Whether a request has a foreign host name, as from a web page whose own name resolves to this machine.
 *
 * @internal
 */
export const isForeign = (host: string | undefined, listening: string, hosts: ReadonlyArray<string>): boolean => {
  const name = (host ?? "").replace(/:\d*$/, "").toLowerCase()
  if (hosts.some((allowed) => allowed.toLowerCase() === name)) return false
  return loopback.test(listening)
    ? !loopback.test(name)
    : hosts.length > 0 && !loopback.test(name) && name !== listening
}

/** @internal */
export const contentTypes: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
}

/** The format for a request's `accept` header. @internal */
export const formatFor = (accept: string | undefined): Format =>
  accept?.includes("application/openmetrics-text") === true ? "openMetrics" : "text"

/** Listens until the scope closes, and returns the port. @internal */
export const serve = (options: ServerOptions): Effect.Effect<number, ConfigurationError, Scope.Scope> =>
  Effect.gen(function*() {
    const context = yield* Effect.context<never>()
    const http: Http = yield* Effect.promise(() => import(/* webpackIgnore: true */ /* @vite-ignore */ module))
    const server = http.createServer((request, response) => {
      if (isForeign(request.headers.host, options.host, options.hosts)) return response.writeHead(421).end()
      const path = request.url?.split("?", 1)[0]
      if (path !== options.path) return response.writeHead(404).end()
      if (request.method !== "GET" && request.method !== "HEAD") return response.writeHead(405).end()
      const format = formatFor(request.headers.accept)
      // The server calls back outside any fiber, so the effect runs here.
      void Effect.runPromiseWith(context)(Effect.exit(options.text(format))).then((exit) =>
        exit._tag === "Success"
          ? response.writeHead(200, { "content-type": contentTypes[format] }).end(exit.value)
          : response.writeHead(500).end()
      )
    })
    const listen = Effect.callback<number, ConfigurationError>((resume) => {
      server.once("error", (error) =>
        resume(Effect.fail(
          new ConfigurationError({
            field: "port",
            problem: `no listening on ${options.host}:${options.port}: ${error.message}`,
            fix: "Give a port that is free, or 0 for any"
          })
        )))
      server.listen(options.port, options.host, () => {
        const address = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : options.port))
      })
    })
    return yield* Effect.acquireRelease(listen, () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }))
  })
