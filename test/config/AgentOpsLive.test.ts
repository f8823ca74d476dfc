import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import { AgentOpsLive } from "../../src/AgentOpsLive.ts"
import { readEnvironment } from "../../src/config/internal/traces.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import * as Session from "../../src/trace/Session.ts"
import { accounted, many, one } from "../support/otlp/exporting.ts"
import { type Output, withOutput } from "../support/otlp/output.ts"
import { arrived, decode, type Received, server } from "../support/otlp/server.ts"
import type { Message } from "../support/otlp/wire.ts"

type Env = Readonly<Record<string, string>>

const apiKey = "b4f1a9e2-6c2d-4e5f-8a7b-0c1d2e3f4a5b"

const withEnv = (env: Env) =>
  Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord({ ...env }))

/** Both layers. They differ only in how they treat unusable values. */
const layers: ReadonlyArray<[string, Layer.Layer<AgentOps.AgentOps, ConfigurationError>]> = [
  ["AgentOpsLive", AgentOpsLive],
  ["AgentOps.layerFromConfig", AgentOps.layerFromConfig]
]

/** Runs a program with an environment, and returns its printed and logged lines. */
const run = <A, E>(
  layer: Layer.Layer<AgentOps.AgentOps, ConfigurationError>,
  env: Env,
  program: Effect.Effect<A, E, AgentOps.AgentOps>
): Effect.Effect<readonly [A, Output], E | ConfigurationError> =>
  withOutput((output) =>
    program.pipe(Effect.provide(layer), withEnv(env), Effect.map((value) => [value, output] as const))
  )

const runLive = <A, E>(env: Env, program: Effect.Effect<A, E, AgentOps.AgentOps>) =>
  Effect.orDie(run(AgentOpsLive, env, program))

const exporterNames = Effect.map(AgentOps.status, (status) => status.map(({ name }) => name).sort())

const attributesOf = (message: Message) =>
  Object.fromEntries(
    (message["attributes"] as ReadonlyArray<{ readonly key: string; readonly value: Message }>).map((
      { key, value }
    ) => [key, Object.values(value)[0]])
  )

const resource = (request: Received) =>
  attributesOf((decode(request)["resourceSpans"] as ReadonlyArray<{ readonly resource: Message }>)[0]!.resource)

const settings = (env: Env) => readEnvironment.pipe(withEnv(env))

