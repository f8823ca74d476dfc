/**
 * Lists the library's files and functions that run for one traced model call until its spans are bytes, or, with
 * `sent`, until they have been sent:
 *
 *     node --conditions=effect-agentops-source bench/path.ts [sent]
 */
import { Effect, Layer, ManagedRuntime } from "effect"
import { AgentOps, Exporter, traceLlmWith } from "effect-agentops"
import { Session } from "node:inspector/promises"
import { answerAtOnce } from "./answered.ts"

answerAtOnce()
const runtime = ManagedRuntime.make(
  Exporter.otlp({ url: "http://127.0.0.1:9", content: true, exportInterval: "1 hour" }).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: "path", callSites: "none" }))
  )
)
const call = Effect.suspend(() =>
  Effect.succeed({ text: "fine" }).pipe(traceLlmWith({
    provider: "openai",
    model: "gpt-4o-mini",
    inputMessages: [{ role: "user", parts: [{ type: "text", content: "How is the weather?" }] }],
    usage: { inputTokens: 10, outputTokens: 2 },
    outputMessages: (
      { text }
    ) => [{ role: "assistant", parts: [{ type: "text", content: text }], finish_reason: "stop" }]
  }))
)
await runtime.runPromise(call)
const session = new Session()
session.connect()
await session.post("Profiler.enable")
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false })
await session.post("Profiler.takePreciseCoverage")
runtime.runSync(call)
if (process.argv[2] === "sent") await runtime.runPromise(AgentOps.flush())
const { result } = await session.post("Profiler.takePreciseCoverage")
const files = result.flatMap(({ functions, url }) => {
  const path = /effect-agentops[^/]*\/src\/(.+)$|\/src\/(.+\.ts)$/.exec(url)
  if (path === null || url.includes("node_modules")) return []
  const ran = functions.filter(({ functionName, ranges }, i) => i > 0 && functionName !== "" && ranges[0]!.count > 0)
  return ran.length === 0 ? [] : [[path[2] ?? path[1]!, ran.map(({ functionName }) => functionName)] as const]
})
for (const [path, functions] of files) console.log(path, functions.join(" "))
console.log(`${files.length} files, ${files.reduce((sum, [, functions]) => sum + functions.length, 0)} named functions`)
await runtime.dispose()
