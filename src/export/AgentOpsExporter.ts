/**
 * Exports spans, and optionally log records, to AgentOps.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Convention from "../convention/Convention.ts"
import type * as ConfigurationError from "../core/ConfigurationError.ts"
import { flag } from "../core/internal/variables.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import type { Options } from "./ExporterOptions.ts"
import * as parts from "./internal/parts.ts"

/**
 * The options of the AgentOps exporter.
 *
 * @category models
 * @since 0.1.0
 */
export interface AgentOpsOptions extends Options {
  /** Default: the environment variable `AGENTOPS_API_KEY`. */
  readonly apiKey?: Redacted.Redacted<string> | string | undefined
  /** The API that issues tokens. Default `AGENTOPS_API_ENDPOINT`, else `https://api.agentops.ai`. */
  readonly apiUrl?: string | undefined
  /** The endpoint for spans. Default `AGENTOPS_EXPORTER_ENDPOINT`, else `https://otlp.agentops.ai/v1/traces`. */
  readonly url?: string | undefined
  /** The dashboard. Default `AGENTOPS_APP_URL`, else `https://app.agentops.ai`. */
  readonly appUrl?: string | undefined
  /** Whether the URL of each session's page is printed. Default `AGENTOPS_LOG_SESSION_REPLAY_URL`, else `true`. */
  readonly printReplayUrl?: boolean | undefined
  /** Whether the program's log records are sent too, as `Exporter.otlpLogs` sends them. Default `false`. */
  readonly logs?: boolean | undefined
  /**
   * Whether each session ends with a child span named `end`, without duration. AgentOps's overview reads the outcome of
   * a session from the span that started last, and its length from the first to the last start. With this span both are
   * correct. It adds one span to each session, in the list of its steps and in the bill. Default `false`.
   */
  readonly closingSpan?: boolean | undefined
  readonly compression?: "gzip" | "none" | undefined
  readonly timeout?: Duration.Input | undefined
}

/**
 * Sends spans to AgentOps.
 *
 * **Details**
 *
 * It exchanges the API key for a token at `/v3/auth/token`, sends the token with every request, and requests a new one
 * when the token is refused. It prints the page of each session after the session's first spans have arrived. Content
 * is on, because AgentOps shows it.
 *
 * With `logs`, log records go to `/v1/logs` with the same token, as an exporter named `agentops-logs`. AgentOps accepts
 * them, but its dashboard does not show them.
 *
 * Without a key it logs a warning and sends nothing. A key that is not a UUID is a `ConfigurationError`.
 *
 * **Example** (together with a collector)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Exporter } from "effect-agentops"
 *
 * const ExportersLive = Layer.mergeAll(Exporter.agentOps(), Exporter.otlp())
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const agentOps = (
  options?: AgentOpsOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectContext(Effect.gen(function*() {
    const { duration, logBytes, networkConcurrency, onEvents, register, registerLogs, sessionBytes, settings } =
      yield* parts.delivery
    const network = yield* parts.network
    const { httpUrl, readAddress } = network
    const apiKey = yield* network.readApiKey(options?.apiKey, "nothing is")
    if (apiKey === undefined) return Context.empty()
    const client = yield* network.makeHttpClient()
    const endpoint = {
      client,
      apiKey,
      apiUrl: yield* network.readApiUrl(options?.apiUrl),
      appUrl: yield* readAddress(httpUrl, "appUrl", options?.appUrl, "AGENTOPS_APP_URL", "https://app.agentops.ai"),
      printReplayUrl: options?.printReplayUrl ??
        (yield* flag("AGENTOPS_LOG_SESSION_REPLAY_URL")) ?? true,
      otlp: {
        url: yield* readAddress(
          network.tracesUrl,
          "url",
          options?.url,
          "AGENTOPS_EXPORTER_ENDPOINT",
          "https://otlp.agentops.ai/v1/traces"
        ),
        protocol: "protobuf" as const,
        compression: options?.compression ?? "none",
        timeout: yield* duration("timeout", options?.timeout, network.defaultTimeout)
      }
    }
    const authorized = network.makeAuthorized(endpoint)
    const common = yield* settings(options, true, undefined, Convention.agentOps)
    yield* register({
      ...common,
      concurrency: networkConcurrency,
      name: "agentops",
      component: "otlp_http_span_exporter",
      isRemote: true,
      closesSessions: options?.closingSpan,
      codec: sessionBytes,
      send: network.makeAgentOpsSender(endpoint, authorized)
    })
    if (options?.logs !== true) return Context.empty()
    const url = endpoint.otlp.url.replace(/\/v1\/traces(?=$|\?)/, "/v1/logs")
    const transport = network.httpTransport({ ...endpoint.otlp, url }, client)
    const events = onEvents(options.content ?? true)
    return yield* registerLogs({
      ...common,
      convention: Convention.genAi("latest"),
      concurrency: networkConcurrency,
      name: "agentops-logs",
      policy: { events, messages: events || common.content, errors: common.errors },
      codec: logBytes,
      send: (items) =>
        Effect.flatMap(
          logBytes.body(items),
          (body) => authorized((headers) => transport.send({ headers, body, items: "log records" }))
        )
    })
  }))
