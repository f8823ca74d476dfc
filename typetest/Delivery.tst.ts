import { Context, Effect, Layer, type PlatformError } from "effect"
import { AgentOps, type ConfigurationError, Exporter } from "effect-agentops"
import * as Serverless from "effect-agentops/export/Serverless"
import { describe, expect, test } from "tstyche"

type Wrong = ConfigurationError.ConfigurationError

describe("Exporter.durable", () => {
  const options = { directory: "traces" }

  test("has the requirements of the exporter, and may fail for its own options", () => {
    expect(Exporter.otlp().pipe(Exporter.durable(options))).type.toBe<Layer.Layer<never, Wrong, AgentOps.AgentOps>>()
    expect(Exporter.durable(Exporter.file({ path: "a" }), options)).type.toBe<
      Layer.Layer<never, Wrong | PlatformError.PlatformError, AgentOps.AgentOps>
    >()
  })

  test("checks its options", () => {
    expect(Exporter.durable).type.not.toBeCallableWith({})
    expect(Exporter.durable).type.not.toBeCallableWith({ directory: "traces", fsync: "sometimes" })
    expect(Exporter.durable).type.toBeCallableWith({
      directory: "traces",
      fsync: "2 seconds",
      spans: "overflow" as const
    })
  })
})

describe("whenFull", () => {
  test("is one of three values", () => {
    expect(Exporter.otlp).type.toBeCallableWith({ whenFull: "dropNewest" as const })
    expect(Exporter.otlp).type.toBeCallableWith({ whenFull: "dropOldest" as const })
    expect(Exporter.agentOps({ whenFull: "wait" })).type.toBe<Layer.Layer<never, Wrong, AgentOps.AgentOps>>()
    expect(Exporter.otlp).type.not.toBeCallableWith({ whenFull: "block" })
  })
})

describe("Serverless.handler", () => {
  class Orders extends Context.Service<Orders, { readonly count: number }>()("Orders") {}
  const tracing = AgentOps.layer({ serviceName: "orders" })
  const all = Layer.mergeAll(tracing, Layer.succeed(Orders)({ count: 1 }))

  test("accepts the arguments of the platform, and returns a promise of the effect's value", () => {
    const handler = Serverless.handler(
      all,
      (event: { readonly id: number }, retry: boolean) =>
        Effect.map(Orders, ({ count }) => ({ id: event.id, retry, count }))
    )
    expect(handler).type.toBe<
      (event: { readonly id: number }, retry: boolean) => Promise<{ id: number; retry: boolean; count: number }>
    >()
  })

  test("does not compile if the layer lacks a requirement of the effect", () => {
    expect(Serverless.handler).type.not.toBeCallableWith(tracing, () => Effect.asVoid(Orders))
  })
})
