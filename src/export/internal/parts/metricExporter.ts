/**
 * The metric exporter that an exporter of several signals has beside it.
 *
 * @internal
 */
export { otlp } from "../../PushMetricExporter.ts"
