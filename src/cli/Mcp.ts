/**
 * An MCP server over traces, with which a coding agent reads what a run did and why it failed.
 *
 * **Details**
 *
 * Each answer is a text of at most about 4,000 tokens, in any script. A truncated answer says what is missing. Prompts
 * and answers are included if the traces have them, unless `content` is `false`.
 *
 * @since 0.1.0
 */
import * as McpProtocol from "effect/ai/McpProtocol"
import * as McpServer from "effect/ai/McpServer"
import * as Tool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { version } from "../core/internal/version.ts"
import type { SpanView } from "../viewer/SpanView.ts"
import * as Text from "../viewer/Text.ts"
import type { SessionView } from "../viewer/TraceStore.ts"
import { TraceStore } from "../viewer/TraceStore.ts"
import * as Tree from "../viewer/Tree.ts"

const maxTokens = 4_000

// Approximates a tokenizer: four English letters a token, about two digits or signs, and one character of any other
// script.
const weightOf = (code: number): number =>
  code >= 0x80 ? 1 : (code >= 0x61 && code <= 0x7a) || code === 0x20 || code === 0x0a ? 0.25 : 0.45

/** Truncates a text at a line end and appends a hint how to get the rest. */
const bounded = (text: string, hint: string): string => {
  let tokens = 0
  let end = 0
  // Leaves room for the hint.
  while (end < text.length && tokens < maxTokens - 60) tokens += weightOf(text.charCodeAt(end++))
  if (end === text.length) return text
  const cut = text.slice(0, end)
  const whole = cut.slice(0, Math.max(cut.lastIndexOf("\n"), 1))
  const left = text.length - whole.length
  return `${whole}\n… ${left} more characters. ${hint}`
}

const about = (description: string) => Schema.String.annotate({ description })

const SessionId = about("The trace id of a session, as list_sessions gives it")

const parameters = {
  search: Schema.optional(about("Text that must be in a name, a message, an error or an id")),
  state: Schema.optional(Schema.Literals(["Running", "Success", "Fail", "Indeterminate"])),
  model: Schema.optional(about("A model that was called")),
  tag: Schema.optional(about("A tag of the session")),
  limit: Schema.optional(Schema.Int.annotate({ description: "How many sessions; default 20" }))
}

class Unavailable extends Schema.TaggedClass<Unavailable>()("Unavailable", { message: Schema.String }) {}

const make = <const Name extends string, Fields extends Schema.Struct.Fields>(
  name: Name,
  description: string,
  fields: Fields
) =>
  Tool.make(name, {
    description,
    parameters: Schema.Struct(fields),
    success: Schema.String,
    failure: Unavailable,
    failureMode: "return"
  }).annotate(Tool.Readonly, true).annotate(Tool.Destructive, false).annotate(Tool.OpenWorld, false)

/**
 * The tools.
 *
 * @category toolkits
 * @since 0.1.0
 */
export const toolkit = Toolkit.make(
  make(
    "list_sessions",
    "Lists traced agent sessions, the newest first: state, time, calls, errors, tokens, cost",
    parameters
  ),
  make("get_session", "One session as a tree of its steps, with times, tokens, cost and errors", {
    trace_id: SessionId
  }),
  make("get_step", "All that one step says: what it was given, what it answered, its error and its attributes", {
    trace_id: SessionId,
    step: Schema.Int.annotate({ description: "The number of the step in get_session" })
  }),
  make("list_errors", "The newest failures, with their type, their message and the session that they are in", {
    limit: Schema.optional(Schema.Int.annotate({ description: "How many sessions to look through; default 50" }))
  }),
  make("why_it_failed", "Why a session failed: its first error, the steps before it, and what they were given", {
    trace_id: SessionId
  }),
  make("cost_by_model", "What each model cost, over the sessions that match", parameters),
  make("compare_sessions", "Two sessions compared: the first difference, the totals, and each step", {
    left: SessionId,
    right: SessionId
  })
)

