/**
 * The metric exporter, for an OTLP exporter of several signals.
 *
 * @internal
 */
export { otlp } from "../../PushMetricExporter.ts"
