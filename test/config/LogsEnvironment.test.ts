import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as AgentOps from "../../src/AgentOps.ts"
import { AgentOpsLive } from "../../src/AgentOpsLive.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import * as Message from "../../src/model/Message.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import { withOutput } from "../support/otlp/output.ts"
import { arrived, arrivedLogs, server } from "../support/otlp/server.ts"

type Env = Readonly<Record<string, string>>

const layers: ReadonlyArray<[string, Layer.Layer<AgentOps.AgentOps, ConfigurationError>]> = [
  ["AgentOpsLive", AgentOpsLive],
  ["AgentOps.layerFromConfig", AgentOps.layerFromConfig]
]

const run = (layer: Layer.Layer<AgentOps.AgentOps, ConfigurationError>, env: Env) =>
  withOutput((output) =>
    Effect.log("hello").pipe(
      Effect.as("Paris"),
      traceLlmWith({ model: "gpt-4o", outputMessages: (text) => [Message.output(text)] }),
      Effect.provide(layer),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord({ ...env })),
      Effect.as(output)
    )
  )

const agentOpsKey = "b4f1a9e2-6c2d-4e5f-8a7b-0c1d2e3f4a5b"

describe.each(layers)("%s", (_, layer) => {
  it.live("sends no log records by default", () =>
    Effect.gen(function*() {
      const { received, url } = yield* server()
      const otlp = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${url}/v1/logs` }
      yield* run(layer, otlp)
      yield* run(layer, { ...otlp, OTEL_LOGS_EXPORTER: "console" })
      yield* run(layer, { ...otlp, OTEL_LOGS_EXPORTER: "otlp,none" })
      yield* run(layer, { ...otlp, OTEL_LOGS_EXPORTER: "otlp", OTEL_SDK_DISABLED: "true" })
      assert.deepStrictEqual(received.map(({ path }) => path), ["/v1/traces", "/v1/traces", "/v1/traces"])
    }))

  it.live("sends them if OTEL_LOGS_EXPORTER is set, with their own headers and protocol", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      yield* run(layer, {
        OTEL_TRACES_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: "x-key=shared",
        OTEL_EXPORTER_OTLP_LOGS_HEADERS: "x-key=logs",
        OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/json"
      })
      yield* run(layer, {
        OTEL_TRACES_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${collector.url}/mine/v1/logs`
      })
      assert.deepStrictEqual(
        collector.received.map(({ headers, path }) => [path, headers["x-key"], headers["content-type"]]),
        [["/v1/logs", "logs", "application/json"], ["/mine/v1/logs", undefined, "application/x-protobuf"]]
      )
      assert.deepStrictEqual(arrivedLogs(collector).map((record) => record["body"]), [
        { stringValue: "hello" },
        { stringValue: "hello" }
      ])
    }))

  it.live.each<[string, boolean, number]>([
    ["EVENT_ONLY", false, 1],
    ["SPAN_AND_EVENT", true, 1],
    ["SPAN_ONLY", true, 0],
    ["NO_CONTENT", false, 0]
  ])("content as %s", ([policy, onSpan, events]) =>
    Effect.gen(function*() {
      const collector = yield* server()
      const { logged } = yield* run(layer, {
        OTEL_LOGS_EXPORTER: "otlp",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: policy
      })
      assert.strictEqual(JSON.stringify(arrived(collector)).includes("Paris"), onSpan)
      const details = arrivedLogs(collector).filter((record) => record["eventName"] !== undefined)
      assert.lengthOf(details, events)
      assert.strictEqual(JSON.stringify(details).includes("Paris"), events === 1)
      assert.deepStrictEqual(logged.filter((line) => line.startsWith("Warn")), [])
    }))

  it.live("sends them to AgentOps with the spans, and warns if spans do not go there", () =>
    Effect.gen(function*() {
      const backend = yield* server(({ path }) => path === "/v3/auth/token" ? { body: { token: "t" } } : {})
      const env = {
        AGENTOPS_API_KEY: agentOpsKey,
        AGENTOPS_API_ENDPOINT: backend.url,
        AGENTOPS_EXPORTER_ENDPOINT: backend.url,
        OTEL_LOGS_EXPORTER: "agentops"
      }
      yield* run(layer, env)
      assert.sameMembers(backend.received.map(({ path }) => path), ["/v3/auth/token", "/v1/traces", "/v1/logs"])
      const { logged } = yield* run(layer, { ...env, OTEL_TRACES_EXPORTER: "none" })
      assert.strictEqual(logged.filter((line) => line.includes("OTEL_LOGS_EXPORTER has agentops")).length, 1)
      assert.lengthOf(backend.received, 3)
    }))

  it.live("warns about content on events that no exporter sends", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const { logged } = yield* run(layer, {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "EVENT_ONLY"
      })
      assert.strictEqual(logged.filter((line) => line.includes("content is asked for on events")).length, 1)
      assert.notInclude(JSON.stringify(arrived(collector)), "Paris")
    }))
})

describe("an unusable value", () => {
  it.live("is a warning if it is a word, and otherwise fails the strict layer only", () =>
    Effect.gen(function*() {
      const env = { OTEL_TRACES_EXPORTER: "none", OTEL_LOGS_EXPORTER: "syslog" }
      for (const layer of [AgentOps.layerFromConfig, AgentOpsLive]) {
        const { logged } = yield* run(layer, env)
        assert.strictEqual(logged.filter((line) => line.includes(`OTEL_LOGS_EXPORTER: "syslog"`)).length, 1)
      }
      const url = { ...env, OTEL_LOGS_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "no url" }
      assert.strictEqual(
        (yield* Effect.flip(run(AgentOps.layerFromConfig, url))).field,
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"
      )
    }))
})
