import { traced } from "./traced.mjs"

globalThis.traced = traced(location.origin, "browser").then(
  (status) => JSON.stringify(status),
  (error) => `failed: ${error?.stack ?? error}`
)
