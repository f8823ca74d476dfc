/**
 * The library with `Exporter.otlp`, and the programs that it traces.
 */
import * as AgentOps from "effect-agentops/AgentOps"
import * as Exporter from "effect-agentops/export/Exporter"
import * as Layer from "effect/Layer"
import type { Open } from "../workload.ts"
import type { Program } from "./programs.ts"
import { subject } from "./programs.ts"

export interface Settings extends AgentOps.Options {
  /** Default `true`. */
  readonly content?: boolean | undefined
}

export const openWith = (program: Program, { content = true, ...options }: Settings = {}): Open => async (url) =>
  subject(
    program,
    Exporter.otlp({ url, content, shutdownTimeout: "60 seconds" }).pipe(
      Layer.provideMerge(AgentOps.layer({ serviceName: "bench", ...options }))
    )
  )
