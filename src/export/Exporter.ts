/**
 * Exporters: the places that spans go to, each a layer.
 *
 * A layer registers with the `AgentOps` service that it is provided with, so any
 * number merge in any order, and one that is provided to a part of a program
 * leaves with it. Each has a queue and fibers of its own that send batches off the
 * program's path, and one that fails harms neither the others nor the program.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { dual, identity } from "effect/Function"
import * as Layer from "effect/Layer"
import type { PlatformError } from "effect/PlatformError"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Convention from "../convention/Convention.ts"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import { flag } from "../core/internal/variables.ts"
import type { SpanData } from "../core/SpanData.ts"
import type { Sized } from "../delivery/internal/batch.ts"
import { messageOf } from "../delivery/internal/exportError.ts"

import type { LogRecord } from "../core/internal/scoped.ts"
import type * as Content from "../privacy/Content.ts"
import { onSpans } from "../privacy/internal/contentPolicy.ts"
import { registry } from "../trace/internal/registry.ts"
import type { Span } from "../trace/Span.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import { insideOfEvent, severalAttempts } from "./internal/attempts.ts"
import type { BodyCodec } from "./internal/codecs.ts"
import { Durability } from "./internal/durability.ts"
import { encodeSpan } from "./internal/encodeSpan.ts"
import { filtered, makeFilter } from "./internal/filter.ts"
import * as parts from "./internal/parts.ts"
import type { Durability as Durable } from "./internal/spanDestination.ts"
import type { OtlpConnection } from "./OtlpConnection.ts"

export type { OtlpConnection, Tls } from "./OtlpConnection.ts"

/**
 * What every exporter can be told of what it sends and when.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The vocabulary. Default {@link Convention.standard}, for AgentOps {@link Convention.agentOps}. */
  readonly convention?: Convention.Convention | undefined
  /** How far prompts, completions, a tool's arguments and results, and what errors say may go. */
  readonly content?: Content.Policy | boolean | undefined
  /** Whose messages errors tell where content is off. Default `outside`: of those that are of no event. */
  readonly errors?: Content.ErrorPolicy | undefined
  /**
   * Which spans go there: those of `sessions`, and what is around a session in its trace, or those that a function
   * wants. What is left out counts nowhere. Default: each. A child goes with its parent or not as the filter says, so
   * that a tree may have holes.
   */
  readonly filter?: "sessions" | ((span: Span) => boolean) | undefined
  /**
   * Which attempts are told: all, or `several`, which is only where an event took more than one. One that was the only
   * one says nothing that its event does not, and is every second span. What happens inside of a first attempt is then
   * told as inside of the event, since it leaves before anybody knows whether another attempt follows. Default `all`.
   */
  readonly attempts?: "all" | "several" | undefined
  /** Spans that may wait. Default a million: what bounds the queue is its bytes. */
  readonly maxQueueSize?: number | undefined
  /**
   * Bytes that may wait. Default 256 MiB, or an eighth of the memory that the process may have where that is known and
   * less, as in a container.
   */
  readonly maxQueueBytes?: number | undefined
  /**
   * What goes, counted as `queue_full`, when a span ends and the queue is full: that span, or the one that waited
   * longest. With `wait`, nothing does: while the queue is full, the next event or session waits before it starts. So a
   * program is as fast as its backend. It waits no longer than 30 seconds in which the backend takes nothing.
   * Spans of events that had started by then are taken in, up to twice the bounds of the queue. Spans that cannot wait,
   * such as those of `Effect.withSpan`, are dropped. With {@link durable} the disk takes what memory cannot, and nobody
   * waits; nor does anybody for log records. Default `dropNewest`.
   */
  readonly whenFull?: "dropNewest" | "dropOldest" | "wait" | undefined
  /** Spans sent at once. Default 1,024. */
  readonly maxBatchSize?: number | undefined
  /** Bytes sent at once, before compression. Default 4 MiB. A larger span is sent alone. */
  readonly maxBatchBytes?: number | undefined
  /** How long a batch that is not full waits. Default one second. */
  readonly exportInterval?: Duration.Input | undefined
  /** How long the layer's release waits for what is left. Default ten seconds. */
  readonly shutdownTimeout?: Duration.Input | undefined
}

