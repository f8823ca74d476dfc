/**
 * The expectation of one span and its descendants, as a value.
 *
 * `Expectation` exports all of this, with the functions that check spans.
 *
 * @since 0.1.0
 */
import type { SpanKind } from "effect/Tracer"
import type { AttributeValue } from "../core/Attribute.ts"
import type { SpanEvent, Status } from "../core/SpanData.ts"
import type { Fields, Values } from "../model/Field.ts"
import { ActionEvent } from "../trace/ActionEvent.ts"
import { AgentEvent } from "../trace/AgentEvent.ts"
import type { Kind } from "../trace/EventKind.ts"
import { LlmEvent } from "../trace/LlmEvent.ts"
import { ToolEvent } from "../trace/ToolEvent.ts"
import type { Pattern } from "./Pattern.ts"
import { show } from "./Pattern.ts"

/**
 * Expectations that apply to any span.
 *
 * **Details**
 *
 * `status` is the code, or a pattern for code and message. `error` is the span's `error.type`. `attempts` is the number
 * of attempts at the event. `children` are the direct children without the attempts. A list means these spans in this
 * order, with any others between them.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly kind?: SpanKind | undefined
  readonly status?: Status["code"] | Pattern<Status> | undefined
  readonly error?: Pattern<string> | undefined
  readonly attempts?: Pattern<number> | undefined
  readonly attributes?: Readonly<Record<string, Pattern<AttributeValue>>> | undefined
  /** The events on the span, such as an exception. */
  readonly events?: Pattern<ReadonlyArray<SpanEvent>> | undefined
  readonly children?: ForestExpectation | ReadonlyArray<SpanExpectation> | undefined
}

/**
 * The expectation of a span.
 *
 * @category models
 * @since 0.1.0
 */
export interface SpanExpectation extends Omit<Options, "children"> {
  readonly _tag: "Span"
  /** The name of the span in messages. */
  readonly label: string
  readonly name?: Pattern<string> | undefined
  readonly event?: { readonly kind: Kind<Fields>; readonly fields: Readonly<Record<string, unknown>> } | undefined
  readonly session?: SessionFields | undefined
  readonly children?: ForestExpectation | undefined
  readonly exact: boolean
}

/**
 * The expectation of sibling spans.
 *
 * @category models
 * @since 0.1.0
 */
export type ForestExpectation =
  | {
    readonly _tag: "List"
    readonly items: ReadonlyArray<SpanExpectation>
    readonly ordered: boolean
    readonly exact: boolean
  }
  | { readonly _tag: "Count"; readonly item: SpanExpectation; readonly min: number; readonly max: number }
  | { readonly _tag: "All"; readonly item: SpanExpectation }
  | { readonly _tag: "Both"; readonly parts: ReadonlyArray<ForestExpectation> }
  | { readonly _tag: "Anywhere"; readonly forest: ForestExpectation }

/**
 * Patterns for the fields of an event.
 *
 * @category models
 * @since 0.1.0
 */
export type FieldPatterns<F extends Fields> = {
  readonly [K in keyof F]?: Pattern<Exclude<Values<F>[K], undefined>> | undefined
}

/**
 * Expectations of a session other than its name.
 *
 * @category models
 * @since 0.1.0
 */
export interface SessionFields {
  readonly name?: Pattern<string> | undefined
  readonly endState?: Pattern<"Success" | "Fail" | "Indeterminate"> | undefined
  readonly endStateReason?: Pattern<string> | undefined
  readonly tags?: Pattern<ReadonlyArray<string>> | undefined
  readonly userId?: Pattern<string> | undefined
  readonly agent?: Pattern<string> | undefined
}

/** @internal */
export const list = (
  children: ForestExpectation | ReadonlyArray<SpanExpectation> | undefined
): ForestExpectation | undefined =>
  children === undefined || "_tag" in children
    ? children
    : { _tag: "List", items: children as ReadonlyArray<SpanExpectation>, ordered: true, exact: false }

const expectation = (
  label: string,
  what: Partial<Pick<SpanExpectation, "name" | "event" | "session">>,
  options: Options | undefined
): SpanExpectation => ({ _tag: "Span", exact: false, ...options, ...what, label, children: list(options?.children) })

const labelOf = (word: string, name: Pattern<string>): string =>
  `${word} ${typeof name === "string" ? name : show(name)}`

