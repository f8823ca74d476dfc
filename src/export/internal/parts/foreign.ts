/**
 * OpenTelemetry's own exporters and processors. Loaded where one is given.
 *
 * @internal
 */
export { exporterSender, shutdownQuietly } from "../backend/otelSpanExporter.ts"
export { processorSink } from "../backend/otelSpanProcessor.ts"