// What a network takes to answer is spent four times at once, and an outage still costs one request.
const defaultConcurrency = 4

/**
 * An exporter of one's own.
 *
 * **Details**
 *
 * `export` gets batches of ended spans in the exporter's convention. Where it
 * fails, the batch is counted as dropped with the reason `export_failed`; retry
 * inside of it. Content is on by default.
 *
 * **Example** (an exporter in ten lines)
 *
 * ```ts
 * import { Console, Effect } from "effect"
 * import { Exporter } from "effect-agentops"
 *
 * const slow = Exporter.make({
 *   name: "slow-spans",
 *   export: (spans) =>
 *     Effect.forEach(
 *       spans.filter((span) => span.endTime - span.startTime > 1_000_000_000n),
 *       (span) => Console.log(`slow: ${span.name}`),
 *       { discard: true }
 *     )
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <E, R>(
  options: Options & {
    readonly name: string
    readonly export: (spans: ReadonlyArray<SpanData>) => Effect.Effect<void, E, R>
  }
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps | R> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { accepted, ExportError, register, settings, spanData } = yield* parts.delivery
    yield* register({
      ...yield* settings(options, true),
      name: options.name,
      component: "effect-agentops/Exporter.make",
      codec: spanData,
      send: (spans) =>
        options.export(spans.map(({ data }) => data)).pipe(
          Effect.as(accepted),
          Effect.mapError((error) =>
            new ExportError({
              kind: "permanent",
              reason: "export_failed",
              message: messageOf(error)
            })
          )
        )
    })
  }))

/**
 * How spans reach an OTLP endpoint.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtlpOptions extends Options, OtlpConnection {
  /**
   * What is sent: log records as by {@link otlpLogs}, and metrics as by `MetricExporter.otlp`, to the same address with
   * the same options as far as they have them. Default: traces.
   */
  readonly signals?: ReadonlyArray<"traces" | "logs" | "metrics"> | undefined
  /** The full address that traces are posted to, used as it is, instead of `url`. */
  readonly tracesUrl?: string | undefined
  /** What the exporter is called in reports. Default `otlp`. */
  readonly name?: string | undefined
}

