/**
 * A program for tests that kill it. It works endlessly and sends its spans to a collector through a directory.
 *
 * It prints `start ID` when a span has started and `end ID` when one has ended, each before it continues.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { AgentOps, Exporter, Session, traceAction, traceTool } from "effect-agentops"
import * as NodeFs from "node:fs"

const [url, directory, how = "work"] = process.argv.slice(2) as [string, string, string?]

const write = (line: string): void => {
  for (let isWritten = false; !isWritten;) {
    try {
      NodeFs.writeSync(1, line)
      isWritten = true
    } catch (error) {
      // The reader of the pipe is slow. The test does not expect a span that was not printed.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error
    }
  }
}

const tell = (what: string) => (span: { readonly spanId: string }) => write(`${what} ${span.spanId}\n`)

const Telling = Layer.effectDiscard(
  Effect.flatMap(
    AgentOps.AgentOps,
    ({ addSink }) => addSink({ content: false, onStart: tell("start"), onEnd: tell("end") })
  )
)

const step = (i: number) =>
  Effect.andThen(i % 10 === 9 ? Effect.sleep("1 millis") : Effect.yieldNow, Effect.succeed(i)).pipe(
    traceTool("search", { parameters: { i } }),
    traceAction("step")
  )

const session = Effect.forEach(Array.from({ length: 50 }), (_, i) => step(i), { discard: true }).pipe(
  Session.withSession({ name: "agent" })
)

const program = Effect.gen(function*() {
  yield* session
  switch (how) {
    case "exit":
      return process.exit(3)
    case "throw":
      setTimeout(() => {
        throw new Error("nobody catches this")
      }, 0)
      return yield* Effect.never
    case "once":
      return
    default: {
      const sessions = Effect.all([session, session, session], { concurrency: "unbounded" })
      return yield* Effect.forever(how === "calm" ? Effect.andThen(sessions, Effect.sleep("100 millis")) : sessions)
    }
  }
})

// More than any test needs. A killed process loses its count of spans that a full queue drops.
const maxBytes = 4_000_000_000

// A span is printed after it was passed to the exporter, because sinks are called in order.
const exporter = Exporter.otlp({ url, shutdownTimeout: "5 seconds" })
const Live = Telling.pipe(
  Layer.provideMerge(how === "main" ? exporter : Exporter.durable(exporter, { directory, maxBytes })),
  Layer.provideMerge(AgentOps.layer({ serviceName: "agent" }))
)

if (how === "main") NodeRuntime.runMain(Effect.provide(program, Live))
else await Effect.runPromise(Effect.provide(program, Live))
