/**
 * The table of one call in four vocabularies, made from what the exporters get.
 */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Message from "../../src/model/Message.ts"
import * as LlmEvent from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"

const conventions = [
  ["standard", Convention.standard],
  ["genAi(\"latest\")", Convention.genAi("latest")],
  ["agentOps", Convention.agentOps],
  ["openInference", Convention.openInference]
] as const

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
  }),
  Session.withSession({ name: "demo" })
)

const spanIn = (convention: Convention.Convention) =>
  Effect.andThen(call, Effect.flatMap(Exporter.Memory, (memory) => memory.spans)).pipe(
    Effect.map((spans) => spans.find((span) => span.kind === "client" && !span.name.startsWith("llm.api"))!),
    Effect.provide(Exporter.memory({ convention }).pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "test" }))))
  )

/** The attribute that says something: the one of which it is the value, or a part of the value. */
const keyOf = ({ attributes }: SpanData, said: string | number): string => {
  const keys = Object.keys(attributes)
  const key = keys.find((key) => attributes[key] === said) ??
    keys.find((key) => typeof said === "string" && String(attributes[key]).includes(said))
  return key === undefined ? "" : `\`${key}\``
}

const facts: ReadonlyArray<readonly [name: string, cell: (span: SpanData) => string]> = [
  ["span", (span) => `\`${span.name}\``],
  ["status", (span) => span.status.code],
  ["provider", (span) => keyOf(span, "openai")],
  ["model asked", (span) => keyOf(span, "gpt-4o")],
  ["model that answered", (span) => keyOf(span, "gpt-4o-2024-08-06")],
  ["prompt", (span) => keyOf(span, "Where are my shoes?")],
  ["answer", (span) => keyOf(span, "It arrives tomorrow.")],
  ["tokens in", (span) => keyOf(span, 1312)],
  ["tokens out", (span) => keyOf(span, 97)],
  ["cached tokens", (span) => keyOf(span, 1024)],
  ["cost", (span) => keyOf(span, 0.0042)]
]

const page = path.resolve(import.meta.dirname, "../../docs/reference/conventions.md")

/** Tables are padded when they are formatted. */
const squeezed = (text: string): string => text.replace(/-{3,}/g, "---").replace(/ +/g, " ")

it.live("the page has the table that the conventions make", () =>
  Effect.gen(function*() {
    const spans = yield* Effect.forEach(conventions, ([, convention]) => spanIn(convention))
    const line = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`
    const table = [
      line(["fact", ...conventions.map(([name]) => `\`${name}\``)]),
      line(["---", ...conventions.map(() => "---")]),
      ...facts.map(([name, cell]) => line([name, ...spans.map(cell)]))
    ].join("\n")
    const text = fs.readFileSync(page, "utf8")
    // Written by hand once more it would soon be wrong: this is what to put there.
    assert.isTrue(squeezed(text).includes(squeezed(table)), table)
  }))
