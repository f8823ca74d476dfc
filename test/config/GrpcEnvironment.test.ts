/** The environment that many platforms set: OTLP over gRPC for every signal. */
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as path from "node:path"
import { afterAll } from "vitest"
import { AgentOpsLive } from "../../src/AgentOpsLive.ts"
import { traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import * as Certificates from "../support/otlp/certificates.ts"
import { grpcServer } from "../support/otlp/grpcServer.ts"
import { withOutput } from "../support/otlp/output.ts"

/** Runs a program that uses all three signals. */
const run = (env: Readonly<Record<string, string>>) =>
  withOutput(({ logged }) =>
    Effect.as(
      Effect.log("hello").pipe(
        traceLlmWith({ provider: "openai", model: "gpt-4o" }),
        Session.withSession({ name: "demo" }),
        Effect.provide(AgentOpsLive),
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env }))
      ),
      logged
    )
  )

const services = ["logs.v1.LogsService", "metrics.v1.MetricsService", "trace.v1.TraceService"]
  .map((service) => `/opentelemetry.proto.collector.${service}/Export`)

const all = { OTEL_METRICS_EXPORTER: "otlp", OTEL_LOGS_EXPORTER: "otlp", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }

describe("OTEL_EXPORTER_OTLP_PROTOCOL=grpc", () => {
  for (const scheme of ["http://", ""]) {
    it.live(`sends all signals, to an address ${scheme === "" ? "without" : "with"} a scheme`, () =>
      Effect.gen(function*() {
        const collector = yield* grpcServer()
        const logged = yield* run({
          ...all,
          OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace("http://", scheme),
          OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=a"
        })
        assert.deepStrictEqual(logged.filter((line) => line.startsWith("Warn")), [])
        assert.deepStrictEqual([...new Set(collector.received.map(({ path }) => path))].toSorted(), services)
        assert.isTrue(collector.received.every(({ headers }) => headers["x-tenant"] === "a"))
      }))
  }

  it.live("applies to one signal with its own address", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer()
      yield* run({
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "grpc",
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.url
      })
      assert.deepStrictEqual(collector.received.map(({ path }) => path), [services[2]!])
    }))
})

describe.skipIf(!Certificates.canMake)("OTEL_EXPORTER_OTLP_CERTIFICATE and the others", () => {
  const made = Certificates.canMake ? Certificates.make() : undefined!
  afterAll(() => {
    if (made !== undefined) Certificates.remove(made)
  })

  it.live("are PEM files, and an address without a scheme has TLS if INSECURE is false", () =>
    Effect.gen(function*() {
      const collector = yield* grpcServer(undefined, {
        ...made.server,
        ca: made.ca,
        requestCert: true,
        rejectUnauthorized: true
      })
      const file = (name: string) => path.join(made.folder, name)
      const logged = yield* run({
        ...all,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url.replace("https://", ""),
        OTEL_EXPORTER_OTLP_INSECURE: "false",
        OTEL_EXPORTER_OTLP_CERTIFICATE: file("ca.pem"),
        OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: file("client.pem"),
        OTEL_EXPORTER_OTLP_CLIENT_KEY: file("client.key")
      })
      assert.deepStrictEqual(logged.filter((line) => line.startsWith("Warn")), [])
      assert.deepStrictEqual([...new Set(collector.received.map(({ path }) => path))].toSorted(), services)
    }))
})
