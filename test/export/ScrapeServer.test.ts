import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Http from "node:http"
import * as AgentOps from "../../src/AgentOps.ts"
import { isForeign } from "../../src/export/internal/metrics/scrapeServer.ts"
import * as MetricExporter from "../../src/export/MetricExporter.ts"
import * as Session from "../../src/trace/Session.ts"

const statusFor = (url: string, host: string) =>
  Effect.callback<number>((resume) => {
    Http.get(url, { headers: { host } }, (response) => {
      response.resume()
      resume(Effect.succeed(response.statusCode!))
    })
  })

describe("the endpoint for Prometheus", () => {
  it.live("refuses a request with a foreign host name", () =>
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

  it("accepts any name on other hosts, unless some are listed", () => {
    assert.isFalse(isForeign("10.1.2.3:9464", "0.0.0.0", []))
    assert.isFalse(isForeign("shop.svc", "0.0.0.0", []))
    assert.isTrue(isForeign("evil.example", "0.0.0.0", ["shop.svc"]))
    assert.isFalse(isForeign("SHOP.svc:80", "0.0.0.0", ["shop.svc"]))
    assert.isTrue(isForeign(undefined, "127.0.0.1", []))
    assert.isFalse(isForeign("[::1]:9464", "::1", []))
  })

  it.live("a custom route responds the same, in the requested format", () =>
    Effect.gen(function*() {
      yield* Effect.void.pipe(Session.withSession({ name: "chat" }))
      const { scrape } = yield* MetricExporter.PrometheusText
      const { url } = yield* MetricExporter.Prometheus
      const formats = [undefined, "text/html", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"]
      for (const accept of formats) {
        const { body, contentType } = yield* scrape(accept)
        const response = yield* Effect.promise(() => fetch(url, { headers: accept === undefined ? {} : { accept } }))
        assert.strictEqual(contentType, response.headers.get("content-type"))
        assert.strictEqual(body, yield* Effect.promise(() => response.text()))
        assert.include(body, `agentops_sessions_total{agentops_session_end_state="Success"`)
      }
    }).pipe(
      Effect.provide(
        Layer.mergeAll(MetricExporter.prometheus({ port: 0 }), MetricExporter.prometheusText()).pipe(
          Layer.provideMerge(AgentOps.layer({ serviceName: "t" }))
        )
      )
    ))
})
