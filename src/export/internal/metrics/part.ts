/**
 * The metric exporter, loaded when an OTLP exporter first exports metrics. A span exporter does without its code.
 *
 * @internal
 */
import { lazily } from "../../../core/internal/lazily.ts"

/** @internal */
export const metricExporter = lazily(() => import("../parts/metricExporter.ts"))
