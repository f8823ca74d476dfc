/** What sends for the processes of a soak once they are dead. */
import { Layer } from "effect"
import { AgentOps, Exporter } from "effect-agentops"

// What a full disk queue drops is counted by a process that is then killed: it must not look like a loss.
const maxBytes = 4_000_000_000

export const live = (url: string, directory: string) =>
  Exporter.otlp({ url }).pipe(
    Exporter.durable({ directory, maxBytes }),
    Layer.provideMerge(AgentOps.layer({ serviceName: "soak" }))
  )