const stepsOf = (session: SessionView): ReadonlyArray<Tree.Step> => Tree.flatten(Tree.make(session.spans))

const pretty = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value, null, 2) ?? ""

const contentOf = (span: SpanView): ReadonlyArray<readonly [string, unknown]> => [
  ["input", span.input],
  ["messages sent", span.inputMessages],
  ["messages answered", span.outputMessages],
  ["output", span.output]
]

// Attributes of these names have content, whatever the convention.
const isContent = (key: string): boolean =>
  /(^|\.)(messages?|prompts?|completions?|content|arguments|result|input|output|params|parameters|value|instructions|stacktrace|logs|screenshot|args|text|object)(\.|$)/i
    .test(key)

/** Removes all content from a session, so that no answer can contain it. */
const withoutContent = (session: SessionView): SessionView => ({
  row: { ...session.row, input: "", output: "", error: "", reason: undefined },
  spans: session.spans.map((
    { attributes, errorMessage: _m, input: _i, inputMessages: _s, output: _o, outputMessages: _a, stack: _k, ...span }
  ) => ({
    ...span,
    attributes: Object.fromEntries(Object.entries(attributes).filter(([key]) => !isContent(key))),
    status: { code: span.status.code },
    stack: undefined,
    events: []
  })),
  logs: []
})

