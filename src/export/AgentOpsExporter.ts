/**
 * Spans, and log records beside them, to AgentOps.
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
 * How to reach AgentOps.
 *
 * @category models
 * @since 0.1.0
 */
export interface AgentOpsOptions extends Options {
  /** Default: the environment variable `AGENTOPS_API_KEY`. */
  readonly apiKey?: Redacted.Redacted<string> | string | undefined
  /** Where tokens are had. Default `AGENTOPS_API_ENDPOINT`, else `https://api.agentops.ai`. */
  readonly apiUrl?: string | undefined
  /** Where spans go. Default `AGENTOPS_EXPORTER_ENDPOINT`, else `https://otlp.agentops.ai/v1/traces`. */
  readonly url?: string | undefined
  /** Where sessions are seen. Default `AGENTOPS_APP_URL`, else `https://app.agentops.ai`. */
  readonly appUrl?: string | undefined
  /** Whether each session's page is printed. Default `AGENTOPS_LOG_SESSION_REPLAY_URL`, else `true`. */
  readonly printReplayUrl?: boolean | undefined
  /** Whether what the program logs goes there too, as `Exporter.otlpLogs` sends it. Default `false`. */
  readonly logs?: boolean | undefined
  /**
   * Whether each session ends with a span of its own, without length, called `end`. AgentOps takes the outcome of a
   * session in its overview off the span that started last, and a session's length for the time between its first and
   * its last start: with this span both are the session's. It is one span more for each session, in the list of its
   * steps and in what is billed. Default `false`.
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
 * Buys a token with the API key at `/v3/auth/token`, sends it with every request
 * and buys a new one when it is refused. The page of each session is printed once
 * its first spans have arrived. Content is on: it is what AgentOps shows.
 *
 * With `logs`, log records go to `/v1/logs` beside the spans, with the same token, as an exporter
 * called `agentops-logs`. AgentOps takes them in; its dashboard does not show them.
 *
 * Without a key it warns, sends nothing and fails nothing. A key that is no UUID
 * is a `ConfigurationError`.
 *
 * **Example** (beside a collector)
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
      apiUrl: yield* readAddress(
        httpUrl,
        "apiUrl",
        options?.apiUrl,
        "AGENTOPS_API_ENDPOINT",
        "https://api.agentops.ai"
      ),
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
