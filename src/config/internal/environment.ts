/**
 * All readers of the environment, loaded by the layers that need them.
 *
 * @internal
 */
export { leniently, warn } from "../../core/internal/variables.ts"
export { logExporters, readLogsEnvironment } from "./logs.ts"
export { metricExporters, readMetricsEnvironment } from "./metrics.ts"
export {
  environmentExporters,
  readDisabled,
  readDisabledTracing,
  readEnvironment,
  readEnvironmentLenient,
  withLogLevel
} from "./traces.ts"
