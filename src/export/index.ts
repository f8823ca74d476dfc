/**
 * Exporters of spans, log records and metrics, and tail sampling.
 *
 * @since 0.1.0
 */
export * as Exporter from "./Exporter.ts"
export * as MetricExporter from "./MetricExporter.ts"
export * as TailSampler from "./TailSampler.ts"