describe.each(layers)("%s", (_, layer) => {
  describe("where spans go", () => {
    const address = "http://127.0.0.1:1"
    it.live.each<[Env, ReadonlyArray<string>]>([
      [{}, ["console", "viewer"]],
      [{ AGENTOPS_API_KEY: "" }, ["console", "viewer"]],
      [{ AGENTOPS_API_KEY: apiKey }, ["agentops"]],
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: address }, ["otlp"]],
      [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address }, ["otlp"]],
      [{ OTLP_EXPORTER_ENDPOINT: address }, ["otlp"]],
      [{ AGENTOPS_API_KEY: apiKey, OTEL_EXPORTER_OTLP_ENDPOINT: address }, ["agentops", "otlp"]],
      [{ OTEL_TRACES_EXPORTER: "otlp" }, ["otlp"]],
      [{ OTEL_TRACES_EXPORTER: "console" }, ["console"]],
      [{ OTEL_TRACES_EXPORTER: " console , otlp " }, ["console", "otlp"]],
      [{ OTEL_TRACES_EXPORTER: "console", OTEL_EXPORTER_OTLP_ENDPOINT: address }, ["console"]],
      [{ OTEL_TRACES_EXPORTER: "none" }, []],
      [{ OTEL_TRACES_EXPORTER: "none", AGENTOPS_API_KEY: apiKey }, []],
      [{ OTEL_TRACES_EXPORTER: "console", AGENTOPS_API_KEY: apiKey }, ["agentops", "console"]],
      [{ OTEL_SDK_DISABLED: "true", AGENTOPS_API_KEY: apiKey }, []],
      [{ OTEL_SDK_DISABLED: "TRUE" }, []],
      [{ OTEL_SDK_DISABLED: "false" }, ["console", "viewer"]],
      [{ OTEL_SDK_DISABLED: "1" }, ["console", "viewer"]]
    ])("%j: %j", ([env, expected]) =>
      Effect.gen(function*() {
        const [names] = yield* run(layer, env, exporterNames)
        assert.deepStrictEqual(names, expected)
      }))
  })

  it.live("OTEL_SDK_DISABLED: sessions run and count their totals, and nothing is exported", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const [[summary, value], output] = yield* run(
        layer,
        { OTEL_SDK_DISABLED: "true", OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, AGENTOPS_DEFAULT_TAGS: "a" },
        one().pipe(Effect.as(1), Session.withSummary({}))
      )
      assert.strictEqual(value, 1)
      assert.strictEqual(summary.endState, "Success")
      assert.deepStrictEqual(summary.tags, ["a"])
      assert.deepStrictEqual(collector.received, [])
      assert.deepStrictEqual(output, { printed: [], logged: [] })
    }))

  it.live("AGENTOPS_* sets the key, addresses, tags and the session's page", () =>
    Effect.gen(function*() {
      const backend = yield* server(({ path }) => path === "/v3/auth/token" ? { body: { token: "t" } } : {})
      const [, output] = yield* run(layer, {
        AGENTOPS_API_KEY: apiKey,
        AGENTOPS_API_ENDPOINT: backend.url,
        AGENTOPS_EXPORTER_ENDPOINT: `${backend.url}/otlp`,
        AGENTOPS_APP_URL: "https://app.test",
        AGENTOPS_DEFAULT_TAGS: "blue, ,green ",
        OTEL_SERVICE_NAME: "support-bot"
      }, Effect.void.pipe(Session.withSession({ tags: ["own"] })))
      assert.deepStrictEqual(backend.received.map(({ path }) => path), ["/v3/auth/token", "/otlp/v1/traces"])
      const [span] = arrived(backend)
      assert.deepStrictEqual(attributesOf(span!)["agentops.tags"], {
        values: [{ stringValue: "blue" }, { stringValue: "green" }, { stringValue: "own" }]
      })
      assert.strictEqual(resource(backend.received[1]!)["service.name"], "support-bot")
      assert.strictEqual(output.printed.length, 1)
      assert.include(output.printed[0]!, "https://app.test/sessions?trace_id=")
      assert.deepStrictEqual(output.logged, [])
    }))

  it.live.each(["false", "0", "no", "OFF", "f"])(
    "AGENTOPS_LOG_SESSION_REPLAY_URL=%s",
    (value) =>
      Effect.gen(function*() {
        const backend = yield* server(({ path }) => path === "/v3/auth/token" ? { body: { token: "t" } } : {})
        const [, output] = yield* run(layer, {
          AGENTOPS_API_KEY: apiKey,
          AGENTOPS_API_ENDPOINT: backend.url,
          AGENTOPS_EXPORTER_ENDPOINT: backend.url,
          AGENTOPS_LOG_SESSION_REPLAY_URL: value
        }, Effect.void.pipe(Session.withSession()))
        assert.strictEqual(arrived(backend).length, 1)
        assert.deepStrictEqual(output.printed, [])
      })
  )

  describe("OTEL_EXPORTER_OTLP_*", () => {
    it.live.each<[(url: string) => Env, path: string]>([
      [(url) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: url }), "/v1/traces"],
      [(url) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `${url}/base/` }), "/base/v1/traces"],
      [(url) => ({ OTLP_EXPORTER_ENDPOINT: url }), "/v1/traces"],
      [(url) => ({ OTLP_EXPORTER_ENDPOINT: "http://127.0.0.1:1", OTEL_EXPORTER_OTLP_ENDPOINT: url }), "/v1/traces"],
      [(url) => ({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/exactly` }), "/exactly"],
      [(url) => ({
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/exactly/this/`
      }), "/exactly/this/"]
    ])("%s posts to %s", ([env, path]) =>
      Effect.gen(function*() {
        const collector = yield* server()
        yield* run(layer, env(collector.url), one())
        assert.deepStrictEqual(collector.received.map((request) => request.path), [path])
        assert.strictEqual(
          arrived({ ...collector, received: [{ ...collector.received[0]!, path: "/v1/traces" }] })
            .length,
          1
        )
      }))

    it.live("sets protocol, compression and headers, and the variables for traces come first", () =>
      Effect.gen(function*() {
        const collector = yield* server()
        const common = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }
        yield* run(layer, common, many(100))
        yield* run(layer, {
          ...common,
          OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
          OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
          OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b, x-tenant = blue ,novalue,x-odd=50%"
        }, many(100))
        yield* run(layer, {
          ...common,
          OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
          OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/protobuf",
          OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
          OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "none",
          OTEL_EXPORTER_OTLP_HEADERS: "x-key=general,x-other=1",
          OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-key=traces"
        }, many(100))
        const seen = collector.received.filter(({ body }) => body.length >= 1024).map(({ headers }) =>
          ["content-type", "content-encoding", "x-key", "x-tenant", "x-other", "x-odd"]
            .map((name) => headers[name] ?? "-").join(" ")
        )
        // The number of batches may differ, and small ones are not compressed.
        assert.deepStrictEqual([...new Set(seen)], [
          "application/x-protobuf - - - - -",
          "application/json gzip a b blue - 50%",
          "application/x-protobuf - traces - - -"
        ])
        assert.strictEqual(arrived(collector).length, 300)
      }))
  })

  it.live("OTEL_SERVICE_NAME is preferred to OTEL_RESOURCE_ATTRIBUTES", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const common = {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_RESOURCE_ATTRIBUTES: "service.name=from-attributes,deployment.environment.name=a%2Cb"
      }
      yield* run(layer, common, one())
      yield* run(layer, { ...common, OTEL_SERVICE_NAME: "from-name" }, one())
      yield* run(layer, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }, one())
      yield* run(layer, { ...common, OTEL_RESOURCE_ATTRIBUTES: "service.name=" }, one())
      const [first, second, third, fourth] = collector.received.map(resource)
      assert.deepInclude(first, { "service.name": "from-attributes", "deployment.environment.name": "a,b" })
      assert.deepInclude(second, { "service.name": "from-name", "deployment.environment.name": "a,b" })
      assert.deepInclude(third, { "service.name": "unknown_service:node" })
      assert.deepInclude(fourth, { "service.name": "unknown_service:node" })
    }))

  it.live.each<[sampler: string, argument: string, least: number, most: number]>([
    ["", "", 200, 200],
    ["always_on", "", 200, 200],
    ["always_off", "", 0, 0],
    ["traceidratio", "0", 0, 0],
    ["traceidratio", "0.5", 50, 150],
    ["traceidratio", "", 200, 200],
    ["parentbased_always_on", "", 200, 200],
    ["parentbased_always_off", "", 0, 0],
    ["parentbased_traceidratio", "0.5", 50, 150]
  ])(
    "OTEL_TRACES_SAMPLER=%s OTEL_TRACES_SAMPLER_ARG=%s keeps %d to %d of 200",
    ([sampler, argument, least, most]) =>
      Effect.gen(function*() {
        const collector = yield* server()
        yield* run(layer, {
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
          OTEL_TRACES_SAMPLER: sampler,
          OTEL_TRACES_SAMPLER_ARG: argument
        }, many(200))
        assert.isAtLeast(arrived(collector).length, least)
        assert.isAtMost(arrived(collector).length, most)
      })
  )

  it.live("OTEL_BSP_MAX_QUEUE_SIZE and OTEL_BSP_MAX_EXPORT_BATCH_SIZE set the queue and the batch", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const [[status]] = yield* run(layer, {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_BSP_MAX_QUEUE_SIZE: "20",
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "7"
      }, Effect.andThen(many(50), AgentOps.flush()))
      assert.strictEqual(accounted(status!), 50)
      assert.isAbove(status!.dropped["queue_full"]!, 0)
      const sizes = collector.received.map((request) => arrived({ ...collector, received: [request] }).length)
      assert.isAbove(sizes.length, 1)
      assert.isAtMost(Math.max(...sizes), 7)
    }))

  it.live("AGENTOPS_MAX_QUEUE_SIZE sets the queue", () =>
    Effect.gen(function*() {
      const backend = yield* server(({ path }) => path === "/v3/auth/token" ? { body: { token: "t" } } : {})
      const [[status]] = yield* run(layer, {
        AGENTOPS_API_KEY: apiKey,
        AGENTOPS_API_ENDPOINT: backend.url,
        AGENTOPS_EXPORTER_ENDPOINT: backend.url,
        AGENTOPS_MAX_QUEUE_SIZE: "5",
        OTEL_BSP_MAX_QUEUE_SIZE: "1000"
      }, Effect.andThen(many(20), AgentOps.flush()))
      assert.strictEqual(accounted(status!), 20)
      assert.isAbove(status!.dropped["queue_full"]!, 0)
    }))

  it.live("OTEL_SPAN_* sets the limits", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* run(
        layer,
        { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "3" },
        Effect.withSpan(Effect.void, "one", { attributes: { long: "abcdef" } })
      )
      assert.strictEqual(attributesOf(arrived(collector)[0]!)["long"], "abc")
    }))

  it.live("is read at each build of the layer", () =>
    Effect.gen(function*() {
      const first = yield* server()
      const second = yield* server()
      yield* run(layer, { OTEL_EXPORTER_OTLP_ENDPOINT: first.url }, one())
      yield* run(layer, { OTEL_EXPORTER_OTLP_ENDPOINT: second.url }, one())
      assert.strictEqual(arrived(first).length, 1)
      assert.strictEqual(arrived(second).length, 1)
    }))
})

