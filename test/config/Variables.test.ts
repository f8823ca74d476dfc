/**
 * Tests every variable from one table: set, empty, in upper case, wrong, for each signal, and with the SDK disabled.
 */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import { AgentOpsLive } from "../../src/AgentOpsLive.ts"
import { readLogsEnvironment } from "../../src/config/internal/logs.ts"
import { readMetricsEnvironment } from "../../src/config/internal/metrics.ts"
import { readDisabled, readEnvironment } from "../../src/config/internal/traces.ts"
import { readResource } from "../../src/core/internal/resourceVariables.ts"
import { leniently } from "../../src/core/internal/variables.ts"
import type { Sampler } from "../../src/trace/Sampler.ts"
import { withOutput } from "../support/otlp/output.ts"

type Env = Readonly<Record<string, string>>

const withEnv = (env: Env) => Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(env))

const readAll = Effect.gen(function*() {
  const traces = yield* readEnvironment
  return {
    disabled: yield* readDisabled,
    traces,
    metrics: yield* readMetricsEnvironment,
    logs: yield* readLogsEnvironment(traces),
    resource: yield* readResource
  }
})

/** The configuration as data: samplers by their descriptions, secrets revealed. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, item: unknown) => {
    // The names of the variables are not part of the comparison.
    if (key === "names" || key === "otlpNames") return undefined
    if (Redacted.isRedacted(item)) return Redacted.value(item)
    if (typeof item === "object" && item !== null && "decide" in item) return (item as Sampler).description
    return item
  }))

/** The configuration of an environment. */
const says = (env: Env) => readAll.pipe(withEnv(env), Effect.map(plain))
const saysLeniently = (env: Env) => leniently(readAll).pipe(withEnv(env), Effect.map(plain))

interface Variable {
  readonly name: string
  readonly good: string
  /** An unusable value. Absent if every value is usable. */
  readonly wrong?: string
  /**
   * How a wrong value is reported: both layers warn about unknown words, and for other values the strict layer fails.
   */
  readonly kind: "word" | "words" | "value" | "any"
  /** Other variables that must be set for this one to have an effect. */
  readonly rest?: Env
}

const all: Env = {
  OTEL_TRACES_EXPORTER: "otlp",
  OTEL_METRICS_EXPORTER: "otlp",
  OTEL_LOGS_EXPORTER: "otlp",
  OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1"
}

const value = (good: string, wrong: string, ...names: ReadonlyArray<string>) =>
  names.map((name): Variable => ({ name, good, wrong, kind: "value" }))
const any = (good: string, ...names: ReadonlyArray<string>) =>
  names.map((name): Variable => ({ name, good, kind: "any" }))
const word = (name: string, good: string, rest?: Env): Variable => ({
  name,
  good,
  wrong: "zipkin",
  kind: "word",
  ...rest && { rest }
})
const words = (name: string, good: string): Variable => ({ name, good, wrong: "zipkin", kind: "words" })

const signals = ["TRACES_", "METRICS_", "LOGS_", ""]
const forSignals = (suffix: string) => signals.map((signal) => `OTEL_EXPORTER_OTLP_${signal}${suffix}`)

