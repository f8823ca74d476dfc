import * as Context from "effect/Context"
import type { Durability as Durable } from "./spanDestination.ts"

/** Where the exporters in a layer keep their spans, if on disk. @internal */
export const Durability = Context.Reference<Durable | undefined>("effect-agentops/Exporter/Durability", {
  defaultValue: () => undefined
})