/**
 * Sends spans to any backend that speaks OTLP: the OpenTelemetry Collector, Jaeger, Tempo, and most vendors.
 *
 * **Details**
 *
 * Over HTTP in protobuf or JSON, or over gRPC, with gzip if asked, and up to four requests at once. Answers are taken
 * as the OTLP specification says. 429, 502, 503, 504, the statuses of gRPC that it lets be tried again, and connection
 * failures are tried again with growing, random pauses, not before `Retry-After` or `RetryInfo`. What is too large is
 * sent in parts, and so is what is refused with 400, 422, `INVALID_ARGUMENT`, `INTERNAL` or `UNKNOWN`, until the
 * span at fault is alone. After 401, 403, `UNAUTHENTICATED` or `PERMISSION_DENIED` spans wait for another credential.
 * Anything else drops the batch. Content is off unless asked for. Reads no environment: see `AgentOps.layerFromConfig`.
 *
 * gRPC needs HTTP/2 of Node's, which Bun and Deno have too.
 *
 * **Example** (a vendor)
 *
 * ```ts
 * import { Redacted } from "effect"
 * import { Exporter } from "effect-agentops"
 *
 * const VendorLive = Exporter.otlp({
 *   url: "https://otlp.example.com",
 *   headers: { "x-api-key": Redacted.make("secret") },
 *   compression: "gzip"
 * })
 * ```
 *
 * **Example** (spans, log records and metrics to one collector, over gRPC)
 *
 * ```ts
 * import { Exporter } from "effect-agentops"
 *
 * const CollectorLive = Exporter.otlp({
 *   url: "http://localhost:4317",
 *   protocol: "grpc",
 *   signals: ["traces", "logs", "metrics"]
 * })
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const otlp = (
  options?: OtlpOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> => {
  const { name, signals, ...rest } = options ?? {}
  if (signals === undefined) return otlpTraces(options)
  return Layer.unwrap(Effect.gen(function*() {
    const wanted = yield* ConfigurationError.check(
      Signals,
      "signals",
      signals,
      `Give a list of "traces", "logs" and "metrics"`
    )
    const named = (suffix: string) => name === undefined ? undefined : `${name}-${suffix}`
    const layers: Array<Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps>> = []
    if (wanted.includes("traces")) layers.push(otlpTraces({ ...rest, name }))
    if (wanted.includes("logs")) {
      const { attempts: _, convention: __, filter: ___, tracesUrl: ____, ...logs } = rest
      layers.push(otlpLogs({ ...logs, name: named("logs") }))
    }
    if (wanted.includes("metrics")) {
      const { otlp } = yield* parts.metricExporter
      const { compression, headers, protocol, shutdownTimeout, timeout, tls, url } = rest
      layers.push(
        otlp({ compression, headers, protocol, shutdownTimeout, timeout, tls, url, name: named("metrics") })
      )
    }
    return Layer.mergeAll(Layer.empty, ...layers)
  }))
}

const Signals = Schema.Array(Schema.Literals(["traces", "logs", "metrics"]))

const otlpTraces = (
  options: OtlpOptions | undefined
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { register, settings, spanBytes, spanJson } = yield* parts.delivery
    const { connect } = yield* parts.network
    const { component, credential, encoding, send } = yield* connect("traces", options, {
      field: "tracesUrl",
      url: options?.tracesUrl
    })
    const common = yield* settings(options, false)
    const registerAs = <Item extends Sized>(codec: BodyCodec<SpanData, Item>) =>
      register({
        ...common,
        concurrency: defaultConcurrency,
        name: options?.name ?? "otlp",
        component: `${component}_span_exporter`,
        isRemote: true,
        codec,
        credential,
        send: (items: ReadonlyArray<Item>) => Effect.flatMap(codec.body(items), (body) => send(body, "spans"))
      })
    yield* encoding === "json" ? registerAs(spanJson) : registerAs(spanBytes)
  }))

/**
 * How log records reach an OTLP endpoint.
 *
 * @category models
 * @since 0.1.0
 */
export interface OtlpLogsOptions extends Omit<OtlpOptions, "attempts" | "filter" | "tracesUrl" | "signals"> {
  /** The vocabulary of content events. Default `Convention.genAi("latest")`. */
  readonly convention?: Convention.Convention | undefined
  /** The full address that log records are posted to, used as it is, instead of `url`. */
  readonly logsUrl?: string | undefined
  /** What the exporter is called in reports. Default `otlp-logs`. */
  readonly name?: string | undefined
}

