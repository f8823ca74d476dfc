/**
 * Traces all tools of a program at once.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { callSite } from "../core/internal/callSite.ts"
import { tryOrUndefined } from "../core/internal/inspect.ts"
import { isInsideTool } from "./internal/event/fold.ts"
import { traceOpen } from "./internal/event/openEvent.ts"
import { makePlan } from "./internal/event/plan.ts"
import { ToolEvent } from "./ToolEvent.ts"

/**
 * The definition of a tool, in the form of `effect/ai`.
 *
 * @category models
 * @since 0.1.0
 */
export interface Definition {
  readonly description?: string | undefined
  /** The schema that encodes parameters. */
  readonly parametersSchema?: unknown
  /** The schema that encodes results. */
  readonly successSchema?: unknown
}

/**
 * Options of {@link traceTools}.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<H> {
  /** The tools by name, such as the `tools` of a `Toolkit`. */
  readonly tools?: { readonly [K in keyof H]?: Definition | undefined } | undefined
}

/**
 * The functions that implement a program's tools, by name.
 *
 * @category models
 * @since 0.1.0
 */
export interface Handlers {
  // oxlint-disable-next-line typescript/no-explicit-any -- a function is contravariant in its parameters, so only `any` ranges over all
  readonly [name: string]: (...args: ReadonlyArray<any>) => Effect.Effect<unknown, unknown, unknown>
}

const encoderOf = (schema: unknown): (value: unknown) => unknown => {
  if (!Schema.isSchema(schema)) return (value) => value
  let encode: ((value: unknown) => Option.Option<unknown>) | undefined
  return (value) => {
    encode ??= Schema.encodeUnknownOption(schema as Schema.Codec<unknown, unknown>)
    return Option.getOrElse(encode(value), () => value)
  }
}

const callIdOf = (context: unknown): string | undefined =>
  tryOrUndefined(() =>
    Predicate.hasProperty(context, "toolCallId") && Predicate.isString(context.toolCallId)
      ? context.toolCallId
      : undefined
  )

const parametersOf = (args: ReadonlyArray<unknown>): unknown =>
  args.length <= 1 || callIdOf(args[1]) !== undefined ? args[0] : args

/**
 * Traces each function of a record as a tool of its name.
 *
 * **Details**
 *
 * The functions return effects, and the result has the same type. For the handlers of a `Toolkit`, the event has the id
 * of the model's call. With `tools`, parameters and results are encoded by their schemas. Several parameters are
 * recorded as a list. A failed tool is an event with status ERROR, and its `error.type` is the failure's tag.
 *
 * A handler that `effect-agentops/ai` already traces is not traced twice.
 *
 * **Example** (the handlers of a toolkit)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Tool, Toolkit } from "effect/ai"
 * import { traceTools } from "effect-agentops"
 *
 * const toolkit = Toolkit.make(
 *   Tool.make("weather", { parameters: Schema.Struct({ city: Schema.String }), success: Schema.String })
 * )
 * const ToolsLive = toolkit.toLayer(
 *   traceTools({ weather: ({ city }: { readonly city: string }) => Effect.succeed(`rain in ${city}`) }, toolkit)
 * )
 * ```
 *
 * **Example** (functions)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { traceTools } from "effect-agentops"
 *
 * const tools = traceTools({
 *   add: (a: number, b: number) => Effect.succeed(a + b),
 *   search: (query: string) => Effect.succeed([query])
 * })
 * await Effect.runPromise(tools.add(1, 2)) // => 3
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const traceTools = <const H extends Handlers>(handlers: H, options?: Options<H>): H => {
  const site = callSite(traceTools)
  const traced: Record<string, unknown> = {}
  for (const name of Object.keys(handlers)) {
    const handler = handlers[name]!
    const tool: Definition | undefined = options?.tools?.[name]
    const encodeParameters = encoderOf(tool?.parametersSchema)
    const encodeResult = encoderOf(tool?.successSchema)
    traced[name] = (...args: ReadonlyArray<unknown>) =>
      Effect.contextWith((context: Context.Context<never>) => {
        const run = () => handler.apply(handlers, args as Array<unknown>)
        if (isInsideTool(context, name)) return run()
        return traceOpen(
          run,
          makePlan(
            ToolEvent,
            { name, type: "function", description: tool?.description, callId: callIdOf(args[1]) },
            () => ({ parameters: encodeParameters(parametersOf(args)) })
          ),
          site,
          (event, result) => event.add({ result: tryOrUndefined(() => encodeResult(result)) })
        )
      })
  }
  return traced as H
}
