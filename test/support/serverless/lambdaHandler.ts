/** A function as deployed on Lambda. */
import { Effect, Layer } from "effect"
import * as Serverless from "../../../src/export/Serverless.ts"
import { AgentOps, Exporter, traceTool } from "../../../src/index.ts"

const TracingLive = Exporter.otlp({ url: process.env["COLLECTOR"]!, protocol: "json", exportInterval: "1 hour" }).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "function" }))
)

const plain = Serverless.handler(
  TracingLive,
  (event: { readonly id: number }) => Effect.succeed(event.id * 2).pipe(traceTool("double")),
  { flushTimeout: "10 seconds" }
)

export const handler = process.env["PLAIN"] === undefined ? await Serverless.lambda(plain) : plain
