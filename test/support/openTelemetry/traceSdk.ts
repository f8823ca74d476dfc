/**
 * OpenTelemetry's trace SDK of either line: what version 2 calls `BasicTracerProvider` in
 * `@opentelemetry/sdk-trace-base` is `TracerProvider` in version 3, in `@opentelemetry/sdk-trace`, which may be
 * installed under the old name.
 */
import * as sdk from "@opentelemetry/sdk-trace-base"

const { BasicTracerProvider: second, TracerProvider: third } = sdk as Partial<
  Record<"BasicTracerProvider" | "TracerProvider", typeof sdk.BasicTracerProvider>
>

const given = (exporter: sdk.SpanExporter) =>
  third === undefined ? exporter : { exporter } as unknown as sdk.SpanExporter

/** Version 3 takes the exporter among its options. */
export const simpleSpanProcessor = (exporter: sdk.SpanExporter): sdk.SpanProcessor =>
  new sdk.SimpleSpanProcessor(given(exporter))

export const batchSpanProcessor = (exporter: sdk.SpanExporter): sdk.SpanProcessor =>
  new sdk.BatchSpanProcessor(given(exporter))

export const TracerProvider: typeof sdk.BasicTracerProvider = third ?? second!