/**
 * Sends what a program logs in its sessions, and in any other span, to a backend
 * that speaks OTLP over HTTP.
 *
 * **Details**
 *
 * A logger beside the program's own takes each record of Effect's, at the levels that
 * the program logs: with the trace and span id, severity, the body as text or structured,
 * the log annotations, the time in each log span as `effect.log_span.<label>`, the session's
 * id, and the exception of a cause. All of it is redacted and bounded as spans are, then
 * queued and sent as by {@link otlp}; `AgentOps.status` has a line for it.
 *
 * With the content policy `event`, each call to a model is told as an event of its own, see
 * `Content.Policy`; then and only then an exception is told with what it says. Content is
 * off unless asked for.
 *
 * **Gotchas**
 *
 * What is logged outside of a span, in a trace that is not sampled or where tracing is off
 * is not sent. A `Logger.layer` of the program's replaces all loggers: provide it outside of this layer
 * (to it, or after it), or give it `mergeWithExisting`. Log records wait in memory:
 * {@link durable} does nothing for them.
 *
 * **Example** (log records beside the spans)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps, Exporter } from "effect-agentops"
 *
 * const TelemetryLive = Layer.mergeAll(Exporter.otlp(), Exporter.otlpLogs({ content: "event" })).pipe(
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" }))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const otlpLogs = (
  options?: OtlpLogsOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectContext(Effect.gen(function*() {
    const { logBytes, logJson, onEvents, registerLogs, settings } = yield* parts.delivery
    const { connect } = yield* parts.network
    const { credential, encoding, send } = yield* connect("logs", options, { field: "logsUrl", url: options?.logsUrl })
    const common = yield* settings(options, false, undefined, Convention.genAi("latest"))
    const events = onEvents(options?.content === true ? "event" : options?.content ?? "none")
    const registerAs = <Item extends Sized>(codec: BodyCodec<LogRecord, Item>) =>
      registerLogs({
        ...common,
        concurrency: defaultConcurrency,
        name: options?.name ?? "otlp-logs",
        policy: { events, messages: events, errors: common.errors },
        codec,
        credential,
        send: (items: ReadonlyArray<Item>) => Effect.flatMap(codec.body(items), (body) => send(body, "log records"))
      })
    return yield* encoding === "json" ? registerAs(logJson) : registerAs(logBytes)
  }))

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
  /** Whether what the program logs goes there too, as {@link otlpLogs} sends it. Default `false`. */
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
    const { duration, logBytes, onEvents, register, registerLogs, sessionBytes, settings } = yield* parts.delivery
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
      concurrency: defaultConcurrency,
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
      concurrency: defaultConcurrency,
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

/**
 * How traces are printed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConsoleOptions extends Options {
  /** Default: on a terminal, unless `NO_COLOR` is set. */
  readonly colors?: boolean | undefined
  /**
   * Each trace as a `tree`, each in a `line` with what it came to and its id, or those alone that `failed`, as trees.
   * Default: trees on a terminal, as long as no more than ten come in ten seconds; lines where there is no terminal.
   */
  readonly show?: "tree" | "line" | "failed" | undefined
}

const Show = Schema.Literals(["tree", "line", "failed"])

/**
 * Prints each trace when its root ends, as a tree or a line: names, durations, models, tokens and errors.
 *
 * **Details**
 *
 * Prints through Effect's `Console`. Content is on, but only the first line of
 * what was asked and answered is shown, without control codes. Below 32 levels
 * spans are numbered by their depth instead of indented. Spans whose root has not
 * ended when the layer is released are printed then.
 *
 * **Example** (see what the program does)
 *
 * ```ts no-run
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, Session, traceTool } from "effect-agentops"
 *
 * const program = Effect.sleep("20 millis").pipe(traceTool("search"), Session.withSession({ name: "demo" }))
 *
 * const TracingLive = Exporter.console().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "demo" })))
 * await Effect.runPromise(Effect.provide(program, TracingLive))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const console = (
  options?: ConsoleOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { register, settings, spanData } = yield* parts.delivery
    const { makeTracePrinter } = yield* parts.tree
    const show = options?.show
    if (show !== undefined) {
      yield* ConfigurationError.check(Show, "show", show, `Give "tree", "line" or "failed"`)
    }
    const printer = yield* makeTracePrinter({ colors: options?.colors, show })
    // Added before the destination, so that it runs after the destination's last batch.
    yield* Effect.addFinalizer(() => printer.printRest)
    yield* register({
      ...yield* settings(options, true, "100 millis"),
      name: "console",
      component: "effect-agentops/Exporter.console",
      codec: spanData,
      send: printer.send
    })
  }))

/**
 * Sends spans to the local viewer, `npx effect-agentops dev`, if one is running.
 *
 * **Details**
 *
 * `url` is where it listens, `http://127.0.0.1:4318` by default. Whether one is there is asked once, beside the program:
 * spans that end before the answer are held. Where none is, nothing is sent and nothing is told. Content goes there,
 * since it does not leave the machine. `AgentOpsLive` with nothing configured has this exporter.
 *
 * **Example** (Your own exporters, and the viewer while you develop)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { AgentOps, Exporter } from "effect-agentops"
 *
 * const TracingLive = Layer.mergeAll(
 *   Exporter.otlp({ url: "http://collector:4318" }),
 *   Exporter.viewer()
 * ).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "support-bot" })))
 * ```
 *
 * @category exporters
 * @since 0.1.0
 */
