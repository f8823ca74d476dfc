import * as Context from "effect/Context"
import type { Durability as Durable } from "./spanDestination.ts"

/** How the exporters in a layer store spans on disk, if they do. @internal */
export const Durability = Context.Reference<Durable | undefined>("effect-agentops/Exporter/Durability", {
  defaultValue: () => undefined
})
