/**
 * Queues, batches and encoders. Loaded by the first exporter that delivers in batches.
 *
 * @internal
 */
export { accepted, ExportError, messageOf } from "../../../delivery/internal/exportError.ts"
export { onEvents } from "../../../privacy/internal/contentPolicy.ts"
export { logBytes, logJson, sessionBytes, spanBytes, spanData, spanJson } from "../codecs.ts"
export { duration, networkConcurrency, settings } from "../options.ts"
export { register, registerLogs } from "../register.ts"
