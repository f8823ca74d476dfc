/**
 * The tables of the page on conventions, made from exported spans.
 */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import type { ConfigurationError } from "../../src/core/ConfigurationError.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Message from "../../src/model/Message.ts"
import * as AgentEvent from "../../src/trace/AgentEvent.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import * as ToolEvent from "../../src/trace/ToolEvent.ts"

const conventions = [
  ["standard", Convention.standard],
  ["genAi(\"latest\")", Convention.genAi("latest")],
  ["agentOps", Convention.agentOps],
  ["openInference", Convention.openInference],
  ["langfuse", Convention.langfuse]
] as const

class OutOfStock extends Error {
  readonly _tag = "OutOfStock"
}

const call = Effect.succeed("It arrives tomorrow.").pipe(
  LlmEvent.traceLlmWith({
    provider: "openai",
    model: "gpt-4o",
    responseModel: "gpt-4o-2024-08-06",
    temperature: 0.25,
    usage: { inputTokens: 1312, outputTokens: 97, cacheReadTokens: 1024 },
    cost: 0.0042,
    inputMessages: [Message.user("Where are my shoes?")],
    outputMessages: (answer) => [Message.output(answer)]
  })
)

const tool = ToolEvent.traceTool(Effect.succeed("on its way"), "find_order", {
  parameters: { id: "A-17" },
  callId: "call_1"
})

const failing = Effect.ignore(ToolEvent.traceTool(Effect.fail(new OutOfStock("no shoes")), "order"))

const program = Effect.andThen(call, Effect.andThen(failing, tool)).pipe(
  AgentEvent.traceAgent("support", { input: "the task", output: () => "the result" }),
  Session.withSession({
    name: "demo",
    tags: ["beta"],
    userId: "u-17",
    conversation: "chat-7",
    metadata: { plan: "pro" },
    input: "what went in",
    output: "what came out"
  })
)

interface Spans {
  readonly session: SpanData
  readonly agent: SpanData
  readonly call: SpanData
  readonly tool: SpanData
  readonly failed: SpanData
}

/** The spans of the program in a convention, ordered by end. */
const spansIn = (convention: Convention.Convention): Effect.Effect<Spans, ConfigurationError> =>
  Effect.andThen(program, Effect.flatMap(Exporter.Memory, (memory) => memory.spans)).pipe(
    Effect.map((spans) => {
      const [, call, , failed, , tool, agent, session] = spans
      return { session: session!, agent: agent!, call: call!, tool: tool!, failed: failed! }
    }),
    Effect.provide(Exporter.memory({ convention }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))))
  )

/** The attribute with this value, or with JSON that contains the value. */
const keyOf = ({ attributes }: SpanData, ...values: ReadonlyArray<string | number>): string => {
  const keys = Object.keys(attributes)
  const inside = new RegExp(
    values.map((value) => typeof value === "number" ? `:${value}\\b` : `${value}(?![\\w-])`).join("|")
  )
  const key = keys.find((key) => values.includes(attributes[key] as string)) ??
    keys.find((key) => inside.test(JSON.stringify(attributes[key])))
  return key === undefined ? "" : `\`${key}\``
}

/** The attributes by which a backend recognizes the kind of a span, such as `…kind`. */
const typeOf = ({ attributes }: SpanData): string => {
  const key = ["agentops.event.kind", "agentops.span.kind", "openinference.span.kind", "langfuse.observation.type"]
    .concat("gen_ai.operation.name").find((key) => attributes[key] !== undefined)
  return key === undefined ? "" : `\`${key}\` = \`${String(attributes[key])}\``
}

type Row = readonly [name: string, cell: (spans: Spans) => string]

const row = (name: string, of: keyof Spans, ...values: ReadonlyArray<string | number>): Row => [
  name,
  (spans) => keyOf(spans[of], ...values)
]

// Langfuse counts cached tokens separately: 288 of the 1312 were not cached.
/** One call under all conventions. */
const compared: ReadonlyArray<Row> = [
  ["span", ({ call }) => `\`${call.name}\``],
  ["status", ({ call }) => call.status.code],
  row("provider", "call", "openai"),
  row("model asked", "call", "gpt-4o"),
  row("model that answered", "call", "gpt-4o-2024-08-06"),
  row("prompt", "call", "Where are my shoes?"),
  row("answer", "call", "It arrives tomorrow."),
  row("tokens in", "call", 1312, 288),
  row("tokens out", "call", 97),
  row("cached tokens", "call", 1024),
  row("cost", "call", 0.0042)
]

/** One run in one convention, from the session to a failing tool. */
const run: ReadonlyArray<readonly [span: string, ...Row]> = [
  ["session", "name", ({ session }) => `\`${session.name}\``],
  ["session", "type", ({ session }) => typeOf(session)],
  ["session", ...row("user", "session", "u-17")],
  ["session", ...row("tags", "session", "beta")],
  ["session", ...row("metadata", "session", "pro")],
  ["session", ...row("conversation", "session", "chat-7")],
  ["session", ...row("input", "session", "what went in")],
  ["session", ...row("output", "session", "what came out")],
  ["session", ...row("end state", "session", "Success")],
  ["session", ...row("cost of all calls", "session", 0.0042)],
  ["agent", "name", ({ agent }) => `\`${agent.name}\``],
  ["agent", "type", ({ agent }) => typeOf(agent)],
  ["agent", ...row("task", "agent", "the task")],
  ["agent", ...row("result", "agent", "the result")],
  ["model call", "name", ({ call }) => `\`${call.name}\``],
  ["model call", "type", ({ call }) => typeOf(call)],
  ["model call", ...row("temperature", "call", 0.25)],
  ["model call", ...row("tokens in", "call", 1312, 288)],
  ["model call", ...row("cost", "call", 0.0042)],
  ["tool", "name", ({ tool }) => `\`${tool.name}\``],
  ["tool", "type", ({ tool }) => typeOf(tool)],
  ["tool", ...row("call id", "tool", "call_1")],
  ["tool", ...row("arguments", "tool", "A-17")],
  ["tool", ...row("result", "tool", "on its way")],
  ["failed tool", "status", ({ failed }) => failed.status.code],
  ["failed tool", ...row("type of the error", "failed", "OutOfStock")]
]

const page = path.resolve(import.meta.dirname, "../../docs/reference/conventions.md")

/** Formatting pads tables. */
const squeezed = (text: string): string => text.replace(/-{3,}/g, "---").replace(/ +/g, " ")

const line = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`

const assertHas = (table: string) =>
  // A handwritten table would soon be wrong, so the failure prints the right one.
  assert.isTrue(squeezed(fs.readFileSync(page, "utf8")).includes(squeezed(table)), table)

it.live("the page compares one call under all conventions", () =>
  Effect.gen(function*() {
    const all = yield* Effect.forEach(conventions, ([, convention]) => spansIn(convention))
    assertHas([
      line(["fact", ...conventions.map(([name]) => `\`${name}\``)]),
      line(["---", ...conventions.map(() => "---")]),
      ...compared.map(([name, cell]) => line([name, ...all.map(cell)]))
    ].join("\n"))
  }))

it.live.each(conventions)("the page has the table of %s", ([, convention]) =>
  Effect.gen(function*() {
    const spans = yield* spansIn(convention)
    const rows = run.flatMap(([span, name, cell]) => {
      const written = cell(spans)
      return written === "" ? [] : [line([span, name, written])]
    })
    assertHas([line(["span", "fact", "written as"]), line(["---", "---", "---"]), ...rows].join("\n"))
  }))
