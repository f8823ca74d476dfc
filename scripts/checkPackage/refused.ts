/**
 * Programs that must not compile against the installed package, with their expected errors.
 */
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { messages } from "./compile.ts"
import { check, type Row, Wrong } from "./report.ts"

interface Refused {
  readonly name: string
  readonly code: string
  /** The expected messages of the compiler. */
  readonly says: ReadonlyArray<RegExp>
}

const refused: ReadonlyArray<Refused> = [
  {
    name: "a service of the program's own that nobody provides",
    code: `import { Context, Effect } from "effect"
import { AgentOpsLive } from "effect-agentops"
class Db extends Context.Service<Db, { readonly query: Effect.Effect<string> }>()("Db") {}
const program = Effect.gen(function*() { return yield* (yield* Db).query })
await Effect.runPromise(program.pipe(Effect.provide(AgentOpsLive)))`,
    says: [/'Db' is not assignable to type 'never'|Type 'Db' is not assignable/]
  },
  {
    name: "flush without the layer that it needs",
    code: `import { Effect } from "effect"
import { AgentOps } from "effect-agentops"
await Effect.runPromise(AgentOps.flush())`,
    says: [/'AgentOps' is not assignable to type 'never'/]
  },
  {
    name: "an exporter that is provided without AgentOps.layer",
    code: `import { Effect, Layer } from "effect"
import { Exporter } from "effect-agentops"
export const live: Layer.Layer<never> = Exporter.console()
export const program: Effect.Effect<void> = Effect.provide(Effect.void, Exporter.console())`,
    says: [
      /\.ts\(3,.*'AgentOps' is not assignable to type 'never'|\.ts\(3,.*AgentOps/s,
      /\.ts\(4,.*AgentOps/s
    ]
  },
  {
    name: "headers that are no headers",
    code: `import { Exporter } from "effect-agentops"
export const a = Exporter.otlp({ url: "http://localhost:4318", headers: 42 })
export const b = Exporter.otlp({ headers: { authorization: 1 } })
export const c = Exporter.agentOps({ headers: ["no"] } as const)`,
    says: [/\.ts\(2,.*number/s, /\.ts\(3,.*number/s, /\.ts\(4,/]
  },
  {
    name: "an event recorded with options that it does not have",
    code: `import { Session, ToolEvent } from "effect-agentops"
export const a = Session.record(ToolEvent.ToolEvent.make({ name: "search" }), { startTime: "noon" })
export const b = Session.record(ToolEvent.ToolEvent.make({ name: "search" }), { begun: 1 })`,
    says: [/\.ts\(2,.*startTime|\.ts\(2,.*string/s, /\.ts\(3,.*'begun' does not exist/s]
  },
  {
    name: "a member that the service does not have",
    code: `import { Effect } from "effect"
import { AgentOps } from "effect-agentops"
export const a = Effect.gen(function*() { return (yield* AgentOps.AgentOps).nonsense })`,
    says: [/Property 'nonsense' does not exist/]
  },
  {
    name: "a convention that reads what a span does not have",
    code: `import { Convention } from "effect-agentops"
export const a = Convention.make({ name: "mine", encode: (span) => ({ name: span.nonsense }) } as never) satisfies never
declare const span: import("effect-agentops").Span.Span
export const b = span.nonsense`,
    says: [/Property 'nonsense' does not exist/]
  },
  {
    name: "an option that traceTool does not have, data-last",
    code: `import { Effect, pipe } from "effect"
import { traceTool } from "effect-agentops"
export const a = pipe(Effect.succeed(1), traceTool("search", { params: { query: "shoes" } }))`,
    says: [/'params' does not exist in type/]
  },
  {
    name: "an option that traceAgent does not have, data-first",
    code: `import { Effect } from "effect"
import { traceAgent } from "effect-agentops"
export const a = traceAgent(Effect.succeed(1), "planner", { rol: "plans" })`,
    says: [/'rol' does not exist in type/]
  },
  {
    name: "an option that traceLlmWith does not have",
    code: `import { Effect, pipe } from "effect"
import { traceLlmWith } from "effect-agentops"
export const a = pipe(Effect.succeed(1), traceLlmWith({ modle: "gpt-4o" }))`,
    says: [/'modle' does not exist in type/]
  },
  {
    name: "a session by its name instead of its options",
    code: `import { Effect } from "effect"
import { Session } from "effect-agentops"
export const a = Effect.void.pipe(Session.withSession({ nam: "shopping" }))`,
    says: [/'nam' does not exist in type/]
  }
]

export const refuse = (
  project: string,
  compilers: Readonly<Record<string, string>>
): Effect.Effect<ReadonlyArray<Row>> =>
  Effect.all(
    Object.entries(compilers).map(([version, compiler]) =>
      check(
        "must not compile",
        `TypeScript ${version}`,
        Effect.gen(function*() {
          const problems: Array<string> = []
          const files = refused.map(({ code }, i) => {
            const file = path.join(project, `refused-${version}-${i}.ts`)
            fs.writeFileSync(file, code)
            return file
          })
          const all = yield* messages(compiler, project, files, { module: "nodenext", skipLibCheck: true })
          for (const [i, { name, says }] of refused.entries()) {
            const found = all.filter((message) => message.includes(path.basename(files[i]!))).join("\n")
            const missing = says.filter((pattern) => !pattern.test(found))
            if (missing.length > 0) {
              problems.push(`${name}: no ${missing.join(", ")} in\n${found === "" ? "(it compiles)" : found}`)
            }
          }
          if (problems.length > 0) {
            return yield* new Wrong({ message: `${problems.length} programs\n${problems.join("\n\n")}` })
          }
          return `${refused.length} programs, each with its error`
        })
      )
    )
  )