export const viewer = (options?: { readonly url?: string | undefined }): Layer.Layer<never, never, AgentOps> => {
  const url = (options?.url ?? "http://127.0.0.1:4318").replace(/\/+$/, "")
  return Layer.effectDiscard(
    Effect.flatMap(
      parts.viewer,
      ({ registerViewer }) => registerViewer(url, otlp({ url, name: "viewer", content: true }))
    )
  )
}

/**
 * Writes spans to a file, a line of OTLP JSON for each batch: the format of the
 * OpenTelemetry Collector's file exporter, which its `otlpjsonfile` receiver reads.
 *
 * **Details**
 *
 * Appends; makes the directory if it is missing; the file is private to its user. A line has less than 1 MiB, which the
 * receiver takes at its default, unless one span alone has more.
 * Content is on. Effect's `FileSystem` is used where the program provides one, else the runtime's own files.
 *
 * **Example** (a file beside the console)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { Exporter } from "effect-agentops"
 *
 * const TracesLive = Layer.mergeAll(Exporter.file({ path: "traces/run.jsonl" }), Exporter.console())
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const file = (
  options: Options & { readonly path: string }
): Layer.Layer<
  never,
  ConfigurationError.ConfigurationError | PlatformError,
  AgentOps
> =>
  Layer.effectDiscard(Effect.gen(function*() {
    yield* ConfigurationError.check(Schema.NonEmptyString, "path", options.path, "Give the path of a file")
    const { register, settings, spanJson } = yield* parts.delivery
    const { makeFileSender } = yield* parts.disk
    const send = yield* makeFileSender(options.path)
    yield* register({
      ...yield* settings(options, true),
      name: "file",
      component: "effect-agentops/Exporter.file",
      codec: spanJson,
      send
    })
  }))

/**
 * How spans are kept on disk.
 *
 * @category models
 * @since 0.1.0
 */
export interface DurableOptions {
  /** Where they are kept. It is made if it is missing, and private to its user. */
  readonly directory: string
  /** The most bytes that they may take, for each exporter. Default 256 MiB. Past it, `whenFull` says what goes. */
  readonly maxBytes?: number | undefined
  /**
   * When the disk is waited for: `always` before a span's end returns, else every so often, or `never`. Default
   * every 500 milliseconds. It matters when the machine stops; a process that stops loses nothing either way.
   */
  readonly fsync?: "always" | "never" | Duration.Input | undefined
  /**
   * Which spans are written: `all`, or, at no cost while the backend is well, only those that memory has no room for.
   * Those outlive an outage and not the process. Default `all`.
   */
  readonly spans?: "all" | "overflow" | undefined
  /** Whether spans are written as they start too, so that those that a crash cuts short are known. Default `true`. */
  readonly openSpans?: boolean | undefined
}

const SpansOnDisk = Schema.Literals(["all", "overflow"])
const mebibyte = 1024 * 1024
const maxSegment = 4 * mebibyte

const makeDurable = Effect.fnUntraced(function*(
  options: DurableOptions
): Effect.fn.Return<Durable | undefined, ConfigurationError.ConfigurationError> {
  const { check } = ConfigurationError
  const root = yield* check(Schema.NonEmptyString, "directory", options.directory, "Give the path of a directory")
  const maxBytes = yield* check(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(64 * 1024)),
    "maxBytes",
    options.maxBytes ?? 256 * mebibyte,
    "Give a whole number of bytes from 65,536"
  )
  const spans = yield* check(SpansOnDisk, "spans", options.spans ?? "all", `Give "all" or "overflow"`)
  const fsync = options.fsync ?? "500 millis"
  const { duration } = yield* parts.delivery
  const { currentProcess, makeNodeFileSystem } = yield* parts.disk
  const fs = makeNodeFileSystem(fsync === "always")
  if (fs === undefined) {
    yield* Effect.logWarning("effect-agentops: this runtime has no files, so spans wait in memory")
    return undefined
  }
  return {
    fs,
    root: root.replace(/[\\/]+$/, ""),
    process: currentProcess(),
    maxBytes,
    segmentBytes: Math.min(maxSegment, Math.floor(maxBytes / 8)),
    fsync: fsync === "always" || fsync === "never" ? fsync : yield* duration("fsync", fsync, fsync),
    spans,
    openSpans: options.openSpans ?? true
  }
})

