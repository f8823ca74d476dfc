/**
 * All that is read from the environment. Loaded by the layers that ask for it.
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
