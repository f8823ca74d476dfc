/**
 * OpenTelemetry's trace SDK in either version. `BasicTracerProvider` of version 2 in `@opentelemetry/sdk-trace-base` is
 * `TracerProvider` of version 3 in `@opentelemetry/sdk-trace`, which may be installed under the old name.
 */
import * as sdk from "@opentelemetry/sdk-trace-base"

const { BasicTracerProvider: second, TracerProvider: third } = sdk as Partial<
  Record<"BasicTracerProvider" | "TracerProvider", typeof sdk.BasicTracerProvider>
>

const given = (exporter: sdk.SpanExporter) =>
  third === undefined ? exporter : { exporter } as unknown as sdk.SpanExporter

/** Version 3 has the exporter among its options. */
export const simpleSpanProcessor = (exporter: sdk.SpanExporter): sdk.SpanProcessor =>
  new sdk.SimpleSpanProcessor(given(exporter))

export const batchSpanProcessor = (exporter: sdk.SpanExporter): sdk.SpanProcessor =>
  new sdk.BatchSpanProcessor(given(exporter))

export const TracerProvider: typeof sdk.BasicTracerProvider = third ?? second!