/**
 * Keeps the spans of exporters on disk until they have arrived.
 *
 * **Details**
 *
 * Every span is written before its end returns, and sent from there. What has not arrived when the process ends is
 * sent by the next process with the same directory, however this one ended. Spans that had started and not ended are
 * sent too, with the status error, `error.type` `process_crash` and `agentops.recovered`. What is written is what
 * would be sent: the exporter's convention, content policy and redaction hold.
 *
 * Each record has a checksum: what a torn write or a bad disk took is skipped and counted as `corrupt`. A disk that is
 * full, read-only or missing is told of once, and spans wait in memory until it works again.
 *
 * **Gotchas**
 *
 * Spans arrive at least once: those of the last requests before a crash may arrive twice, with the same ids.
 * Exporters that share a directory must have different names. Writing takes ten to twenty microseconds of the program for
 * each span, and longer with `fsync: "always"`. `Exporter.memory` and `Exporter.fromSpanProcessor` keep nothing
 * waiting, so this does nothing for them.
 *
 * **Example** (a collector that may be away)
 *
 * ```ts
 * import { Exporter } from "effect-agentops"
 *
 * const CollectorLive = Exporter.otlp({ url: "http://localhost:4318" }).pipe(
 *   Exporter.durable({ directory: "/var/lib/support-bot/traces" })
 * )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const durable: {
  /**
   * Keeps the spans of exporters on disk until they have arrived.
   *
   * **Details**
   *
   * Every span is written as it ends, before its end returns, and sent from there. What has not arrived when the
   * process ends, in whatever way, is sent by the next process that is given the same directory; so are spans that had
   * started and not ended, with the status error, `error.type` `process_crash` and `agentops.recovered`. What is
   * written is what would be sent: the exporter's convention, content policy and redaction hold.
   *
   * Each record has a checksum: what a torn write or a bad disk took is skipped and counted as `corrupt`. A disk that is
   * full, read-only or missing is told of once, and spans wait in memory until it works again.
   *
   * **Gotchas**
   *
   * Spans arrive at least once: those of the last requests before a crash may arrive twice, with the same ids.
   * Exporters that share a directory must have different names. Writing takes ten to twenty microseconds of the program for
   * each span, and longer with `fsync: "always"`. `Exporter.memory` and `Exporter.fromSpanProcessor` keep nothing
   * waiting, so this does nothing for them.
   */
  (
    options: DurableOptions
  ): <A, E, R>(exporters: Layer.Layer<A, E, R>) => Layer.Layer<A, E | ConfigurationError.ConfigurationError, R>
  /**
   * Keeps the spans of exporters on disk until they have arrived.
   *
   * **Details**
   *
   * Every span is written as it ends, before its end returns, and sent from there. What has not arrived when the
   * process ends, in whatever way, is sent by the next process that is given the same directory; so are spans that had
   * started and not ended, with the status error, `error.type` `process_crash` and `agentops.recovered`. What is
   * written is what would be sent: the exporter's convention, content policy and redaction hold.
   *
   * Each record has a checksum: what a torn write or a bad disk took is skipped and counted as `corrupt`. A disk that is
   * full, read-only or missing is told of once, and spans wait in memory until it works again.
   *
   * **Gotchas**
   *
   * Spans arrive at least once: those of the last requests before a crash may arrive twice, with the same ids.
   * Exporters that share a directory must have different names. Writing takes ten to twenty microseconds of the program for
   * each span, and longer with `fsync: "always"`. `Exporter.memory` and `Exporter.fromSpanProcessor` keep nothing
   * waiting, so this does nothing for them.
   */
  <A, E, R>(
    exporters: Layer.Layer<A, E, R>,
    options: DurableOptions
  ): Layer.Layer<A, E | ConfigurationError.ConfigurationError, R>
} = dual(
  2,
  <A, E, R>(
    exporters: Layer.Layer<A, E, R>,
    options: DurableOptions
  ): Layer.Layer<A, E | ConfigurationError.ConfigurationError, R> =>
    // Fresh, for the same exporter without a disk is another.
    Layer.provide(Layer.fresh(exporters), Layer.effect(Durability, makeDurable(options)))
)