const describe = (node: Tree.Node): string => {
  const { span } = node
  const attributes = Object.entries(span.attributes).filter(([key]) => !isContent(key))
  return [
    Text.step(node),
    span.errorMessage === undefined ? "" : `error: ${span.errorType}: ${span.errorMessage}`,
    span.stack === undefined ? "" : `stack:\n${span.stack}`,
    ...contentOf(span).filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}:\n${pretty(value).slice(0, 6_000)}`),
    `attributes:\n${attributes.map(([key, value]) => `  ${key}: ${Text.safe(pretty(value), 200)}`).join("\n")}`
  ].filter((part) => part !== "").join("\n")
}

const failuresOf = (session: SessionView): ReadonlyArray<number> => {
  const steps = stepsOf(session)
  const failed = steps.flatMap(({ node }, i) => node.span.state === "failed" ? [i] : [])
  // A failure that passed through a span also failed a span below it, so only the lowest span is listed.
  return failed.filter((i) => !failed.some((j) => j > i && steps[j]!.depth > steps[i]!.depth && isBelow(steps, i, j)))
}

const isBelow = (steps: ReadonlyArray<Tree.Step>, top: number, at: number): boolean => {
  for (let i = top + 1; i <= at; i++) if (steps[i]!.depth <= steps[top]!.depth) return false
  return true
}

/**
 * The handlers of the tools, over a store of traces.
 *
 * **Details**
 *
 * `content: false` removes prompts, answers, arguments and results from every answer.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerHandlers = (options?: { readonly content?: boolean | undefined }) =>
  toolkit.toLayer(Effect.gen(function*() {
    const store = yield* TraceStore
    const content = options?.content ?? true
    const unavailable = Effect.mapError((error: { readonly message: string }) =>
      new Unavailable({ message: error.message })
    )
    const sessionOf = (traceId: string) =>
      Effect.flatMap(store.session(traceId), (session) =>
        session === undefined
          ? Effect.fail({ message: `There is no session ${traceId}. list_sessions has those that there are` })
          : Effect.succeed(content ? session : withoutContent(session)))
    const rowText = (row: SessionView["row"]) => Text.row(content ? row : { ...row, output: "", error: "" })
    const query = (given: typeof toolkit.tools.list_sessions.parametersSchema.Type) => ({
      text: given.search,
      state: given.state,
      model: given.model,
      tag: given.tag
    })
    const numbered = (session: SessionView) =>
      stepsOf(session).map(({ depth, node }, i) =>
        `${String(i).padStart(3)}  ${"  ".repeat(Math.min(depth, 24))}${Text.step(node)}`
      )
    return {
      list_sessions: (given) =>
        store.list({ ...query(given), limit: Math.min(given.limit ?? 20, 100) }).pipe(
          Effect.map(({ rows, total }) =>
            bounded(
              rows.length === 0
                ? "No session matches."
                : [`${rows.length} of ${total} sessions`, ...rows.map(rowText)].join("\n"),
              "Ask for fewer, or search."
            )
          ),
          unavailable
        ),
      get_session: ({ trace_id }) =>
        sessionOf(trace_id).pipe(
          Effect.map((session) =>
            bounded([rowText(session.row), ...numbered(session)].join("\n"), "get_step shows any step by its number.")
          ),
          unavailable
        ),
      get_step: ({ step, trace_id }) =>
        sessionOf(trace_id).pipe(
          Effect.flatMap((session) => {
            const found = stepsOf(session)[step]
            return found === undefined
              ? Effect.fail({ message: `The session has no step ${step}. get_session numbers them` })
              : Effect.succeed(bounded(describe(found.node), "The page shows all of it."))
          }),
          unavailable
        ),
      list_errors: ({ limit }) =>
        store.list({ limit: Math.min(limit ?? 50, 200) }).pipe(
          Effect.map(({ rows }) => {
            const failed = rows.filter(({ errors }) => errors > 0)
            return bounded(
              failed.length === 0 ?
                "No session among these has an error." :
                failed.map((row) =>
                  `${row.traceId}  ${Text.safe(row.name, 40)}  ${row.state}  ${row.errors} errors  ${
                    content ? Text.safe(row.error, 200) : ""
                  }`
                ).join("\n"),
              "Ask for fewer."
            )
          }),
          unavailable
        ),
      why_it_failed: ({ trace_id }) =>
        sessionOf(trace_id).pipe(
          Effect.map((session) => {
            const steps = stepsOf(session)
            const [first] = failuresOf(session)
            if (first === undefined) return `${rowText(session.row)}\nNothing in it failed.`
            const lines = numbered(session)
            return bounded(
              [
                rowText(session.row),
                `First failure, step ${first}:`,
                describe(steps[first]!.node),
                "Steps before it:",
                ...lines.slice(Math.max(0, first - 8), first)
              ].join("\n"),
              "get_step shows any step by its number."
            )
          }),
          unavailable
        ),
      cost_by_model: (given) =>
        store.stats(query(given)).pipe(
          Effect.map(({ cost, models, sessions }) =>
            bounded(
              [
                `${sessions} sessions, ${Text.money(cost)} in all`,
                ...models.map((totals) =>
                  `${
                    Text.safe(totals.model, 60)
                  }  ${totals.calls} calls  ${totals.errors} errors  ${totals.inputTokens} → ${totals.outputTokens} tokens  ${
                    Text.money(totals.cost)
                  }`
                )
              ].join("\n"),
              "Filter by model or tag."
            )
          ),
          unavailable
        ),
      compare_sessions: ({ left, right }) =>
        Effect.all([sessionOf(left), sessionOf(right)]).pipe(
          Effect.map(([a, b]) => bounded(Text.diff(a, b), "get_step shows any step by its number.")),
          unavailable
        )
    }
  }))

/**
 * The server over standard input and output, as coding agents start it.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerStdio = (options?: { readonly content?: boolean | undefined }) =>
  McpServer.layerStdio({
    name: "effect-agentops",
    version,
    instructions: "Reads traces of agents: what a run did, what it cost and why it failed. Begin with list_sessions.",
    protocols: [
      McpProtocol.v2026_07_28,
      McpProtocol.v2025_11_25,
      McpProtocol.v2025_06_18,
      McpProtocol.v2025_03_26,
      McpProtocol.v2024_11_05
    ],
    registrations: McpServer.toolkit(toolkit).pipe(Layer.provide(layerHandlers(options)))
  })
