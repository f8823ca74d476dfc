import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import { encodeTracesJson } from "../../src/otlp/internal/json.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import * as Session from "../../src/trace/Session.ts"
import type { Door } from "../support/hostile/doors.ts"
import { doors } from "../support/hostile/doors.ts"
import { hostileValues } from "../support/hostile/values.ts"

const conventions: ReadonlyArray<Convention.Convention> = [
  Convention.standard,
  Convention.genAi("latest"),
  Convention.agentOps,
  Convention.openInference
]

// There are about nine thousand pairs. Each run tries one in eight of them, and eight seeds cover all.
const seeds = 8
const seed = process.env["HOSTILE_SEED"] === undefined ? Date.now() % seeds : Number(process.env["HOSTILE_SEED"])

/** Each run uses the next convention, so that every kind of value meets every convention. */
let turn = 0
const inTurn: Convention.Convention = {
  ...Convention.agentOps,
  encode: (span, policy) => conventions[(turn >> 3) % conventions.length]!.encode(span, policy)
}

// Some of the values are large, and there are hundreds of places for them.
const heavy = /^(many parts|a large|bytes|a buffer|numbers|long text|depth|a sparse)/

// Nothing receives the records. They are encoded when they are logged, and only that is tested here.
const logs = Exporter.otlpLogs({ url: "http://127.0.0.1:9", exportInterval: "1 hour", shutdownTimeout: 0 })

const TestLive = Layer.mergeAll(Exporter.memory({ convention: inTurn }), MetricExporter.memory(), logs).pipe(
  Layer.provideMerge(AgentOps.layer({
    serviceName: "t",
    contentHook: ({ fields }) => ({ fields, attributes: fields })
  })),
  // Effect's own logger throws for some of these values.
  Layer.provideMerge(Logger.layer([]))
)

const noneLost = Effect.map(AgentOps.status, (destinations) => {
  for (const { dropped, name } of destinations) assert.isUndefined(dropped["encode_failed"], name)
})

const spansProblem = (spans: ReadonlyArray<SpanData>, usual: number): string | undefined => {
  if (spans.length !== usual) return `${spans.length} spans, not ${usual}: ${spans.map(({ name }) => name).join(", ")}`
  if (new Set(spans.map(({ spanId }) => spanId)).size !== spans.length) return "a span twice"
  for (const span of spans) {
    if (span.endTime < span.startTime) return "an end before its start"
    if (typeof span.name !== "string") return "a name that is no text"
  }
  try {
    encodeTraces(spans)
    JSON.parse(encodeTracesJson(spans))
  } catch (error) {
    return `cannot be written: ${String(error)}`
  }
  return undefined
}

const exitProblem = ({ expects }: Door, exit: Exit.Exit<unknown, unknown>, value: unknown): string | undefined => {
  if (Exit.isSuccess(exit)) return expects === "done" && exit.value === "done" ? undefined : "it succeeds otherwise"
  const reason = exit.cause.reasons[0]!
  const given = Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? reason.defect : undefined
  if (expects !== "done" && Object.is(given, value)) return undefined
  return `it fails: ${given instanceof Error ? given.stack : reason._tag}`
}

const run = (door: Door, value: unknown) =>
  Effect.gen(function*() {
    const memory = yield* Exporter.Memory
    yield* memory.clear
    const exit = yield* Effect.exit(
      Effect.suspend(() => door.open(value)).pipe(Session.withSession({ name: "around" }))
    )
    return [exit, yield* memory.spans] as const
  })

describe("a hostile value", () => {
  it.live("changes no exit and loses no span, in every place", () =>
    Effect.gen(function*() {
      const problems: Array<string> = []
      for (const [place, door] of Object.entries(doors)) {
        const [, usual] = yield* run(door, "1")
        for (const [kind, make] of Object.entries(hostileValues)) {
          turn++
          if (heavy.test(kind) || turn % seeds !== seed) continue
          const value = make()
          const [exit, spans] = yield* run(door, value)
          for (const problem of [exitProblem(door, exit, value), spansProblem(spans, usual.length)]) {
            if (problem !== undefined) problems.push(`seed ${seed}, ${kind} as ${place}: ${problem}`)
          }
        }
      }
      assert.deepStrictEqual(problems.slice(0, 20), [])
      yield* noneLost
    }).pipe(Effect.provide(TestLive)), 60_000)

  it.live("changes no exit and loses no span if it is large", () =>
    Effect.gen(function*() {
      const problems: Array<string> = []
      for (
        const place of [
          "tool: option parameters",
          "llm: the value",
          "session: one of its metadata",
          "tool: one attribute",
          "a log",
          "llm: option inputMessages"
        ]
      ) {
        const door = doors[place]!
        const [, usual] = yield* run(door, "1")
        for (const [kind, make] of Object.entries(hostileValues)) {
          if (!heavy.test(kind)) continue
          turn++
          const value = make()
          const [exit, spans] = yield* run(door, value)
          for (const problem of [exitProblem(door, exit, value), spansProblem(spans, usual.length)]) {
            if (problem !== undefined) problems.push(`${kind} as ${place}: ${problem}`)
          }
        }
      }
      assert.deepStrictEqual(problems, [])
      yield* noneLost
    }).pipe(Effect.provide(TestLive)), 60_000)
})