const table: ReadonlyArray<Variable> = [
  ...any("a,b", "AGENTOPS_DEFAULT_TAGS"),
  ...any("name", "OTEL_SERVICE_NAME"),
  ...any("http://127.0.0.1:2/x", ...forSignals("ENDPOINT")),
  ...any("x=1", ...forSignals("HEADERS")),
  ...forSignals("PROTOCOL").map((name) => word(name, "http/json")),
  ...forSignals("COMPRESSION").map((name) => word(name, "gzip")),
  ...value("250", "10s", ...forSignals("TIMEOUT")),
  ...["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"].flatMap((suffix) =>
    value(import.meta.filename, "/nowhere/file.pem", ...forSignals(suffix))
  ),
  ...forSignals("INSECURE").map((name) =>
    word(name, "true", { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc", OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" })
  ),
  word("OTEL_METRICS_EXEMPLAR_FILTER", "always_on"),
  words("OTEL_TRACES_EXPORTER", "otlp,console"),
  words("OTEL_METRICS_EXPORTER", "otlp,prometheus"),
  words("OTEL_LOGS_EXPORTER", "otlp,console"),
  words("OTEL_PROPAGATORS", "b3,baggage"),
  word("OTEL_TRACES_SAMPLER", "always_off"),
  word("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
  {
    name: "OTEL_TRACES_SAMPLER_ARG",
    good: "0.25",
    wrong: "2",
    kind: "word",
    rest: { OTEL_TRACES_SAMPLER: "traceidratio" }
  },
  { name: "OTEL_RESOURCE_ATTRIBUTES", good: "a%20b=c%2Cd,e=f", wrong: "a=1,bad=%zz", kind: "word" },
  word("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),
  word("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram"),
  word("OTEL_SDK_DISABLED", "true"),
  ...value("7", "soon", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BLRP_SCHEDULE_DELAY"),
  ...value("7", "-1", "OTEL_BLRP_EXPORT_TIMEOUT", "OTEL_METRIC_EXPORT_INTERVAL", "OTEL_METRIC_EXPORT_TIMEOUT"),
  ...value("7", "1.5", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
  ...value("7", "0", "OTEL_BLRP_MAX_QUEUE_SIZE", "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "AGENTOPS_MAX_QUEUE_SIZE"),
  ...value("7", "x", "AGENTOPS_EXPORT_FLUSH_INTERVAL", "AGENTOPS_MAX_WAIT_TIME"),
  ...value("off", "perhaps", "AGENTOPS_LOG_SESSION_REPLAY_URL"),
  ...value(
    "9",
    "-3",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"
  ),
  ...any("::1", "OTEL_EXPORTER_PROMETHEUS_HOST"),
  ...value("9999", "99999", "OTEL_EXPORTER_PROMETHEUS_PORT")
]

/** Read by the exporter itself or with a special meaning. Their tests are elsewhere. */
const elsewhere = [
  "AGENTOPS_API_KEY",
  "AGENTOPS_API_ENDPOINT",
  "AGENTOPS_APP_URL",
  "AGENTOPS_EXPORTER_ENDPOINT",
  "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
  "OTEL_LOG_LEVEL",
  "OTLP_EXPORTER_ENDPOINT"
]

/** The environment around a tested variable. */
const around = ({ name, rest }: Variable): Env => {
  const { [name]: _, ...others } = { ...all, ...rest }
  return others
}

const each = table.map((variable) => [variable.name, variable.good, variable] as const)
const wrong = table.flatMap((variable) =>
  variable.wrong === undefined ? [] : [[variable.name, variable.wrong, variable] as const]
)

describe("every variable", () => {
  it("of the reference page is in this table", () => {
    const page = fs.readFileSync(path.join(import.meta.dirname, "../../docs/reference/environment.md"), "utf8")
    const told = page.split("\n").filter((line) => /^\| `(AGENTOPS|OTEL|OTLP)_/.test(line))
      .flatMap((row) => row.split("|")[1]!.match(/[A-Z][A-Z_]+/g) ?? [])
    const tried = [...new Set([...table.map(({ name }) => name), ...elsewhere])]
    assert.deepStrictEqual(
      told.filter((name) => !tried.includes(name)),
      []
    )
    assert.deepStrictEqual(tried.filter((name) => !told.includes(name)), [])
  })

  it.effect.each(each)("%s=%s has an effect", ([name, good, variable]) =>
    Effect.gen(function*() {
      const env = around(variable)
      assert.notDeepEqual(yield* says({ ...env, [name]: good }), yield* says(env))
    }))

  it.effect.each(each)("%s is not set where it is empty (%s)", ([name, , variable]) =>
    Effect.gen(function*() {
      const env = around(variable)
      const unset = yield* says(env)
      assert.deepStrictEqual(yield* says({ ...env, [name]: "" }), unset)
      assert.deepStrictEqual(yield* says({ ...env, [name]: " \t" }), unset)
    }))

  it.effect.each(each.filter((row) => row[2].kind.startsWith("word") && row[0] !== "OTEL_RESOURCE_ATTRIBUTES"))(
    "%s=%s is taken in any case",
    ([name, good, variable]) =>
      Effect.gen(function*() {
        const env = around(variable)
        const lower = yield* says({ ...env, [name]: good })
        assert.deepStrictEqual(yield* says({ ...env, [name]: ` ${good.toUpperCase()} ` }), lower)
        assert.deepStrictEqual(yield* says({ ...env, [name]: good[0]!.toUpperCase() + good.slice(1) }), lower)
      })
  )

  it.effect.each(wrong)(
    "%s=%s is told, and counts as not set",
    ([name, bad, variable]) =>
      withOutput(({ logged }) =>
        Effect.gen(function*() {
          const env = { ...around(variable), [name]: bad }
          const unset = yield* saysLeniently(around(variable))
          const told = () =>
            logged.splice(0).filter((line) => line.startsWith("Warn: ") && line.includes(` ${name}: `)).length
          if (variable.kind === "value") {
            assert.strictEqual((yield* Effect.flip(says(env))).field, name)
          } else {
            const read = yield* says(env)
            if (variable.kind === "word") assert.deepStrictEqual(read, unset)
            assert.isAtLeast(told(), 1)
          }
          if (variable.kind !== "words") assert.deepStrictEqual(yield* saysLeniently(env), unset)
          else yield* saysLeniently(env)
          // Reported once for each signal to which it applies.
          assert.isAtLeast(told(), 1)
        })
      )
  )

  it.live.each([["AgentOpsLive", AgentOpsLive], ["layerFromConfig", AgentOps.layerFromConfig]] as const)(
    "%s judges none of them where the SDK is disabled",
    ([, layer]) =>
      withOutput(({ logged }) =>
        Effect.gen(function*() {
          const bad = Object.fromEntries(wrong.map(([name, value]) => [name, value]))
          const env = { ...bad, AGENTOPS_API_KEY: "none", OTEL_SDK_DISABLED: "true" }
          assert.deepStrictEqual(yield* AgentOps.status.pipe(Effect.provide(layer), withEnv(env)), [])
          assert.deepStrictEqual(logged, [])
        })
      )
  )
})

describe("a signal's own variable is preferred to the shared one", () => {
  const own: ReadonlyArray<readonly [suffix: string, mine: string, shared: string]> = [
    ["HEADERS", "x=1", "x=2,y=3"],
    ["PROTOCOL", "http/json", "http/protobuf"],
    ["COMPRESSION", "gzip", "none"],
    ["TIMEOUT", "1", "2"]
  ]
  for (const signal of ["TRACES", "METRICS", "LOGS"]) {
    it.effect.each(own)(
      `OTEL_EXPORTER_OTLP_${signal}_%s=%s before %s`,
      ([suffix, mine, shared]) =>
        Effect.gen(function*() {
          const pick = (read: unknown) =>
            (read as Record<string, { readonly otlp: unknown }>)[signal.toLowerCase()]!.otlp
          const names = [`OTEL_EXPORTER_OTLP_${signal}_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`] as const
          const both = pick(yield* says({ ...all, [names[0]]: mine, [names[1]]: shared }))
          assert.deepStrictEqual(both, pick(yield* says({ ...all, [names[0]]: mine })))
          assert.notDeepEqual(both, pick(yield* says({ ...all, [names[1]]: shared })))
        })
    )
  }
})

describe("an unusable variable of a signal", () => {
  it.effect.each([
    ["PROTOCOL", "carrier-pigeon", "http/json"],
    ["COMPRESSION", "zip", "gzip"],
    ["TIMEOUT", "soon", "250"]
  ])("%s=%s is replaced by the shared one", ([suffix, bad, shared]) =>
    Effect.gen(function*() {
      const env = { ...all, [`OTEL_EXPORTER_OTLP_${suffix}`]: shared }
      assert.deepStrictEqual(
        yield* saysLeniently({ ...env, [`OTEL_EXPORTER_OTLP_LOGS_${suffix}`]: bad }),
        yield* saysLeniently(env)
      )
    }))
})

describe("OTEL_LOG_LEVEL", () => {
  const wrongWord = {
    ...all,
    OTEL_TRACES_EXPORTER: "none",
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
    OTEL_PROPAGATORS: "ottrace"
  }
  it.live.each([
    ["", 1],
    ["warn", 1],
    ["WARN", 1],
    ["all", 1],
    ["error", 0],
    ["none", 0],
    ["loud", 2]
  ] as ReadonlyArray<[string, number]>)(
    "%s: %d lines",
    ([level, lines]) =>
      withOutput(({ logged }) =>
        Effect.gen(function*() {
          const program = Effect.logWarning("the program's own")
          yield* program.pipe(Effect.provide(AgentOpsLive), withEnv({ ...wrongWord, OTEL_LOG_LEVEL: level }))
          assert.strictEqual(logged.filter((line) => line.startsWith("Warn: effect-agentops")).length, lines)
          assert.strictEqual(logged.filter((line) => line.includes("the program's own")).length, 1)
        })
      )
  )
})

describe("the resource", () => {
  const attributes = (options: AgentOps.Options, env: Env) =>
    Effect.map(AgentOps.AgentOps, ({ resource }) => resource.attributes).pipe(
      Effect.provide(AgentOps.layer(options)),
      withEnv(env)
    )
  const pod = { OTEL_RESOURCE_ATTRIBUTES: "service.name=from-list,k8s.pod.name=pod-7,team=a%2Cb" }

  it.live("of AgentOps.layer has what the environment says, where the options say nothing", () =>
    Effect.gen(function*() {
      const named = yield* attributes({ serviceName: "code", attributes: { team: "mine" } }, pod)
      assert.deepInclude(named, { "service.name": "code", "k8s.pod.name": "pod-7", team: "mine" })
      const listed = yield* attributes({}, pod)
      assert.deepInclude(listed, { "service.name": "from-list", team: "a,b" })
      const variable = yield* attributes({}, { ...pod, OTEL_SERVICE_NAME: "from-name" })
      assert.deepInclude(variable, { "service.name": "from-name", "k8s.pod.name": "pod-7" })
    }))

  it.live("ignores the environment if the options say so", () =>
    Effect.gen(function*() {
      const read = yield* attributes({ serviceName: "code", resourceFromEnvironment: false }, pod)
      assert.notProperty(read, "k8s.pod.name")
    }))

  it.live("has a name by what runs it, where nobody named it", () =>
    Effect.gen(function*() {
      for (const env of [{}, { OTEL_SERVICE_NAME: " " }, { OTEL_RESOURCE_ATTRIBUTES: "service.name=" }]) {
        assert.strictEqual((yield* attributes({}, env as unknown as Env))["service.name"], "unknown_service:node")
      }
    }))

  it.live.each(["a=1,b=%zz", "a=1,b=%ff", "a=1,b", "a=1,=c", "%e0=1"])(
    "%s: one bad pair costs them all, and is told",
    (value) =>
      withOutput(({ logged }) =>
        Effect.gen(function*() {
          const read = yield* attributes({ serviceName: "code" }, { OTEL_RESOURCE_ATTRIBUTES: value })
          assert.notProperty(read, "a")
          assert.strictEqual(logged.filter((line) => line.includes("OTEL_RESOURCE_ATTRIBUTES")).length, 1)
        })
      )
  )
})