const named = (
  word: string,
  kind: Kind<Fields>,
  name: Pattern<string>,
  fields: Readonly<Record<string, unknown>> | undefined,
  options: Options | undefined
) => expectation(labelOf(word, name), { event: { kind, fields: { ...fields, name } } }, options)

/**
 * A span by its name, such as one of `Effect.withSpan`.
 *
 * **Example** (a request that failed)
 *
 * ```ts
 * import { SpanData } from "effect-agentops"
 * import { Expectation } from "effect-agentops/testing"
 *
 * const spans = [SpanData.make({ name: "GET /orders", status: { code: "error", message: "timeout" } })]
 *
 * Expectation.matches(spans, Expectation.span(/^GET/, { status: "error" })) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const span = (name: Pattern<string>, options?: Options): SpanExpectation =>
  expectation(typeof name === "string" ? name : labelOf("span", name), { name }, options)

/**
 * An event of a kind, with patterns for its fields.
 *
 * **Details**
 *
 * The kind is read from `agentops.event.kind`, so the expectation works in every convention that writes this attribute,
 * as the conventions of this library do. `tool`, `modelCall`, `agent` and `action` are this function for the kinds of
 * this library.
 *
 * **Example** (a custom kind)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Event, Field } from "effect-agentops"
 * import { Expectation, TestTracing } from "effect-agentops/testing"
 *
 * const Checkout = Event.define("shop.checkout", {
 *   span: "shop.checkout",
 *   fields: { total: Field.attribute("shop.cart.total", Schema.Finite) }
 * })
 * const { spans } = await Effect.runPromise(TestTracing.run(Effect.void.pipe(Checkout.trace({ total: 12.5 }))))
 *
 * Expectation.matches(spans, Expectation.event(Checkout, { total: 12.5 })) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const event = <F extends Fields>(
  kind: Kind<F>,
  fields: FieldPatterns<F> = {},
  options?: Options
): SpanExpectation =>
  expectation(kind.name, { event: { kind, fields: fields as Readonly<Record<string, unknown>> } }, options)

/**
 * A call of a tool.
 *
 * **Example** (its parameters)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceTool } from "effect-agentops"
 * import { Expectation, TestTracing } from "effect-agentops/testing"
 *
 * const search = traceTool(Effect.succeed(["C-1"]), "search", { parameters: { query: "shoes" } })
 * const { spans } = await Effect.runPromise(TestTracing.run(search))
 *
 * Expectation.matches(spans, Expectation.tool("search", { parameters: { query: /shoe/ } })) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const tool = (
  name: Pattern<string>,
  fields?: Omit<FieldPatterns<typeof ToolEvent.fields>, "name">,
  options?: Options
): SpanExpectation => named("tool", ToolEvent, name, fields, options)

/**
 * A call of a model.
 *
 * @category constructors
 * @since 0.1.0
 */
export const modelCall = (fields?: FieldPatterns<typeof LlmEvent.fields>, options?: Options): SpanExpectation =>
  expectation(
    `llm${typeof fields?.model === "string" ? ` ${fields.model}` : ""}`,
    { event: { kind: LlmEvent, fields: { ...fields } } },
    options
  )

/**
 * A run of an agent.
 *
 * @category constructors
 * @since 0.1.0
 */
export const agent = (
  name: Pattern<string>,
  fields?: Omit<FieldPatterns<typeof AgentEvent.fields>, "name">,
  options?: Options
): SpanExpectation => named("agent", AgentEvent, name, fields, options)

/**
 * An action of an agent, by its type.
 *
 * @category constructors
 * @since 0.1.0
 */
export const action = (
  type: Pattern<string>,
  fields?: Omit<FieldPatterns<typeof ActionEvent.fields>, "type">,
  options?: Options
): SpanExpectation =>
  expectation(labelOf("action", type), { event: { kind: ActionEvent, fields: { ...fields, type } } }, options)

/**
 * The root span of a session.
 *
 * **Example** (a session that went well)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Session } from "effect-agentops"
 * import { Expectation, TestTracing } from "effect-agentops/testing"
 *
 * const { spans } = await Effect.runPromise(TestTracing.run(Effect.void.pipe(Session.withSession({ name: "support" }))))
 *
 * Expectation.matches(spans, Expectation.session("support", { endState: "Success" })) // => true
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const session = (
  name: Pattern<string>,
  fields?: Omit<SessionFields, "name">,
  options?: Options
): SpanExpectation => expectation(labelOf("session", name), { session: { ...fields, name } }, options)
