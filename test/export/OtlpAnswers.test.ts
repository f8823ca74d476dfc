/**
 * Every response that OTLP defines, for each signal in each encoding: the outcome of the items, and the number of
 * requests.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import * as Instrument from "../../src/metrics/Instrument.ts"
import { counts, many } from "../support/otlp/exporting.ts"
import { grpcServer } from "../support/otlp/grpcServer.ts"
import { withOutput } from "../support/otlp/output.ts"
import { type Answer, server } from "../support/otlp/server.ts"

/**
 * - `delivered`: at the first request.
 * - `again`: the first request gets the response, and the second is accepted.
 * - `held`: it waits, and nothing is dropped.
 * - `lost`: at once, under this reason.
 * - `parts`: it is split and sent again until each item is alone. Then it is lost, under this reason.
 */
type Fate =
  | { readonly fate: "delivered"; readonly rejected?: number; readonly said?: string }
  | { readonly fate: "again" | "held" }
  | { readonly fate: "lost" | "parts"; readonly reason: string }

const lost = (status: number): readonly [string, Answer, Fate] => [
  String(status),
  { status, body: "because", headers: { "content-type": "text/plain" } },
  { fate: "lost", reason: `http_${status}` }
]

const later = (status: number, headers: Answer["headers"] = {}): readonly [string, Answer, Fate] => [
  `${status}${Object.entries(headers ?? {}).map(([name, value]) => ` with ${name}: ${String(value)}`).join("")}`,
  { status, headers },
  { fate: "again" }
]

const partial = (rejected: number | string, errorMessage?: string): Answer => ({
  body: {
    partialSuccess: {
      rejectedSpans: rejected,
      rejectedLogRecords: rejected,
      rejectedDataPoints: rejected,
      ...errorMessage === undefined ? {} : { errorMessage }
    }
  }
})

