// An airline-support agent with real tools, traced to the console and to a file.
// Run: npm start (calls the real endpoint if OPENAI_API_KEY is set, otherwise a small local server)
import { NodeFileSystem, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Option, Redacted } from "effect"
import { AgentOps, Exporter, Pricing } from "effect-agentops"
import { Airline } from "./airline.ts"
import { Model } from "./model.ts"
import * as Server from "./server.ts"
import { session } from "./session.ts"

// Traces always go to the console and a file, to the viewer if one is open, and to the destinations that environment
// variables name.
const file = ".traces/airline.jsonl"

const whereSet = <E, R>(variable: string, exporter: (value: string) => Layer.Layer<never, E, R>) =>
  Layer.unwrap(Effect.map(
    Config.option(Config.NonEmptyString(variable)),
    Option.match({ onNone: () => Layer.empty, onSome: exporter })
  ))

const TracingLive = Layer.mergeAll(
  Exporter.console({ show: "tree" }),
  Exporter.file({ path: file }),
  Exporter.viewer(),
  whereSet("AGENTOPS_API_KEY", () => Exporter.agentOps()),
  whereSet("OTEL_EXPORTER_OTLP_ENDPOINT", (url) => Exporter.otlp({ url }))
).pipe(
  Layer.provideMerge(AgentOps.layer({ serviceName: "airline-support" })),
  Layer.provide(NodeFileSystem.layer)
)

const ModelLive = Layer.unwrap(Effect.gen(function*() {
  if (Option.isSome(yield* Config.option(Config.NonEmptyString("OPENAI_API_KEY")))) return Model.layerConfig
  const baseUrl = yield* Server.start
  return Model.layer({ baseUrl, apiKey: Redacted.make("no-key"), model: "airline-script" })
}))

// The built-in prices do not have the scripted model. These are in US dollars per million tokens.
const PricesLive = Pricing.layerExtend([
  { provider: "openai", models: ["airline-script"], rates: { input: 2.5, cacheRead: 0.25, output: 10 } }
])

session.pipe(
  Effect.andThen(AgentOps.flush()),
  Effect.andThen(Console.log(`\nThe same spans, as OTLP JSON: ${file}`)),
  Effect.andThen(Console.log(`The same run, on a page: npm run viewer -- view ${file}`)),
  Effect.provide([TracingLive, ModelLive, PricesLive, Airline.layer]),
  NodeRuntime.runMain
)