describe("durations", () => {
  it.effect("are read for the exporters, and AgentOps's own variables come first for AgentOps", () =>
    Effect.gen(function*() {
      const bsp = { OTEL_BSP_SCHEDULE_DELAY: "200", OTEL_BSP_EXPORT_TIMEOUT: "300" }
      const plain = yield* settings({ ...bsp, OTEL_EXPORTER_OTLP_TIMEOUT: "400" })
      assert.deepStrictEqual(plain.otlp.exportInterval, Duration.millis(200))
      assert.deepStrictEqual(plain.otlp.shutdownTimeout, Duration.millis(300))
      assert.deepStrictEqual(plain.otlp.timeout, Duration.millis(400))
      assert.deepStrictEqual(plain.agentOps.exportInterval, Duration.millis(200))
      assert.deepStrictEqual(plain.agentOps.shutdownTimeout, Duration.millis(300))
      const own = yield* settings({
        ...bsp,
        AGENTOPS_EXPORT_FLUSH_INTERVAL: "50",
        AGENTOPS_MAX_WAIT_TIME: "60",
        OTEL_EXPORTER_OTLP_TIMEOUT: "400",
        OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "70"
      })
      assert.deepStrictEqual(own.agentOps.exportInterval, Duration.millis(50))
      assert.deepStrictEqual(own.agentOps.shutdownTimeout, Duration.millis(60))
      assert.deepStrictEqual(own.otlp.exportInterval, Duration.millis(200))
      assert.deepStrictEqual(own.otlp.timeout, Duration.millis(70))
    }))

  it.effect("do not reveal headers", () =>
    Effect.gen(function*() {
      const { otlp } = yield* settings({ OTEL_EXPORTER_OTLP_HEADERS: "x-key=hush" })
      const { headers = {} } = otlp
      assert.isTrue(!Effect.isEffect(headers) && Redacted.isRedacted(headers["x-key"]))
      assert.notInclude(JSON.stringify(otlp), "hush")
    }))
})

