/**
 * Reads sessions from a Jaeger by its query API, for telemetry that is stored outside this machine.
 *
 * @see https://www.jaegertracing.io/docs/latest/architecture/apis/
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { AttributeValue } from "../core/Attribute.ts"
import * as SpanData from "../core/SpanData.ts"
import * as Pricing from "../model/Pricing.ts"
import { searchText } from "./internal/text.ts"
import type { Query } from "./Query.ts"
import { defaultLimit, matches, sorted, stats } from "./Query.ts"
import * as SessionRow from "./SessionRow.ts"
import type { SpanView } from "./SpanView.ts"
import * as SpanViews from "./SpanView.ts"
import { StoreError, TraceStore } from "./TraceStore.ts"

const Tag = Schema.Struct({ key: Schema.String, value: Schema.Unknown })

const Tags = Schema.optionalKey(Schema.NullOr(Schema.Array(Tag)))

const JaegerSpan = Schema.Struct({
  traceID: Schema.String,
  spanID: Schema.String,
  operationName: Schema.String,
  references: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Struct({
    refType: Schema.String,
    traceID: Schema.String,
    spanID: Schema.String
  })))),
  startTime: Schema.Number,
  duration: Schema.Number,
  tags: Tags,
  logs: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Struct({ timestamp: Schema.Number, fields: Tags })))),
  processID: Schema.optionalKey(Schema.NullOr(Schema.String))
})

const Trace = Schema.Struct({
  traceID: Schema.String,
  spans: Schema.Array(JaegerSpan),
  processes: Schema.optionalKey(Schema.NullOr(Schema.Record(
    Schema.String,
    Schema.Struct({ serviceName: Schema.String, tags: Tags })
  )))
})

const Traces = Schema.Struct({ data: Schema.NullOr(Schema.Array(Trace)) })

const Services = Schema.Struct({ data: Schema.NullOr(Schema.Array(Schema.String)) })

const attributesOf = (tags: ReadonlyArray<typeof Tag.Type> | null | undefined): Record<string, AttributeValue> =>
  Object.fromEntries((tags ?? []).map(({ key, value }) => [key, value as AttributeValue]))

const micros = (value: number): bigint => BigInt(Math.round(value * 1000))

// Tags into which Jaeger converts other fields of OTLP.
const own: ReadonlySet<string> = new Set([
  "span.kind",
  "otel.status_code",
  "otel.status_description",
  "error",
  "otel.scope.name"
])

const kinds: ReadonlySet<unknown> = new Set(["internal", "server", "client", "producer", "consumer"])

const toSpan = (span: typeof JaegerSpan.Type, trace: typeof Trace.Type): SpanData.SpanData => {
  const tags = attributesOf(span.tags)
  const process = span.processID == null ? undefined : trace.processes?.[span.processID]
  const parent = span.references?.find(({ refType, traceID }) => refType === "CHILD_OF" && traceID === span.traceID)
  const failed = tags["error"] === true || tags["otel.status_code"] === "ERROR"
  const description = tags["otel.status_description"]
  const startTime = micros(span.startTime)
  return SpanData.make({
    traceId: span.traceID,
    spanId: span.spanID,
    parentSpanId: parent?.spanID,
    name: span.operationName,
    kind: kinds.has(tags["span.kind"]) ? tags["span.kind"] as SpanData.SpanData["kind"] : "internal",
    startTime,
    endTime: startTime + micros(span.duration),
    status: {
      code: failed ? "error" : "unset",
      message: typeof description === "string" ? description : undefined
    },
    attributes: Object.fromEntries(Object.entries(tags).filter(([key]) => !own.has(key))),
    events: (span.logs ?? []).map(({ fields, timestamp }) => {
      const { event, ...attributes } = attributesOf(fields)
      return { name: String(event ?? ""), time: micros(timestamp), attributes, droppedAttributesCount: 0 }
    }),
    links: (span.references ?? []).filter((reference) => reference !== parent).map((reference) => ({
      traceId: reference.traceID,
      spanId: reference.spanID,
      sampled: true,
      isRemote: true,
      attributes: {},
      droppedAttributesCount: 0
    })),
    resource: {
      attributes: {
        ...attributesOf(process?.tags),
        ...process === undefined ? {} : { "service.name": process.serviceName }
      }
    },
    scope: { name: String(tags["otel.scope.name"] ?? "") }
  })
}

// A list reads this many traces, because Jaeger cannot sort and searches by tags only.
const maxTraces = 500

/**
 * A store over a Jaeger's query API.
 *
 * **Details**
 *
 * `url` is the address of its page, such as `http://localhost:16686`. A list has the newest 500 traces of each service
 * within `lookback` milliseconds (default two days). Filters are applied to these traces only.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: {
  readonly url: string
  readonly lookback?: number | undefined
}): Layer.Layer<TraceStore, never, HttpClient.HttpClient> =>
  Layer.effect(
    TraceStore,
    Effect.gen(function*() {
      const pricing = yield* Pricing.Pricing
      const client = (yield* HttpClient.HttpClient).pipe(
        HttpClient.mapRequest(HttpClientRequest.prependUrl(options.url.replace(/\/+$/, ""))),
        HttpClient.filterStatusOk
      )
      const lookback = options.lookback ?? 48 * 3_600_000

      const ask = <S extends Schema.ConstraintDecoder<unknown>>(
        path: string,
        schema: S
      ): Effect.Effect<S["Type"], StoreError> =>
        client.get(path).pipe(
          Effect.flatMap(HttpClientResponse.schemaBodyJson(schema)),
          Effect.mapError((cause) =>
            new StoreError({
              operation: "read",
              message: `Jaeger at ${options.url} did not answer ${path}: ${cause.message}`,
              cause
            })
          )
        )

      const viewsOf = (trace: typeof Trace.Type): ReadonlyArray<SpanView> =>
        trace.spans.map((span) => SpanViews.make(toSpan(span, trace), pricing))

      const find = Effect.fnUntraced(function*(query: Query) {
        const now = yield* Clock.currentTimeMillis
        const start = Math.max(now - lookback, query.since ?? 0)
        const services = query.service === undefined
          ? (yield* ask("/api/services", Services)).data ?? []
          : [query.service]
        const rows = new Map<string, SessionRow.SessionRow>()
        for (const service of services) {
          const found = yield* ask(
            `/api/traces?service=${encodeURIComponent(service)}&start=${start * 1000}&end=${
              now * 1000
            }&limit=${maxTraces}`,
            Traces
          )
          for (const trace of found.data ?? []) {
            if (rows.has(trace.traceID)) continue
            const spans = viewsOf(trace)
            const row = SessionRow.make(trace.traceID, spans)
            if (!matches(row, query)) continue
            const text = query.text?.toLowerCase()
            if (
              text !== undefined && !`${trace.traceID} ${spans.map(searchText).join(" ")}`.toLowerCase().includes(text)
            ) continue
            rows.set(trace.traceID, row)
          }
        }
        return sorted([...rows.values()], query)
      })

      return TraceStore.of({
        source: `Jaeger at ${options.url}`,
        list: (query) =>
          Effect.map(find(query), (rows) => {
            const offset = query.offset ?? 0
            return { rows: rows.slice(offset, offset + (query.limit ?? defaultLimit)), total: rows.length }
          }),
        session: Effect.fnUntraced(function*(traceId) {
          const found = yield* ask(`/api/traces/${encodeURIComponent(traceId)}`, Traces).pipe(
            Effect.catch((error) =>
              String(error.cause).includes("404") ? Effect.succeed({ data: null }) : Effect.fail(error)
            )
          )
          const [trace] = found.data ?? []
          if (trace === undefined) return undefined
          const spans = viewsOf(trace)
          return { row: SessionRow.make(trace.traceID, spans), spans, logs: [] }
        }),
        stats: (query) => Effect.map(find(query), stats),
        metrics: Effect.succeed([]),
        changes: Stream.empty
      })
    })
  )
