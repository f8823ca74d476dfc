import { NodeSocketServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger, Queue, Tracer } from "effect"
import { AgentOps, Exporter, Session, traceLlmWith, traceTool } from "effect-agentops"
import { DevTools, DevToolsServer } from "effect/devtools"
import { SocketServer } from "effect/socket"

/** A span in the form that DevTools receives at its end. */
interface Seen {
  readonly name: string
  readonly attributes: ReadonlyMap<string, unknown>
}

const Tracing = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))

const program = Effect.succeed("red shoes").pipe(
  traceTool("search", { parameters: { query: "shoes" } }),
  Effect.andThen(
    Effect.succeed("yes").pipe(traceLlmWith({ model: "gpt-4o", usage: { inputTokens: 3, outputTokens: 4 } }))
  ),
  Effect.withSpan("plain", { attributes: { mine: 1 } }),
  Session.withSession({ name: "dev", tags: ["here"] })
)

const exported = Effect.flatMap(Exporter.Memory, (memory) => memory.spans)

/** Runs a program with DevTools' server on this machine, and returns what the server received, too. */
const watched = Effect.fnUntraced(
  function*<A, E>(
    run: (layer: Layer.Layer<never>, arrived: Effect.Effect<unknown>) => Effect.Effect<A, E>
  ) {
    const seen: Array<Seen> = []
    const { address } = yield* SocketServer.SocketServer
    yield* DevToolsServer.run((client) =>
      Queue.take(client.queue).pipe(
        Effect.tap((message) =>
          Effect.sync(() => {
            if (message._tag === "Span" && message.status._tag === "Ended") seen.push(message)
          })
        ),
        Effect.forever
      )
    ).pipe(Effect.forkScoped)
    if (address._tag === "UnixPathAddress") return yield* Effect.die("it listens on a port")
    const url = `ws://127.0.0.1:${address.port}`
    // The remaining spans are lost when the layer is released.
    const arrived = Effect.sleep("5 millis").pipe(
      Effect.repeat({ until: () => seen.some(({ name }) => name === "dev") })
    )
    const value = yield* run(DevTools.layer(url), arrived)
    return [seen, value] as const
  },
  Effect.scoped,
  Effect.provide(NodeSocketServer.layerWebSocket({ port: 0, host: "127.0.0.1" }))
)

/** The log lines at level warning. */
const warnings = () => {
  const texts: Array<string> = []
  const layer = Logger.layer([
    Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") texts.push(String(message))
    })
  ])
  return { texts, layer }
}

describe("Effect's DevTools", () => {
  it.live("over our layer it sees the event of each span, and exporters are unaffected", () =>
    Effect.gen(function*() {
      const { layer, texts } = warnings()
      const run = Effect.andThen(program, exported)
      const alone = yield* Effect.provide(run, Tracing)
      const [seen, spans] = yield* watched((devTools, arrived) =>
        Effect.provide(Effect.tap(run, arrived), Layer.provideMerge(devTools, Tracing)).pipe(Effect.provide(layer))
      )
      const told = (name: string) => seen.find((span) => span.name === name)?.attributes
      const call = told("llm.completion")
      assert.strictEqual(call?.get("gen_ai.request.model"), "gpt-4o")
      assert.strictEqual(call?.get("gen_ai.usage.input_tokens"), 3)
      assert.strictEqual(call?.get("agentops.event.kind"), "llm")
      assert.strictEqual(told("agent.tool")?.get("gen_ai.tool.name"), "search")
      assert.strictEqual(told("agent.tool")?.get("gen_ai.tool.call.arguments"), `{"query":"shoes"}`)
      assert.strictEqual(told("dev")?.get("agentops.session.llm_calls"), 1)
      assert.deepStrictEqual([...told("plain") ?? []], [["mine", 1]])
      const facts = (all: typeof spans) =>
        all.map(({ attributes, name }) => [name, Object.keys(attributes).toSorted()]).toSorted()
      assert.deepStrictEqual(facts(spans), facts(alone))
      assert.deepStrictEqual(texts, [])
    }))

  it.live("together with this library's layer it makes the spans, with one warning that explains the fix", () =>
    Effect.gen(function*() {
      const { layer, texts } = warnings()
      const [seen, spans] = yield* watched((devTools, arrived) =>
        Effect.andThen(Effect.andThen(program, program), exported).pipe(
          Effect.tap(arrived),
          Effect.provide(Layer.mergeAll(Tracing, devTools)),
          Effect.provide(layer)
        )
      )
      assert.deepStrictEqual(spans, [])
      assert.strictEqual(
        seen.find(({ name }) => name === "llm.completion")?.attributes.get("gen_ai.request.model"),
        "gpt-4o"
      )
      assert.lengthOf(texts, 1)
      assert.match(
        texts[0]!,
        /another tracer makes the spans, .*DevTools.*DevTools\.layer\(\)\.pipe\(Layer\.provideMerge/
      )
    }))
})

describe("another tracer over ours", () => {
  const other = (span: Tracer.Tracer["span"]) => Layer.succeed(Tracer.Tracer, Tracer.make({ span }))

  class OtelSpan extends Tracer.NativeSpan {}
  class ShopSpan extends Tracer.NativeSpan {}

  it.effect("is named by the spans that it makes, also without a session", () =>
    Effect.gen(function*() {
      const names: ReadonlyArray<readonly [Tracer.Tracer["span"], RegExp]> = [
        [(options) => new OtelSpan(options), /that of @effect\/opentelemetry/],
        [(options) => new ShopSpan(options), /whose spans are ShopSpan/],
        [
          (options) => {
            const { attributes, spanId, traceId, ...rest } = new Tracer.NativeSpan(options)
            return { ...rest, attributes, spanId, traceId, attribute() {}, event() {}, end() {}, addLinks() {} }
          },
          /unknown make/
        ]
      ]
      for (const [span, pattern] of names) {
        const { layer, texts } = warnings()
        const traced = Effect.void.pipe(traceTool("search"))
        yield* Effect.andThen(traced, traced).pipe(
          Effect.provide(Layer.mergeAll(Tracing, other(span))),
          Effect.provide(layer)
        )
        assert.lengthOf(texts, 1)
        assert.match(texts[0]!, pattern)
      }
    }))

  it.effect("without our layer, or with tracing disabled, causes no warning", () =>
    Effect.gen(function*() {
      const { layer, texts } = warnings()
      const theirs = other((options) => new ShopSpan(options))
      yield* program.pipe(Effect.provide(theirs), Effect.provide(layer))
      yield* program.pipe(
        Effect.withTracerEnabled(false),
        Effect.provide(Layer.mergeAll(Tracing, theirs)),
        Effect.provide(layer)
      )
      assert.deepStrictEqual(texts, [])
    }))
})
