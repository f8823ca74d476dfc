/**
 * Metric encoders: protobuf, JSON and text, pushed or scraped. Loaded by the first metric exporter that sends.
 *
 * @internal
 */
export { encodeMetricsJson } from "../../../otlp/internal/metricsJson.ts"
export { encodeMetrics } from "../../../otlp/internal/metricsProtobuf.ts"
export { formatMetrics } from "../metrics/console.ts"
export { prometheusText } from "../metrics/prometheusText.ts"
export { push } from "../metrics/push.ts"
export { contentTypes, formatFor, serve } from "../metrics/scrapeServer.ts"
