/**
 * Sends scores to backends that have their own API for scores, in addition to the scores on spans.
 *
 * Each exporter is a layer over `AgentOps.layer`. It sends scores in the background and retries while the backend is
 * unavailable.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import { defined } from "../core/internal/defined.ts"
import { onLiveClock } from "../core/internal/liveClock.ts"
import { AgentOps } from "../trace/Tracing.ts"
import { background } from "./internal/background.ts"
import { sinksOf } from "./internal/emit.ts"
import type { Score, Target } from "./Score.ts"

/**
 * How scores are sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** How many scores may wait. Further scores are dropped with a warning. Default 1000. */
  readonly capacity?: number | undefined
  /** How long the release of the layer waits for the waiting scores. Default 10 seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}

/**
 * Sends each score by a custom effect. A failure is logged as a warning, and the score is lost.
 *
 * **Example** (a custom backend)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps } from "effect-agentops"
 * import { ScoreExporter } from "effect-agentops/evaluation"
 *
 * const ScoresLive = ScoreExporter.make("table", (score, { traceId }) => Effect.log(traceId, score.name, score.value)).pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "support" }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const make = <E, R>(
  name: string,
  send: (score: Score, target: Target) => Effect.Effect<unknown, E, R>,
  options?: Options
): Layer.Layer<never, never, AgentOps | R> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const agentOps = yield* AgentOps
    const give = yield* background(
      ({ score, target }: { readonly score: Score; readonly target: Target }) =>
        send(score, target).pipe(
          Effect.withTracerEnabled(false),
          Effect.catchCause((cause) =>
            Effect.logWarning(`effect-agentops: ${name} did not take the score ${score.name}`, cause)
          ),
          Effect.asVoid
        ),
      { capacity: options?.capacity ?? 1000, concurrency: 1, shutdownTimeout: options?.shutdownTimeout ?? "10 seconds" }
    )
    yield* sinksOf(agentOps).add({
      send: (score, target) => {
        if (give({ score, target })) return
        Effect.runFork(Effect.logWarning(`effect-agentops: ${name} has no room for the score ${score.name}`))
      }
    })
  }))

const passing = new Set([408, 429, 500, 502, 503, 504])

const post = (url: string, headers: Readonly<Record<string, string>>) => (body: unknown) =>
  Effect.flatMap(HttpClient.HttpClient, (client) =>
    client.execute(
      HttpClientRequest.post(url).pipe(HttpClientRequest.setHeaders(headers), HttpClientRequest.bodyJsonUnsafe(body))
    )).pipe(
      Effect.timeout("10 seconds"),
      Effect.flatMap((response) => {
        if (response.status < 300) return Effect.void
        return Effect.flatMap(
          Effect.orElseSucceed(response.text, () => ""),
          (text) => Effect.fail({ status: response.status, message: `HTTP ${response.status} ${text.slice(0, 500)}` })
        )
      }),
      Effect.retry({
        while: (error) => !("status" in error) || passing.has(error.status),
        schedule: Schedule.exponential("200 millis"),
        times: 5
      }),
      onLiveClock,
      Effect.provide(FetchHttpClient.layer)
    )

const base = (field: string, url: string) =>
  ConfigurationError.check(
    Schema.String.check(Schema.makeFilter((url) => URL.canParse(url), { expected: "a URL" })),
    field,
    url,
    "Give the address of the backend, such as http://localhost:6006"
  ).pipe(Effect.map((url) => url.replace(/\/+$/, "")))

// Phoenix has three kinds of annotators.
const annotators: Readonly<Record<Score["source"], string>> = {
  code: "CODE",
  model: "LLM",
  human: "HUMAN",
  user: "HUMAN"
}

/**
 * Sends scores to Phoenix as annotations of spans.
 *
 * **Details**
 *
 * The identifier of an annotation is its source, so a user and a judge can give scores of the same name. A new
 * annotation replaces an earlier one with the same name and source. Fails with a `ConfigurationError` for an invalid
 * address.
 *
 * **Example** (on this machine)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps, Exporter } from "effect-agentops"
 * import { ScoreExporter } from "effect-agentops/evaluation"
 *
 * const TracingLive = Layer.mergeAll(
 *   Exporter.otlp({ url: "http://localhost:6006" }),
 *   ScoreExporter.phoenix({ url: "http://localhost:6006" })
 * ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "support" })))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const phoenix = (
  options: Options & { readonly url: string; readonly apiKey?: Redacted.Redacted<string> | undefined }
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.unwrap(Effect.map(base("url", options.url), (url) => {
    const send = post(
      `${url}/v1/span_annotations?sync=false`,
      options.apiKey === undefined ? {} : { authorization: `Bearer ${Redacted.value(options.apiKey)}` }
    )
    return make("Phoenix", (score, { spanId }) =>
      send({
        data: [{
          span_id: spanId,
          name: score.name,
          annotator_kind: annotators[score.source],
          identifier: score.source,
          result: defined({ score: score.value, label: score.label, explanation: score.explanation }),
          metadata: { ...score.metadata, min: score.min, max: score.max }
        }]
      }), options)
  }))

/**
 * Sends scores to Langfuse, for the trace and for the observation in it.
 *
 * **Details**
 *
 * A passed or failed score is boolean, any other score with a label is categorical, and the rest are numeric. Fails
 * with a `ConfigurationError` for an invalid address.
 *
 * @category layers
 * @since 0.1.0
 */
export const langfuse = (
  options: Options & {
    readonly url: string
    readonly publicKey: string
    readonly secretKey: Redacted.Redacted<string>
    readonly environment?: string | undefined
  }
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.unwrap(Effect.map(base("url", options.url), (url) => {
    const send = post(`${url}/api/public/scores`, {
      authorization: `Basic ${Base64.encode(`${options.publicKey}:${Redacted.value(options.secretKey)}`)}`
    })
    return make("Langfuse", (score, { spanId, traceId }) => {
      const isBoolean = score.label === "pass" || score.label === "fail"
      return send(defined({
        traceId,
        observationId: spanId,
        name: score.name,
        dataType: isBoolean ? "BOOLEAN" : score.label === undefined ? "NUMERIC" : "CATEGORICAL",
        value: isBoolean || score.label === undefined ? score.value : score.label,
        comment: score.explanation,
        metadata: { ...score.metadata, source: score.source, min: score.min, max: score.max },
        environment: options.environment
      }))
    }, options)
  }))