/**
 * Spans kept in memory, for tests.
 *
 * @category services
 * @since 0.1.0
 */
export class Memory extends Context.Service<Memory, {
  /** The spans that ended so far, in the order of their ends. */
  readonly spans: Effect.Effect<ReadonlyArray<SpanData>>
  readonly clear: Effect.Effect<void>
}>()("effect-agentops/Exporter/Memory") {}

/**
 * Keeps spans in memory and provides them as {@link Memory}.
 *
 * **Details**
 *
 * A span is there as soon as it has ended: there is no queue, so tests need no
 * flush. Content is on. Nothing is ever let go but by `clear`.
 *
 * **Example** (what did the program do)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, traceTool } from "effect-agentops"
 *
 * const program = Effect.gen(function*() {
 *   yield* traceTool(Effect.succeed(3), "count")
 *   const memory = yield* Exporter.Memory
 *   return (yield* memory.spans).map((span) => span.name)
 * })
 * const TestLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" })))
 * await Effect.runPromise(Effect.provide(program, TestLive)) // => ["tool.execution", "agent.tool"]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const memory = (
  options?: Pick<Options, "attempts" | "content" | "convention" | "errors" | "filter">
): Layer.Layer<Memory, never, AgentOps> =>
  Layer.effect(
    Memory,
    Effect.gen(function*() {
      const { add } = yield* registry
      const convention = options?.convention ?? Convention.standard
      const content = onSpans(options?.content ?? true)
      const several = options?.attempts === "several" ? severalAttempts : identity
      let spans: Array<SpanData> = []
      let delivered = 0
      let failed = 0
      yield* add({
        name: "memory",
        flush: Effect.void,
        status: Effect.sync(() => ({
          name: "memory",
          delivered,
          pending: 0,
          dropped: failed === 0 ? {} : { encode_failed: failed }
        })),
        sink: filtered(
          several({
            content,
            onEnd: (span) => {
              // A convention may be a user's, and runs here where the program's span ends.
              try {
                const data = encodeSpan(span, convention, { content, errors: options?.errors })
                spans.push(options?.attempts === "several" ? insideOfEvent(span, data) : data)
                delivered++
              } catch {
                failed++
              }
            }
          }),
          makeFilter(options?.filter)
        )
      })
      return Memory.of({
        spans: Effect.sync(() => spans.slice()),
        clear: Effect.sync(() => {
          spans = []
        })
      })
    })
  )

const construct = <A>(field: string, make: () => A) =>
  Effect.try({
    try: make,
    catch: (error) =>
      new ConfigurationError.ConfigurationError({
        field,
        problem: `it cannot be made: ${messageOf(error)}`,
        fix: "Give a function that returns one"
      })
  })

/**
 * A span exporter of OpenTelemetry's, as far as it is used here: the `SpanExporter` of
 * `@opentelemetry/sdk-trace-base` 2 is one, and that of `@opentelemetry/sdk-trace` 3. It is told by its shape, so that
 * a program without those packages compiles. It gets `ReadableSpan`s.
 *
 * @category interop
 * @since 0.1.0
 */
export interface OpenTelemetrySpanExporter {
  export(
    spans: Array<never>,
    resultCallback: (result: { readonly code: number; readonly error?: Error | undefined }) => void
  ): void
  forceFlush?(): Promise<void>
  shutdown(): Promise<void>
}

