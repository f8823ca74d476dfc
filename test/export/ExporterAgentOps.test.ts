import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import * as AgentOps from "../../src/AgentOps.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import { userAgent } from "../../src/core/internal/version.ts"
import type { SessionId } from "../../src/core/SessionId.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import { NetworkClock } from "../../src/export/internal/register.ts"
import * as Session from "../../src/trace/Session.ts"
import { counts, exportingTo, one } from "../support/otlp/exporting.ts"
import { withOutput } from "../support/otlp/output.ts"
import {
  type Answer,
  arrived,
  arrivedLogs,
  deadUrl,
  type Received,
  type Server,
  server
} from "../support/otlp/server.ts"

const apiKey = "b4f1a9e2-6c2d-4e5f-8a7b-0c1d2e3f4a5b"
const tokenPath = "/v3/auth/token"
const sessionId = "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44" as SessionId
const replay = "AgentOps: session replay https://app.agentops.ai/sessions?trace_id=0192f0c17e1a7c3e9d5b3a1f0c9e2b44"

/** The endpoints of AgentOps: tokens for the one key, and traces for the last issued token. */
const agentOps = (traces: (request: Received, index: number) => Answer = () => ({})) => {
  let sold = 0
  return (request: Received, index: number): Answer => {
    if (request.path === tokenPath) {
      const { api_key } = JSON.parse(request.body.toString()) as { readonly api_key: string }
      if (api_key !== apiKey) return { status: 403, body: { error: "Invalid API key" } }
      return { body: { token: `token-${++sold}`, project_id: "p", project_prem_status: "free" } }
    }
    if (request.headers.authorization !== `Bearer token-${sold}`) return { status: 401, body: { error: "no token" } }
    return traces(request, index)
  }
}

const exporter = ({ url }: Server, options?: Exporter.AgentOpsOptions) =>
  Exporter.agentOps({ apiKey, apiUrl: url, url, ...options })

/** A network whose requests take no time on the test's clock. */
const onTestClock = <A, E, R>(layer: Layer.Layer<A, E, R>) =>
  Layer.provide(layer, Layer.effect(NetworkClock, Clock.Clock))

const paths = ({ received }: Server) => received.map(({ path }) => path)

const session = (name = "demo", id?: SessionId) => Effect.void.pipe(Session.withSession({ name, id }))

const withEnv = (env: Record<string, string>) =>
  Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnvRecord(env))

const replays = (printed: ReadonlyArray<string>) => printed.filter((line) => line.includes("session replay"))

describe("Exporter.agentOps with logs", () => {
  it.live("sends log records and spans with the same token, and gets a new one when it is refused", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const backend = yield* server(agentOps())
        const status = yield* Effect.gen(function*() {
          yield* Effect.log("hello").pipe(Session.withSession({ name: "first" }))
          yield* AgentOps.flush()
          // The token has expired for both.
          const other = agentOps()
          yield* Effect.sync(() =>
            backend.react((request, index) =>
              request.headers.authorization === "Bearer token-1" && index < 5 ? { status: 401 } : other(request, index)
            )
          )
          yield* Effect.log("again").pipe(Session.withSession({ name: "second" }))
          return yield* AgentOps.flush()
        }).pipe(exportingTo(exporter(backend, { logs: true })))
        assert.deepStrictEqual(status, [
          { name: "agentops", delivered: 2, pending: 0, dropped: {} },
          { name: "agentops-logs", delivered: 2, pending: 0, dropped: {} }
        ])
        assert.deepStrictEqual(paths(backend).slice(0, 3).sort(), [tokenPath, "/v1/logs", "/v1/traces"].sort())
        for (const { headers } of backend.received.slice(1, 3)) {
          assert.strictEqual(headers.authorization, "Bearer token-1")
        }
        assert.deepStrictEqual(arrivedLogs(backend).at(-1)!["body"], { stringValue: "again" })
        assert.strictEqual(arrivedLogs(backend)[0]!["traceId"], arrived(backend)[0]!["traceId"])
      })
    ))

  it.live("sends none unless asked", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const backend = yield* server(agentOps())
        yield* Effect.log("hello").pipe(Session.withSession({ name: "first" }), exportingTo(exporter(backend)))
        assert.deepStrictEqual(paths(backend), [tokenPath, "/v1/traces"])
      })
    ))
})

