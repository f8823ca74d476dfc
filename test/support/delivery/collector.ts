/** A collector that can be unavailable, and the processes that send to it. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ChildProcess } from "node:child_process"
import { spawn } from "node:child_process"
import * as Fs from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as Os from "node:os"
import * as Path from "node:path"
import { decodeProtobuf } from "../otlp/wire.ts"

interface Span {
  readonly spanId: string
  readonly attributes?: ReadonlyArray<{ readonly key: string; readonly value: unknown }>
}

interface Body {
  readonly resourceSpans?: ReadonlyArray<
    { readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<Span> }> }
  >
}

export interface Collector {
  readonly url: string
  /** How often each span arrived, by its id. */
  readonly arrived: Map<string, number>
  /** The spans that a dead process had left open. */
  readonly recovered: Set<string>
  /** The response to requests: a status, or a closed connection. */
  status: number | "reset"
}

export const collector: Effect.Effect<Collector, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.callback<{ readonly collector: Collector; readonly http: Http.Server }>((resume) => {
      const arrived = new Map<string, number>()
      const recovered = new Set<string>()
      const http = Http.createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          if (collector.status === "reset") return request.socket.destroy()
          if (collector.status === 200) {
            const body = decodeProtobuf(Buffer.concat(chunks)) as unknown as Body
            for (const { scopeSpans } of body.resourceSpans ?? []) {
              for (const { spans } of scopeSpans) {
                for (const { attributes, spanId } of spans) {
                  arrived.set(spanId, (arrived.get(spanId) ?? 0) + 1)
                  if (attributes?.some(({ key }) => key === "agentops.recovered") === true) recovered.add(spanId)
                }
              }
            }
          }
          response.writeHead(collector.status).end()
        })
      })
      const collector: Collector = { url: "", arrived, recovered, status: 200 }
      http.listen(0, "127.0.0.1", () => {
        const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
        resume(Effect.succeed({ collector: Object.assign(collector, { url }), http }))
      })
    }),
    ({ http }) =>
      Effect.sync(() => {
        http.closeAllConnections()
        http.close()
      })
  ),
  ({ collector }) => collector
)

export const temporaryDirectory: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-agentops-"))),
  (directory) => Effect.sync(() => Fs.rmSync(directory, { recursive: true, force: true }))
)

export interface Run {
  readonly child: ChildProcess
  readonly started: Set<string>
  readonly ended: Set<string>
  /** The other printed lines. */
  readonly logged: Array<string>
  readonly errors: () => string
  /** The exit code or the signal. */
  readonly exited: Effect.Effect<number | string>
}

const agent = [
  process.execPath,
  "--conditions=effect-agentops-source",
  Path.join(import.meta.dirname, "agent.ts")
]

/** Runs the program of `agent.ts`. It is killed when the scope closes. */
export const runAgent = (...args: ReadonlyArray<string>): Effect.Effect<Run, never, Scope.Scope> =>
  run([...agent, ...args])

/** Runs it with a clock that is wrong by a whole number of milliseconds. */
export const runAgentWithClock = (
  skew: number,
  ...args: ReadonlyArray<string>
): Effect.Effect<Run, never, Scope.Scope> => runWithClock(agent, skew, ...args)

/** Runs a command of Node's with a clock that is wrong by so many milliseconds. */
export const runWithClock = (
  [node, ...rest]: ReadonlyArray<string>,
  skew: number,
  ...args: ReadonlyArray<string>
): Effect.Effect<Run, never, Scope.Scope> => {
  const shift = `const now = Date.now; Date.now = () => now() + ${skew}`
  return run([node!, "--import", `data:text/javascript,${encodeURIComponent(shift)}`, ...rest, ...args])
}

/** Runs it with a limit on the size of files, in blocks of 512 bytes. Writing fails as on a full disk. */
export const runAgentWithSmallFiles = (
  blocks: number,
  ...args: ReadonlyArray<string>
): Effect.Effect<Run, never, Scope.Scope> =>
  run(["/bin/sh", "-c", `ulimit -f ${blocks} && exec "$@"`, "sh", ...agent, ...args])

const run = ([command, ...args]: ReadonlyArray<string>): Effect.Effect<Run, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(command!, args, { stdio: ["ignore", "pipe", "pipe"] })
      const started = new Set<string>()
      const ended = new Set<string>()
      const logged: Array<string> = []
      let rest = ""
      let errors = ""
      child.stdout.on("data", (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split("\n")
        rest = lines.pop()!
        for (const line of lines) {
          const [what, id] = line.split(" ")
          if (what === "start") started.add(id!)
          else if (what === "end") ended.add(id!)
          else logged.push(line)
        }
      })
      child.stderr.on("data", (chunk: Buffer) => void (errors += chunk.toString()))
      let code: number | string | undefined
      const waiting: Array<() => void> = []
      child.on("close", (exit, signal) => {
        code = exit ?? signal ?? "gone"
        for (const resume of waiting) resume()
      })
      const exited = Effect.callback<number | string>((resume) => {
        if (code !== undefined) return resume(Effect.succeed(code))
        waiting.push(() => resume(Effect.succeed(code!)))
      })
      return { child, started, ended, logged, errors: () => errors, exited }
    }),
    ({ child, exited }) =>
      Effect.suspend(() => {
        child.kill("SIGKILL")
        return exited
      })
  )
