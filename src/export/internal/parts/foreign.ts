/**
 * Adapters for OpenTelemetry's own exporters and processors. Loaded when one is used.
 *
 * @internal
 */
export { exporterSender, shutdownQuietly } from "../backend/otelSpanExporter.ts"
export { processorSink } from "../backend/otelSpanProcessor.ts"