describe("Exporter.agentOps", () => {
  it.live("requests one token with the key and sends it with every request", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const backend = yield* server(agentOps())
        const status = yield* Effect.gen(function*() {
          yield* session("first")
          yield* AgentOps.flush()
          yield* session("second")
          return yield* AgentOps.flush()
        }).pipe(exportingTo(exporter(backend, { apiKey: Redacted.make(apiKey) })))
        assert.deepStrictEqual(status, [{ name: "agentops", delivered: 2, pending: 0, dropped: {} }])
        assert.deepStrictEqual(paths(backend), [tokenPath, "/v1/traces", "/v1/traces"])
        const [token, ...traces] = backend.received
        assert.strictEqual(token!.method, "POST")
        assert.strictEqual(token!.headers["content-type"], "application/json")
        assert.strictEqual(token!.headers["user-agent"], userAgent)
        assert.deepStrictEqual(JSON.parse(token!.body.toString()), { api_key: apiKey })
        for (const { headers } of traces) {
          assert.strictEqual(headers.authorization, "Bearer token-1")
          assert.strictEqual(headers["content-type"], "application/x-protobuf")
          assert.strictEqual(headers["user-agent"], userAgent)
        }
        assert.deepStrictEqual(arrived(backend).map((span) => span["name"]), ["first.session", "second.session"])
      })
    ))

  it.live("requests a new token when the old one is refused, and loses nothing", () =>
    withOutput((output) =>
      Effect.gen(function*() {
        let refused = false
        const backend = yield* server(agentOps((_, index) => {
          if (index !== 3 || refused) return {}
          refused = true
          return { status: 401 }
        }))
        const status = yield* Effect.gen(function*() {
          yield* session("first")
          yield* AgentOps.flush()
          yield* session("second")
          yield* AgentOps.flush()
          yield* session("third")
          return yield* AgentOps.flush()
        }).pipe(exportingTo(exporter(backend)))
        assert.deepStrictEqual(status, [{ name: "agentops", delivered: 3, pending: 0, dropped: {} }])
        assert.deepStrictEqual(
          backend.received.map(({ headers, path }) => headers.authorization ?? path),
          [tokenPath, "Bearer token-1", "Bearer token-1", "Bearer token-1", tokenPath, "Bearer token-2"]
        )
        assert.deepStrictEqual(output.logged, [])
      })
    ))

  it.live("a token that is refused again loses no span, and causes only one new token", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const backend = yield* server(agentOps(() => ({ status: 401 })))
        const status = yield* Effect.gen(function*() {
          yield* session()
          const status = yield* AgentOps.flush()
          assert.deepStrictEqual(paths(backend), [tokenPath, "/v1/traces", tokenPath, "/v1/traces"])
          return status
        }).pipe(exportingTo(exporter(backend)))
        assert.deepStrictEqual(status.map(counts), [{ name: "agentops", delivered: 0, pending: 1, dropped: {} }])
      })
    ))

  it.live.each([400, 401, 403])(
    "a key that is refused with %d is logged once, and not sent repeatedly",
    (code) =>
      withOutput((output) =>
        Effect.gen(function*() {
          const backend = yield* server(() => ({ status: code, body: { error: "Invalid API key" } }))
          const [status] = yield* Effect.gen(function*() {
            for (let i = 0; i < 5; i++) {
              yield* session()
              yield* AgentOps.flush()
            }
            return yield* AgentOps.status
          }).pipe(exportingTo(exporter(backend)))
          assert.deepStrictEqual(counts(status!), { name: "agentops", delivered: 0, pending: 5, dropped: {} })
          assert.deepStrictEqual(paths(backend), [tokenPath])
          assert.strictEqual(output.logged.length, 2)
          assert.include(output.logged[1]!, "shut down with 5 spans undelivered: 5 unauthorized")
          assert.include(output.logged[0]!, `refused the API key with ${code}. Check AGENTOPS_API_KEY`)
          assert.deepStrictEqual(output.printed, [])
          assert.notInclude(output.logged[0]!, apiKey)
        })
      )
  )

  it.effect("a refused key is sent again after a minute", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const backend = yield* server(() => ({ status: 403 }))
        const attempt = Effect.andThen(session(), AgentOps.flush())
        yield* Effect.gen(function*() {
          yield* attempt
          yield* TestClock.adjust("59 seconds")
          yield* attempt
          assert.deepStrictEqual(paths(backend), [tokenPath])
          yield* TestClock.adjust("1 second")
          backend.react(agentOps())
          const [status] = yield* attempt
          assert.deepStrictEqual(paths(backend).slice(0, 3), [tokenPath, tokenPath, "/v1/traces"])
          assert.deepStrictEqual(status, { name: "agentops", delivered: 3, pending: 0, dropped: {} })
        }).pipe(exportingTo(onTestClock(exporter(backend))))
      })
    ))

  it.live.each<[string, Answer]>([
    ["is in trouble", { status: 500, body: { error: "Authentication failed" } }],
    ["sends no token", { body: { message: "welcome" } }],
    ["sends no JSON", { body: "<html>" }]
  ])(
    "if the token service %s, the key is sent again and the spans arrive",
    ([_, trouble]) =>
      withOutput((output) =>
        Effect.gen(function*() {
          const healthy = agentOps()
          const backend = yield* server((request, index) => index === 0 ? trouble : healthy(request, index))
          const status = yield* session().pipe(Effect.andThen(AgentOps.flush()), exportingTo(exporter(backend)))
          assert.deepStrictEqual(status, [{ name: "agentops", delivered: 1, pending: 0, dropped: {} }])
          assert.deepStrictEqual(paths(backend), [tokenPath, tokenPath, "/v1/traces"])
          assert.match(output.logged.join("\n"), /is failing: .*\n.*delivers again/)
        })
      )
  )

  describe("the page of a session", () => {
    it.live("is printed once the first export has succeeded, once", () =>
      withOutput(({ printed }) =>
        Effect.gen(function*() {
          const backend = yield* server(agentOps((_, index) => {
            assert.strictEqual(replays(printed).length, index > 1 ? 1 : 0)
            return {}
          }))
          yield* Effect.gen(function*() {
            yield* one("early")
            yield* AgentOps.flush()
            yield* one("late")
            yield* AgentOps.flush()
          }).pipe(Session.withSession({ name: "demo", id: sessionId }), exportingTo(exporter(backend)))
          assert.deepStrictEqual(paths(backend), [tokenPath, "/v1/traces", "/v1/traces", "/v1/traces"])
          assert.deepStrictEqual(printed, [replay])
        })
      ))

    it.live("is not printed for exports that fail", () =>
      withOutput(({ printed }) =>
        Effect.gen(function*() {
          const backend = yield* server(agentOps(() => ({ status: 400 })))
          yield* session().pipe(exportingTo(exporter(backend)))
          assert.deepStrictEqual(paths(backend), [tokenPath, "/v1/traces"])
          assert.deepStrictEqual(printed, [])
        })
      ))

    it.live("is not printed for spans outside of a session", () =>
      withOutput(({ printed }) =>
        Effect.gen(function*() {
          const backend = yield* server(agentOps())
          yield* one().pipe(exportingTo(exporter(backend)))
          assert.strictEqual(arrived(backend).length, 1)
          assert.deepStrictEqual(printed, [])
        })
      ))

    it.live("is printed for each session, at the app's address", () =>
      withOutput(({ printed }) =>
        Effect.gen(function*() {
          const backend = yield* server(agentOps())
          yield* Effect.all([session("a", sessionId), session("b"), session("c")]).pipe(
            exportingTo(exporter(backend, { appUrl: "http://app.local/" }))
          )
          assert.strictEqual(new Set(printed).size, 3)
          assert.include(printed[0]!, "http://app.local/sessions?trace_id=0192f0c17e1a7c3e9d5b3a1f0c9e2b44")
        })
      ))

    it.live("is not printed if it is disabled", () =>
      withOutput(({ printed }) =>
        Effect.gen(function*() {
          const backend = yield* server(agentOps())
          yield* session().pipe(exportingTo(exporter(backend, { printReplayUrl: false })))
          yield* session().pipe(exportingTo(exporter(backend)), withEnv({ AGENTOPS_LOG_SESSION_REPLAY_URL: "false" }))
          assert.strictEqual(arrived(backend).length, 2)
          assert.deepStrictEqual(printed, [])
        })
      ))
  })

  describe("without a key", () => {
    it.live.each([{}, { AGENTOPS_API_KEY: "" }, { AGENTOPS_API_KEY: "  " }])(
      "%j: a warning, and the program is unaffected",
      (env) =>
        withOutput((output) =>
          Effect.gen(function*() {
            const backend = yield* server(agentOps())
            const value = yield* session().pipe(
              Effect.as("result"),
              exportingTo(Exporter.agentOps({ apiUrl: backend.url, url: backend.url })),
              withEnv(env as Record<string, string>)
            )
            assert.strictEqual(value, "result")
            assert.deepStrictEqual(backend.received, [])
            assert.strictEqual(output.logged.length, 1)
            assert.include(output.logged[0]!, "Warn: effect-agentops: no AGENTOPS_API_KEY")
          })
        )
    )
  })

  it.live("reads key and addresses from the environment when the layer is built", () =>
    withOutput(({ printed }) =>
      Effect.gen(function*() {
        const api = yield* server(agentOps())
        const collector = yield* server()
        yield* session("demo", sessionId).pipe(
          exportingTo(Exporter.agentOps()),
          withEnv({
            AGENTOPS_API_KEY: `${apiKey}\n`,
            AGENTOPS_API_ENDPOINT: `${api.url}/`,
            AGENTOPS_EXPORTER_ENDPOINT: `${collector.url}/v1/traces`,
            AGENTOPS_APP_URL: "https://app.test"
          })
        )
        assert.deepStrictEqual(paths(api), [tokenPath])
        assert.deepStrictEqual(paths(collector), ["/v1/traces"])
        assert.strictEqual(collector.received[0]!.headers.authorization, "Bearer token-1")
        assert.include(printed[0]!, "https://app.test/sessions?trace_id=")
      })
    ))

  it.live("options take precedence over the environment", () =>
    withOutput(() =>
      Effect.gen(function*() {
        const backend = yield* server(agentOps())
        yield* session().pipe(
          exportingTo(exporter(backend)),
          withEnv({
            AGENTOPS_API_KEY: "nonsense",
            AGENTOPS_API_ENDPOINT: yield* deadUrl,
            AGENTOPS_EXPORTER_ENDPOINT: yield* deadUrl
          })
        )
        assert.deepStrictEqual(paths(backend), [tokenPath, "/v1/traces"])
      })
    ))

  describe("invalid settings", () => {
    const failure = (options: Exporter.AgentOpsOptions, env: Record<string, string> = {}) =>
      Layer.build(Exporter.agentOps(options).pipe(Layer.provide(AgentOps.layer({ serviceName: "test" })))).pipe(
        Effect.scoped,
        withEnv(env),
        Effect.flip
      )

    it.effect.each<[string, Exporter.AgentOpsOptions]>([
      ["apiKey", { apiKey: "my-secret-key" }],
      ["apiUrl", { apiKey, apiUrl: "api.agentops.ai" }],
      ["appUrl", { apiKey, appUrl: "app" }],
      ["url", { apiKey, url: "otlp:4318" }],
      ["timeout", { apiKey, timeout: "soon" as never }],
      ["maxQueueSize", { apiKey, maxQueueSize: -1 }]
    ])("the option %s: %j", ([field, options]) =>
      Effect.gen(function*() {
        const error: ConfigurationError = yield* failure(options)
        assert.strictEqual(error._tag, "ConfigurationError")
        assert.strictEqual(error.field, field)
        assert.notInclude(error.message, "my-secret-key")
      }))

    it.effect.each([
      ["AGENTOPS_API_KEY", "my-secret-key"],
      ["AGENTOPS_API_ENDPOINT", "api.agentops.ai"],
      ["AGENTOPS_APP_URL", "app"],
      ["AGENTOPS_EXPORTER_ENDPOINT", "otlp:4318"],
      ["AGENTOPS_LOG_SESSION_REPLAY_URL", "perhaps"]
    ])("the variable %s=%s", ([name, value]) =>
      Effect.gen(function*() {
        const error: ConfigurationError = yield* failure({}, { AGENTOPS_API_KEY: apiKey, [name]: value })
        assert.strictEqual(error._tag, "ConfigurationError")
        assert.strictEqual(error.field, name)
        assert.notInclude(error.message, "my-secret-key")
      }))
  })
})