describe("the page of variables", () => {
  it.live("lists each variable that is read, and no other", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const page = fs.readFileSync(path.join(import.meta.dirname, "../../docs/reference/environment.md"), "utf8")
        const rows = page.split("\n").filter((line) => /^\| `(AGENTOPS|OTEL|OTLP)_/.test(line))
        const told = rows.flatMap((row) => row.split("|")[1]!.match(/[A-Z][A-Z_]+/g) ?? [])
        const read = new Set<string>()
        const recording = ConfigProvider.make((path) =>
          Effect.sync(() => {
            const name = path.join("_")
            read.add(name)
            return name === "AGENTOPS_API_KEY" ? ConfigProvider.makeValue(apiKey) : undefined
          })
        )
        yield* AgentOps.status.pipe(
          Effect.provide(AgentOps.layerFromConfig),
          Effect.provideService(ConfigProvider.ConfigProvider, recording)
        )
        assert.isAbove(told.length, 30)
        assert.deepStrictEqual(told.toSorted(), [...read].toSorted())
      })
    ))
})

describe("nothing configured", () => {
  it.live("prints the tree on the console, with one line about the variables", () =>
    Effect.gen(function*() {
      const [, { logged, printed }] = yield* runLive({}, one().pipe(Session.withSession({ name: "demo" })))
      assert.strictEqual(printed.length, 1)
      assert.match(printed[0]!, /✓ demo .*\n└─ ✓ one/)
      assert.strictEqual(logged.length, 1)
      assert.match(logged[0]!, /^Info: .*AGENTOPS_API_KEY.*OTEL_EXPORTER_OTLP_ENDPOINT/)
    }))

  it.live("prints no such line if the console is set", () =>
    Effect.gen(function*() {
      const [, { logged, printed }] = yield* runLive({ OTEL_TRACES_EXPORTER: "console" }, one())
      assert.strictEqual(printed.length, 1)
      assert.deepStrictEqual(logged, [])
    }))
})

describe("values that cannot be used", () => {
  const wrong: ReadonlyArray<[name: string, value: string, rest?: Env]> = [
    ["AGENTOPS_API_KEY", "my-secret-key"],
    ["AGENTOPS_API_ENDPOINT", "api", { AGENTOPS_API_KEY: apiKey }],
    ["AGENTOPS_APP_URL", "app", { AGENTOPS_API_KEY: apiKey }],
    ["AGENTOPS_EXPORTER_ENDPOINT", "otlp", { AGENTOPS_API_KEY: apiKey }],
    ["AGENTOPS_EXPORT_FLUSH_INTERVAL", "soon"],
    ["AGENTOPS_MAX_QUEUE_SIZE", "0"],
    ["AGENTOPS_MAX_WAIT_TIME", "-1"],
    ["AGENTOPS_LOG_SESSION_REPLAY_URL", "perhaps"],
    ["OTLP_EXPORTER_ENDPOINT", "localhost:4318"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"],
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "nowhere"],
    ["OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem"],
    ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/nowhere/key.pem"],
    ["OTEL_EXPORTER_OTLP_TIMEOUT", "10s"],
    ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10s"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "bad name=my-secret-key", { OTEL_TRACES_EXPORTER: "otlp" }],
    ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x=my-secret-key%0A1", { OTEL_TRACES_EXPORTER: "otlp" }],
    ["OTEL_BSP_SCHEDULE_DELAY", "soon"],
    ["OTEL_BSP_MAX_QUEUE_SIZE", "1.5"],
    ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "none"],
    ["OTEL_BSP_EXPORT_TIMEOUT", "NaN"],
    ["OTEL_SPAN_EVENT_COUNT_LIMIT", "-3"],
    ["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "-3"],
    ["OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "x"]
  ]

  it.live.each(wrong)("layerFromConfig fails for %s=%s and names it", ([name, value, rest]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(run(AgentOps.layerFromConfig, { ...rest, [name]: value }, one()))
      assert.strictEqual(error._tag, "ConfigurationError")
      assert.strictEqual(error.field, name)
      assert.notInclude(error.message, "my-secret-key")
    }))

  it.live.each(wrong)("AgentOpsLive warns about %s=%s and continues", ([name, value, rest]) =>
    Effect.gen(function*() {
      const [result, { logged, printed }] = yield* runLive(
        { ...rest, [name]: value },
        Effect.as(one(), "result")
      )
      assert.strictEqual(result, "result")
      const warnings = logged.filter((line) => line.startsWith("Warn: ") && line.includes("Going on without it"))
      assert.strictEqual(warnings.length, 1)
      assert.include(warnings[0]!, `effect-agentops: ${name}: `)
      assert.notInclude([...logged, ...printed].join("\n"), "my-secret-key")
    }))

  it.live("AgentOpsLive uses every other value", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const [, { logged }] = yield* runLive({
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: "x-bad=a\nb,bad name=c,x-key=right",
        OTEL_EXPORTER_OTLP_PROTOCOL: "thrift",
        OTEL_EXPORTER_OTLP_TIMEOUT: "soon",
        OTEL_SERVICE_NAME: "support-bot",
        OTEL_TRACES_SAMPLER: "nonsense",
        OTEL_SPAN_EVENT_COUNT_LIMIT: "-3",
        OTEL_BSP_MAX_QUEUE_SIZE: "x",
        AGENTOPS_DEFAULT_TAGS: "kept"
      }, Effect.void.pipe(Session.withSession()))
      const [request] = collector.received
      assert.strictEqual(request!.headers["x-key"], "right")
      assert.notProperty(request!.headers, "x-bad")
      assert.strictEqual(resource(request!)["service.name"], "support-bot")
      assert.deepStrictEqual(attributesOf(arrived(collector)[0]!)["agentops.tags"], {
        values: [{ stringValue: "kept" }]
      })
      for (
        const name of [
          "\"x-bad\"",
          "\"bad name\"",
          "PROTOCOL",
          "TIMEOUT",
          "SAMPLER",
          "EVENT_COUNT_LIMIT",
          "MAX_QUEUE_SIZE"
        ]
      ) {
        assert.isTrue(logged.some((line) => line.includes(name)), name)
      }
    }))

  it.live("AgentOpsLive sends spans only to the configured endpoint, even if that is not an address", () =>
    Effect.gen(function*() {
      const [names] = yield* runLive({ OTEL_EXPORTER_OTLP_ENDPOINT: "collector" }, exporterNames)
      assert.deepStrictEqual(names, [])
    }))

  it.live("AgentOpsLive continues with the exporters that it knows", () =>
    Effect.gen(function*() {
      const [names] = yield* runLive({ OTEL_TRACES_EXPORTER: "zipkin,console" }, exporterNames)
      assert.deepStrictEqual(names, ["console"])
    }))

  it.live("AgentOpsLive starts in an unreadable environment", () =>
    withOutput(({ logged }) =>
      Effect.gen(function*() {
        const broken = ConfigProvider.make(() => Effect.fail(new ConfigProvider.SourceError({ message: "no access" })))
        const value = yield* Effect.as(one(), "result").pipe(
          Effect.provide(AgentOpsLive),
          Effect.provideService(ConfigProvider.ConfigProvider, broken)
        )
        assert.strictEqual(value, "result")
        assert.include(logged.join("\n"), "no access")
      })
    ))
})
