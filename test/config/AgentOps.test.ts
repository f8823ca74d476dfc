import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as AgentOps from "../../src/AgentOps.ts"
import type { Convention } from "../../src/convention/Convention.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import { version } from "../../src/core/internal/version.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Sampler from "../../src/trace/Sampler.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { accounted, counts, exportingTo, flushUntil, many, one } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, deadUrl, decode, server } from "../support/otlp/server.ts"
import type { Message } from "../support/otlp/wire.ts"

const tracing = AgentOps.layer({ serviceName: "test" })

/** An exporter that records the names of its spans. */
const keeping = (name: string, names: Array<string>, options?: Exporter.Options) =>
  Exporter.make({
    ...options,
    name,
    export: (spans) => Effect.sync(() => spans.forEach((span) => names.push(span.name)))
  })

const named = (status: ReadonlyArray<AgentOps.DestinationStatus>, name: string) =>
  status.find((destination) => destination.name === name)!

describe("AgentOps", () => {
  describe("layer", () => {
    it.live("sends the resource to every exporter", () =>
      Effect.gen(function*() {
        const collector = yield* server()
        yield* one().pipe(Effect.provide(
          Exporter.otlp({ url: collector.url }).pipe(Layer.provideMerge(AgentOps.layer({
            serviceName: "support-bot",
            serviceVersion: "1.2.3",
            attributes: {
              "deployment.environment.name": "test",
              "host.cpus": 4,
              "nothing": undefined,
              "service.name": "overruled"
            }
          })))
        ))
        const [{ resource, scopeSpans }] = decode(collector.received[0]!)["resourceSpans"] as unknown as readonly [
          { readonly resource: Message; readonly scopeSpans: ReadonlyArray<{ readonly scope: Message }> }
        ]
        const attributes = resource["attributes"] as ReadonlyArray<{ readonly key: string; readonly value: Message }>
        assert.deepStrictEqual(Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])), {
          "service.name": "support-bot",
          "service.version": "1.2.3",
          "deployment.environment.name": "test",
          "host.cpus": "4",
          "telemetry.sdk.name": "effect-agentops",
          "telemetry.sdk.language": "nodejs",
          "telemetry.sdk.version": version
        })
        assert.deepStrictEqual(scopeSpans.map(({ scope }) => scope), [{ name: "effect-agentops", version }])
      }))

    it.effect("costs nothing and changes nothing without an exporter", () =>
      Effect.gen(function*() {
        const [summary, value] = yield* Effect.succeed(1).pipe(traceTool("count"), Session.withSummary({}))
        assert.strictEqual(value, 1)
        assert.strictEqual(summary.toolCalls, 1)
        assert.deepStrictEqual(yield* AgentOps.flush(), [])
        assert.deepStrictEqual(yield* AgentOps.status, [])
      }).pipe(Effect.provide(tracing)))

    it.effect("traces the program to which it is provided, and nothing else", () =>
      Effect.gen(function*() {
        const names: Array<string> = []
        yield* one("outside")
        yield* one("inside").pipe(exportingTo(keeping("kept", names)))
        yield* one("after")
        assert.deepStrictEqual(names, ["inside"])
      }))

    it.effect("does not mix with a second layer beside it", () =>
      Effect.gen(function*() {
        const a: Array<string> = []
        const b: Array<string> = []
        yield* Effect.all([
          Effect.yieldNow.pipe(Effect.andThen(one("a")), exportingTo(keeping("a", a))),
          Effect.yieldNow.pipe(Effect.andThen(one("b")), exportingTo(keeping("b", b)))
        ], { concurrency: "unbounded" })
        assert.deepStrictEqual([a, b], [["a"], ["b"]])
      }))

    it.effect("gives every session the default tags", () =>
      Effect.gen(function*() {
        const [summary] = yield* Effect.void.pipe(
          Session.withSummary({ tags: ["own"] }),
          Effect.provide(AgentOps.layer({ serviceName: "test", defaultTags: ["default"] }))
        )
        assert.deepStrictEqual(summary.tags, ["default", "own"])
      }))

    it.effect("exports only what the sampler keeps", () =>
      Effect.gen(function*() {
        const names: Array<string> = []
        const status = yield* one().pipe(
          Effect.andThen(AgentOps.flush()),
          Effect.provide(
            keeping("kept", names).pipe(
              Layer.provideMerge(AgentOps.layer({ serviceName: "test", sampler: Sampler.never }))
            )
          )
        )
        assert.deepStrictEqual(names, [])
        assert.deepStrictEqual(status, [{ name: "kept", delivered: 0, pending: 0, dropped: {} }])
      }))

    it.effect.each<[string, AgentOps.Options]>([
      ["serviceName", { serviceName: "" }],
      ["spanLimits.attributeCount", { serviceName: "test", spanLimits: { attributeCount: -1 } }],
      ["spanLimits.eventCount", { serviceName: "test", spanLimits: { eventCount: 1.5 } }]
    ])("fails with a typed error that names %s: %j", ([field, options]) =>
      Effect.gen(function*() {
        const error: ConfigurationError = yield* Effect.flip(Effect.scoped(Layer.build(AgentOps.layer(options))))
        assert.strictEqual(error._tag, "ConfigurationError")
        assert.strictEqual(error.field, field)
      }))
  })

  describe("exporters", () => {
    const orders: ReadonlyArray<ReadonlyArray<number>> = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0]
    ]
    it.live.each(orders)("are merged in the order %d %d %d", (order) =>
      Effect.gen(function*() {
        const names: Array<string> = []
        const first = yield* server()
        const second = yield* server()
        const exporters = [
          Exporter.otlp({ url: first.url, name: "first" }),
          Exporter.otlp({ url: second.url, protocol: "json", name: "second" }),
          keeping("third", names)
        ]
        const status = yield* many(5).pipe(
          Effect.andThen(AgentOps.flush()),
          exportingTo(...order.map((i) => exporters[i]!))
        )
        assert.deepStrictEqual(arrived(first), arrived(second))
        assert.strictEqual(names.length, 5)
        assert.deepStrictEqual(status.map(({ name }) => name).sort(), ["first", "second", "third"])
        for (const { delivered } of status) assert.strictEqual(delivered, 5)
      }))

    it.live("are removed with the part of the program to which they were provided", () =>
      Effect.gen(function*() {
        const whole: Array<string> = []
        const part: Array<string> = []
        yield* Effect.gen(function*() {
          yield* one("before")
          const inside = yield* one("inside").pipe(
            Effect.andThen(AgentOps.status),
            Effect.provide(keeping("part", part))
          )
          assert.deepStrictEqual(inside.map(({ name }) => name), ["whole", "part"])
          // The release has flushed it.
          assert.deepStrictEqual(part, ["inside"])
          yield* one("after")
          assert.deepStrictEqual((yield* AgentOps.flush()).map(({ name }) => name), ["whole"])
        }).pipe(exportingTo(keeping("whole", whole)))
        assert.deepStrictEqual(whole, ["before", "inside", "after"])
        assert.deepStrictEqual(part, ["inside"])
      }))

    it.live("that are added later get the spans that end after that", () =>
      Effect.gen(function*() {
        const names: Array<string> = []
        yield* Effect.void.pipe(
          Effect.provide(keeping("part", names)),
          Effect.withSpan("around"),
          Effect.tap(one("later"))
        ).pipe(Effect.provide(tracing))
        assert.deepStrictEqual(names, [])
        yield* one("inside").pipe(
          Effect.withSpan("around"),
          Effect.provide(keeping("part", names)),
          Effect.provide(tracing)
        )
        assert.deepStrictEqual(names, ["inside", "around"])
      }))

    it.live("of your own take ten lines, with their own requirements and errors", () =>
      withOutput((output) =>
        Effect.gen(function*() {
          const failing = Exporter.make({
            name: "failing",
            export: () => Effect.fail({ _tag: "DiskFull", free: 0 })
          })
          const status = yield* many(3).pipe(Effect.andThen(AgentOps.flush()), exportingTo(failing))
          assert.deepStrictEqual(status.map(counts), [
            { name: "failing", delivered: 0, pending: 0, dropped: { export_failed: 3 } }
          ])
          assert.include(output.logged.join("\n"), "DiskFull")
        })
      ))
  })

  describe("a failing exporter affects neither the others nor the program", () => {
    const hanging = Effect.map(
      server(() => "hang"),
      ({ url }) => Exporter.otlp({ url, name: "bad", shutdownTimeout: "50 millis" })
    )
    const broken: Convention = {
      name: "broken",
      encode: () => {
        throw new Error("no words")
      }
    }
    const bad: ReadonlyArray<[
      string,
      Effect.Effect<Layer.Layer<never, ConfigurationError, AgentOps.AgentOps>, never, Scope.Scope>,
      outcome: string
    ]> = [
      [
        "its server is down",
        Effect.map(deadUrl, (url) => Exporter.otlp({ url, name: "bad", shutdownTimeout: "50 millis" })),
        "pending"
      ],
      ["its server hangs", hanging, "pending"],
      [
        "its server answers 500",
        Effect.map(server(() => ({ status: 500 })), ({ url }) => Exporter.otlp({ url, name: "bad" })),
        "http_500"
      ],
      [
        "its server cuts the connection",
        Effect.map(
          server(() => "reset"),
          ({ url }) => Exporter.otlp({ url, name: "bad", shutdownTimeout: "50 millis" })
        ),
        "pending"
      ],
      [
        "it fails",
        Effect.succeed(Exporter.make({ name: "bad", export: () => Effect.fail(new Error("no")) })),
        "export_failed"
      ],
      [
        "it dies",
        Effect.succeed(Exporter.make({ name: "bad", export: () => Effect.die(new Error("no")) })),
        "defect"
      ],
      [
        "it throws",
        Effect.succeed(Exporter.make({
          name: "bad",
          export: () => {
            throw new Error("no")
          }
        })),
        "defect"
      ],
      [
        "it never ends",
        Effect.succeed(Exporter.make({ name: "bad", export: () => Effect.never, shutdownTimeout: "50 millis" })),
        "pending"
      ],
      [
        "its convention throws",
        Effect.succeed(Exporter.make({ name: "bad", convention: broken, export: () => Effect.void })),
        "encode_failed"
      ]
    ]

    it.live.each(bad)("when %s", ([_, make, outcome]) =>
      withOutput((output) =>
        Effect.gen(function*() {
          const names: Array<string> = []
          const exporter = yield* make
          const run = <A, E>(result: Effect.Effect<A, E>) =>
            Effect.gen(function*() {
              yield* many(3)
              const status = yield* flushUntil((status) =>
                named(status, "good").delivered === 3 && (outcome === "pending" || named(status, "bad").pending === 0)
              )
              return [yield* Effect.exit(result), status] as const
            }).pipe(exportingTo(exporter, keeping("good", names)))
          const [success, status] = yield* run(Effect.succeed("result"))
          assert.deepStrictEqual(success, Exit.succeed("result"))
          const [failure] = yield* run(Effect.fail("mistake"))
          assert.deepStrictEqual(failure, Exit.fail("mistake"))
          assert.deepStrictEqual(named(status, "good"), { name: "good", delivered: 3, pending: 0, dropped: {} })
          assert.strictEqual(names.length, 6)
          const account = named(status, "bad")
          assert.strictEqual(accounted(account), 3)
          assert.strictEqual(account.delivered, 0)
          assert.strictEqual(outcome === "pending" ? account.pending : account.dropped[outcome], 3)
          if (outcome !== "encode_failed") assert.isTrue(output.logged.some((line) => line.includes("exporter bad ")))
          assert.strictEqual(output.logged.some((line) => line.includes("has a defect")), outcome === "defect")
        })
      ))

    it.live("and it continues with the next batch after an interruption from within", () =>
      withOutput(() =>
        Effect.gen(function*() {
          const names: Array<string> = []
          let calls = 0
          const shaky = Exporter.make({
            name: "shaky",
            export: (spans) =>
              ++calls === 1 ? Effect.interrupt : Effect.sync(() => spans.forEach(({ name }) => names.push(name)))
          })
          const [status] = yield* one("first").pipe(
            Effect.andThen(AgentOps.flush()),
            Effect.andThen(one("second")),
            Effect.andThen(AgentOps.flush()),
            exportingTo(shaky)
          )
          assert.deepStrictEqual(names, ["second"])
          assert.strictEqual(accounted(status!), 2)
          assert.strictEqual(status!.delivered, 1)
        })
      ))

    it.live("and a sink of the program may throw", () =>
      Effect.gen(function*() {
        const names: Array<string> = []
        const thrower = () => {
          throw new Error("no")
        }
        const value = yield* Effect.gen(function*() {
          const agentOps = yield* AgentOps.AgentOps
          yield* agentOps.addSink({ content: false, onStart: thrower, onEnd: thrower })
          return yield* Effect.as(one(), "result")
        }).pipe(Effect.scoped, exportingTo(keeping("good", names)))
        assert.strictEqual(value, "result")
        assert.deepStrictEqual(names, ["one"])
      }))
  })

  it.effect("spans that end while a batch is sent wait for the interval like all others", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const batches: Array<number> = []
      const gated = Exporter.make({
        name: "gated",
        exportInterval: "1 second",
        export: (spans) => {
          batches.push(spans.length)
          return Deferred.await(gate)
        }
      })
      yield* Effect.gen(function*() {
        yield* many(2)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(batches, [2])
        yield* many(3)
        yield* Deferred.succeed(gate, undefined)
        yield* TestClock.adjust("999 millis")
        assert.deepStrictEqual(batches, [2])
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(batches, [2, 3])
      }).pipe(exportingTo(gated))
    }))

  describe("flush", () => {
    it.live("waits for the batch in flight and for all spans that ended before", () =>
      Effect.gen(function*() {
        const gate = yield* Deferred.make<void>()
        const entered = yield* Deferred.make<void>()
        const names: Array<string> = []
        const gated = Exporter.make({
          name: "gated",
          maxBatchSize: 2,
          export: (spans) =>
            Deferred.succeed(entered, undefined).pipe(
              Effect.andThen(Deferred.await(gate)),
              Effect.andThen(Effect.sync(() => spans.forEach(({ name }) => names.push(name))))
            )
        })
        yield* Effect.gen(function*() {
          yield* many(5)
          const flushing = yield* Effect.forkChild(AgentOps.flush())
          yield* Deferred.await(entered)
          assert.deepStrictEqual(yield* AgentOps.status, [{ name: "gated", delivered: 0, pending: 5, dropped: {} }])
          assert.isUndefined(flushing.pollUnsafe())
          yield* Deferred.succeed(gate, undefined)
          assert.deepStrictEqual(yield* Fiber.join(flushing), [
            { name: "gated", delivered: 5, pending: 0, dropped: {} }
          ])
          assert.strictEqual(names.length, 5)
        }).pipe(exportingTo(gated))
      }))

    it.live("may be called repeatedly and concurrently", () =>
      Effect.gen(function*() {
        const names: Array<string> = []
        yield* Effect.gen(function*() {
          for (let i = 0; i < 20; i++) {
            yield* one(`${i}`)
            const [status] = yield* AgentOps.flush()
            assert.deepStrictEqual(status, { name: "kept", delivered: i + 1, pending: 0, dropped: {} })
          }
          yield* Effect.forEach(Array.from({ length: 50 }), (_, i) =>
            Effect.andThen(one(`at once ${i}`), AgentOps.flush()), {
            concurrency: "unbounded"
          })
          assert.strictEqual(names.length, 70)
        }).pipe(exportingTo(keeping("kept", names)))
      }))

    it.live("stops at its timeout, and returns the spans that are still pending", () =>
      withOutput(() =>
        Effect.gen(function*() {
          const names: Array<string> = []
          const slow = Exporter.make({ name: "slow", export: () => Effect.never, shutdownTimeout: "20 millis" })
          yield* Effect.gen(function*() {
            yield* many(3)
            const status = yield* AgentOps.flush("20 millis")
            assert.strictEqual(named(status, "slow").pending, 3)
            yield* flushUntil((status) => named(status, "quick").delivered === 3)
          }).pipe(exportingTo(slow, keeping("quick", names)))
        })
      ))

    it.live("accounts for every span while batches are sent", () =>
      withOutput(() =>
        Effect.gen(function*() {
          let index = 0
          const fickle = yield* server(() => {
            switch (index++ % 4) {
              case 0:
                return { body: { partialSuccess: { rejectedSpans: 3 } } }
              case 1:
                return { status: 400 }
              default:
                return {}
            }
          })
          let given = 0
          yield* Effect.gen(function*() {
            for (let round = 0; round < 20; round++) {
              yield* many(37)
              given += 37
              assert.strictEqual(accounted((yield* AgentOps.status)[0]!), given)
              if (round % 3 === 0) assert.strictEqual(accounted((yield* AgentOps.flush())[0]!), given)
              else yield* Effect.yieldNow
            }
            const [status] = yield* AgentOps.flush()
            assert.strictEqual(status!.pending, 0)
            assert.strictEqual(accounted(status!), given)
            assert.isAbove(status!.dropped["rejected"]!, 0)
          }).pipe(exportingTo(Exporter.otlp({ url: fickle.url, maxBatchSize: 10, maxQueueSize: 10_000 })))
        })
      ))

    it.live("is part of the release", () =>
      Effect.gen(function*() {
        const collector = yield* server()
        yield* many(3_000).pipe(exportingTo(Exporter.otlp({ url: collector.url })))
        assert.strictEqual(arrived(collector).length, 3_000)
      }))

    it.live("is part of the release of a program that fails, dies or is interrupted", () =>
      Effect.gen(function*() {
        const collector = yield* server()
        const ends = [Effect.fail("no"), Effect.die("no"), Effect.interrupt]
        for (const end of ends) {
          const exit = yield* one().pipe(
            Effect.andThen(end),
            exportingTo(Exporter.otlp({ url: collector.url })),
            Effect.exit
          )
          assert.isTrue(Exit.isFailure(exit))
        }
        assert.strictEqual(arrived(collector).length, 3)
      }))

    it.live("does not trace the exporters' own requests", () =>
      Effect.gen(function*() {
        const names: Array<string> = []
        const chatty = Exporter.make({ name: "chatty", export: () => one("exporting") })
        const status = yield* one().pipe(Effect.andThen(AgentOps.flush()), exportingTo(chatty, keeping("kept", names)))
        assert.deepStrictEqual(names, ["one"])
        assert.strictEqual(accounted(named(status, "chatty")), 1)
      }))
  })
})