/**
 * A span processor of OpenTelemetry's, as far as it is used here: the `SpanProcessor` of
 * `@opentelemetry/sdk-trace-base` 2 is one, and that of `@opentelemetry/sdk-trace` 3. It gets a span and its context at the start, and a `ReadableSpan`
 * at the end.
 *
 * @category interop
 * @since 0.1.0
 */
export interface OpenTelemetrySpanProcessor {
  onStart(span: never, parentContext: never): void
  onEnd(span: never): void
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

/**
 * Sends spans through any `SpanExporter` of OpenTelemetry's.
 *
 * **Details**
 *
 * Batches come from the library's own queue. The exporter is flushed and shut down
 * when the layer is released; what it fails with is logged and counted. One that
 * cannot be made is a `ConfigurationError`. Content is off unless asked for.
 *
 * **Example** (the OTLP exporter of the OpenTelemetry SDK)
 *
 * ```ts
 * import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
 * import { Exporter } from "effect-agentops"
 *
 * const OtelLive = Exporter.fromSpanExporter(() => new OTLPTraceExporter({ url: "http://localhost:4318/v1/traces" }))
 * ```
 *
 * @category interop
 * @since 0.1.0
 */
export const fromSpanExporter = (
  exporter: () => OpenTelemetrySpanExporter,
  options?: Options & { readonly name?: string | undefined }
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { register, settings, spanData } = yield* parts.delivery
    const { exporterSender, shutdownQuietly } = yield* parts.foreign
    const name = options?.name ?? "span-exporter"
    const common = yield* settings(options, false)
    const instance = yield* construct("exporter", exporter)
    yield* Effect.addFinalizer(() => shutdownQuietly(name, instance, common.shutdownTimeout))
    yield* register({
      ...common,
      name,
      component: "effect-agentops/Exporter.fromSpanExporter",
      isRemote: true,
      codec: spanData,
      send: exporterSender(instance as never)
    })
  }))

/**
 * Hands spans to any `SpanProcessor` of OpenTelemetry's, as they start and end.
 *
 * **Details**
 *
 * At the start the processor may add attributes, events and links. A span counts as
 * delivered when the processor took it without throwing. It is flushed by
 * `AgentOps.flush` and shut down when the layer is released. One that cannot be made
 * is a `ConfigurationError`. Content is off unless asked for.
 *
 * **Example** (OpenTelemetry's own batching)
 *
 * ```ts
 * import { BatchSpanProcessor, InMemorySpanExporter } from "@opentelemetry/sdk-trace-base"
 * import { Exporter } from "effect-agentops"
 *
 * const OtelLive = Exporter.fromSpanProcessor(() => new BatchSpanProcessor(new InMemorySpanExporter()))
 * ```
 *
 * @category interop
 * @since 0.1.0
 */
export const fromSpanProcessor = (
  processor: () => OpenTelemetrySpanProcessor,
  options?: Pick<Options, "content" | "convention" | "errors" | "filter" | "shutdownTimeout"> & {
    readonly name?: string | undefined
  }
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { settings } = yield* parts.delivery
    const { processorSink, shutdownQuietly } = yield* parts.foreign
    const name = options?.name ?? "span-processor"
    const { content, convention, errors, filter, shutdownTimeout } = yield* settings(options, false)
    const { add } = yield* registry
    const instance = yield* construct("processor", processor)
    let delivered = 0
    let failed = 0
    yield* Effect.addFinalizer(() => shutdownQuietly(name, instance, shutdownTimeout))
    yield* add({
      name,
      flush: Effect.ignore(Effect.tryPromise(() => instance.forceFlush())),
      status: Effect.sync(() => ({
        name,
        delivered,
        pending: 0,
        dropped: failed === 0 ? {} : { processor_failed: failed }
      })),
      sink: filtered(
        processorSink(instance as never, convention, { content, errors }, (exit) => {
          if (Exit.isSuccess(exit)) delivered++
          else failed++
        }),
        filter
      )
    })
  }))