const table: ReadonlyArray<readonly [title: string, Answer | "reset", Fate]> = [
  ["200 with nothing", {}, { fate: "delivered" }],
  ["200 with an empty message", { body: {} }, { fate: "delivered" }],
  ["202", { status: 202 }, { fate: "delivered" }],
  ["204", { status: 204 }, { fate: "delivered" }],
  ["200 with what is no OTLP", { body: "<html>ok</html>", headers: { "content-type": "text/html" } }, {
    fate: "delivered"
  }],
  ["200 with JSON that is cut short", { body: "{\"partialSuccess\":" }, { fate: "delivered" }],
  ["a partial success without a rejection", partial(0, "slow down"), { fate: "delivered", said: "slow down" }],
  ["a partial success that rejects one", partial("1", "too old"), { fate: "delivered", rejected: 1, said: "too old" }],
  ["a partial success, its count as a number", partial(2), { fate: "delivered", rejected: 2 }],
  ["a partial success that rejects more than there was", partial(99), { fate: "delivered", rejected: 3 }],
  ...[301, 302, 303, 307, 308].map((status): readonly [string, Answer, Fate] => [
    `${status}, which is not followed`,
    { status, headers: { location: "/elsewhere" } },
    { fate: "lost", reason: `http_${status}` }
  ]),
  ["400", { status: 400 }, { fate: "parts", reason: "http_400" }],
  ["422", { status: 422 }, { fate: "parts", reason: "http_422" }],
  ["413", { status: 413 }, { fate: "parts", reason: "too_large" }],
  ["401", { status: 401 }, { fate: "held" }],
  ["403", { status: 403 }, { fate: "held" }],
  ...[402, 404, 405, 406, 408, 409, 410, 411, 415, 418, 426, 428, 431, 451].map(lost),
  ...[500, 501, 505, 507, 508, 511, 520, 529].map(lost),
  later(429),
  later(502),
  later(503),
  later(504),
  later(429, { "retry-after": "0" }),
  later(503, { "retry-after": "0" }),
  later(503, { "retry-after": "-5" }),
  later(503, { "retry-after": "soon" }),
  later(503, { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" }),
  ["a connection that is cut", "reset", { fate: "again" }]
]

// A retry takes time, and its code is the same for all.
const few = table.filter(([title, , { fate }]) => fate !== "again" || title === "503")

interface Signal {
  readonly name: string
  readonly path: string
  readonly layer: (url: string) => Layer.Layer<never, unknown, AgentOps.AgentOps>
  /** Makes three items. */
  readonly make: Effect.Effect<unknown>
}

const visits = Instrument.counter("visits", { attributes: {} })
const pages = Instrument.counter("pages", { attributes: {} })
const views = Instrument.counter("views", { attributes: {} })

const signals: ReadonlyArray<Signal> = (["protobuf", "json"] as const).flatMap((protocol): ReadonlyArray<Signal> => [
  {
    name: `traces as ${protocol}`,
    path: "/v1/traces",
    layer: (url) => Exporter.otlp({ url, protocol }),
    make: many(3)
  },
  {
    name: `logs as ${protocol}`,
    path: "/v1/logs",
    layer: (url) => Exporter.otlpLogs({ url, protocol }),
    make: Effect.replicateEffect(Effect.log("hello"), 3).pipe(Effect.withSpan("s"))
  }
])

const isLater = (reaction: Answer | "reset") =>
  reaction === "reset" || [429, 502, 503, 504].includes(reaction.status ?? 200)

/** The outcome of three items at a flush, and the number of requests. */
const outcome = (signal: Signal, reaction: Answer | "reset") =>
  withOutput((output) =>
    Effect.gen(function*() {
      const collector = yield* server((_, index) => isLater(reaction) && index > 0 ? {} : reaction)
      const [[status], requests] = yield* Effect.andThen(signal.make, AgentOps.flush()).pipe(
        Effect.map((statuses) => [statuses, collector.received.length] as const),
        Effect.provide(
          signal.layer(collector.url).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
        )
      )
      assert.isTrue(collector.received.every(({ method, path }) => method === "POST" && path === signal.path))
      return { ...counts(status!), requests, logged: output.logged.join("\n") }
    })
  )

describe.each(signals)("$name", (signal) => {
  it.live.each(signal === signals[0] ? table : few)("%s", ([, reaction, expected]) =>
    Effect.gen(function*() {
      const { delivered, dropped, logged, pending, requests } = yield* outcome(signal, reaction)
      switch (expected.fate) {
        case "delivered": {
          const rejected = expected.rejected ?? 0
          assert.deepStrictEqual({ delivered, dropped, pending, requests }, {
            delivered: 3 - rejected,
            dropped: rejected === 0 ? {} : { rejected },
            pending: 0,
            requests: 1
          })
          if (expected.said !== undefined) assert.include(logged, expected.said)
          break
        }
        case "again":
          assert.deepStrictEqual({ delivered, dropped, pending, requests }, {
            delivered: 3,
            dropped: {},
            pending: 0,
            requests: 2
          })
          break
        case "held":
          assert.deepStrictEqual({ delivered, dropped, pending }, { delivered: 0, dropped: {}, pending: 3 })
          break
        case "lost":
          assert.deepStrictEqual({ delivered, dropped, pending, requests }, {
            delivered: 0,
            dropped: { [expected.reason]: 3 },
            pending: 0,
            requests: 1
          })
          break
        case "parts":
          assert.deepStrictEqual({ delivered, dropped, pending }, {
            delivered: 0,
            dropped: { [expected.reason]: 3 },
            pending: 0
          })
          assert.isAtMost(requests, 5)
      }
    }))
})

describe("metrics as protobuf, which the next reading includes again", () => {
  it.live.each(few)("%s", ([, reaction, expected]) =>
    Effect.gen(function*() {
      const { delivered, dropped, requests } = yield* outcome({
        name: "metrics",
        path: "/v1/metrics",
        layer: (url) => MetricExporter.otlp({ url }),
        make: Effect.forEach([visits, pages, views], (counter) => Instrument.add(counter, 1, {}))
      }, reaction)
      // The metrics of tracing itself are sent too, and none of them is rejected.
      if (expected.fate !== "delivered" && expected.fate !== "again") assert.strictEqual(delivered, 0)
      else assert.isAtLeast(delivered + (dropped["rejected"] ?? 0), 3)
      if (reaction === "reset" || reaction.status !== 413) {
        assert.strictEqual(requests, expected.fate === "again" ? 2 : 1)
      }
    }))
})

/** @see https://opentelemetry.io/docs/specs/otlp/#failures */
const codes: ReadonlyArray<readonly [code: number, name: string, Fate]> = [
  [0, "OK", { fate: "delivered" }],
  [1, "CANCELLED", { fate: "again" }],
  [2, "UNKNOWN", { fate: "parts", reason: "grpc_unknown" }],
  [3, "INVALID_ARGUMENT", { fate: "parts", reason: "grpc_invalid_argument" }],
  [4, "DEADLINE_EXCEEDED", { fate: "again" }],
  [5, "NOT_FOUND", { fate: "lost", reason: "grpc_not_found" }],
  [6, "ALREADY_EXISTS", { fate: "lost", reason: "grpc_already_exists" }],
  [7, "PERMISSION_DENIED", { fate: "held" }],
  [8, "RESOURCE_EXHAUSTED", { fate: "lost", reason: "grpc_resource_exhausted" }],
  [9, "FAILED_PRECONDITION", { fate: "lost", reason: "grpc_failed_precondition" }],
  [10, "ABORTED", { fate: "again" }],
  [11, "OUT_OF_RANGE", { fate: "again" }],
  [12, "UNIMPLEMENTED", { fate: "lost", reason: "grpc_unimplemented" }],
  [13, "INTERNAL", { fate: "parts", reason: "grpc_internal" }],
  [14, "UNAVAILABLE", { fate: "again" }],
  [15, "DATA_LOSS", { fate: "again" }],
  [16, "UNAUTHENTICATED", { fate: "held" }],
  [17, "a code that is none, which gRPC takes for UNKNOWN", { fate: "parts", reason: "grpc_unknown" }]
]

describe("gRPC", () => {
  it.live.each(codes)("%d %s", ([code, , expected]) =>
    withOutput(() =>
      Effect.gen(function*() {
        const collector = yield* grpcServer((_, index) => expected.fate === "again" && index > 0 ? {} : { code })
        const [status] = yield* Effect.andThen(many(3), AgentOps.flush()).pipe(
          Effect.provide(
            Exporter.otlp({ url: collector.url, protocol: "grpc" }).pipe(
              Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))
            )
          )
        )
        const { delivered, dropped, pending } = counts(status!)
        const requests = collector.received.length
        assert.deepStrictEqual(
          { delivered, dropped, pending },
          "reason" in expected
            ? { delivered: 0, dropped: { [expected.reason]: 3 }, pending: 0 }
            : expected.fate === "held"
            ? { delivered: 0, dropped: {}, pending: 3 }
            : { delivered: 3, dropped: {}, pending: 0 }
        )
        if (expected.fate === "parts") assert.isAtMost(requests, 5)
        else if (expected.fate !== "held") assert.strictEqual(requests, expected.fate === "again" ? 2 : 1)
      })
    ))
})
