import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Http from "node:http"
import * as AgentOps from "../../src/AgentOps.ts"
import { isForeign } from "../../src/export/internal/metrics/scrapeServer.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"

const statusFor = (url: string, host: string) =>
  Effect.callback<number>((resume) => {
    Http.get(url, { headers: { host } }, (response) => {
      response.resume()
      resume(Effect.succeed(response.statusCode!))
    })
  })

describe("the endpoint for Prometheus", () => {
  it.live("refuses a request that was meant for another name", () =>
    Effect.gen(function*() {
      const { url } = yield* MetricExporter.Prometheus
      assert.strictEqual(yield* statusFor(url, "rebound.example.com"), 421)
      assert.strictEqual(yield* statusFor(url, "localhost:9464"), 200)
      assert.strictEqual(yield* statusFor(url, "shop.svc:80"), 200)
    }).pipe(
      Effect.provide(
        MetricExporter.prometheus({ port: 0, hosts: ["shop.svc"] }).pipe(
          Layer.provideMerge(AgentOps.layer({ serviceName: "t" }))
        )
      )
    ))

  it("takes any name where others may come, unless some are given", () => {
    assert.isFalse(isForeign("10.1.2.3:9464", "0.0.0.0", []))
    assert.isFalse(isForeign("shop.svc", "0.0.0.0", []))
    assert.isTrue(isForeign("evil.example", "0.0.0.0", ["shop.svc"]))
    assert.isFalse(isForeign("SHOP.svc:80", "0.0.0.0", ["shop.svc"]))
    assert.isTrue(isForeign(undefined, "127.0.0.1", []))
    assert.isFalse(isForeign("[::1]:9464", "::1", []))
  })
})
