/**
 * Traces as text on the console.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as ConfigurationError from "../core/ConfigurationError.ts"
import type { AgentOps } from "../trace/Tracing.ts"
import type { Options } from "./ExporterOptions.ts"
import * as parts from "./internal/parts.ts"

/**
 * How traces are printed.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConsoleOptions extends Options {
  /** Default: on a terminal, unless `NO_COLOR` is set. */
  readonly colors?: boolean | undefined
  /**
   * Each trace as a `tree`, each in a `line` with what it came to and its id, or those alone that `failed`, as trees.
   * Default: trees on a terminal, as long as no more than ten come in ten seconds; lines where there is no terminal.
   */
  readonly show?: "tree" | "line" | "failed" | undefined
}

const Show = Schema.Literals(["tree", "line", "failed"])

/**
 * Prints each trace when its root ends, as a tree or a line: names, durations, models, tokens and errors.
 *
 * **Details**
 *
 * Prints through Effect's `Console`. Content is on, but only the first line of
 * what was asked and answered is shown, without control codes. Below 32 levels
 * spans are numbered by their depth instead of indented. Spans whose root has not
 * ended when the layer is released are printed then.
 *
 * **Example** (see what the program does)
 *
 * ```ts no-run
 * import { Effect, Layer } from "effect"
 * import { AgentOps, Exporter, Session, traceTool } from "effect-agentops"
 *
 * const program = Effect.sleep("20 millis").pipe(traceTool("search"), Session.withSession({ name: "demo" }))
 *
 * const TracingLive = Exporter.console().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "demo" })))
 * await Effect.runPromise(Effect.provide(program, TracingLive))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const console = (
  options?: ConsoleOptions
): Layer.Layer<never, ConfigurationError.ConfigurationError, AgentOps> =>
  Layer.effectDiscard(Effect.gen(function*() {
    const { register, settings, spanData } = yield* parts.delivery
    const { makeTracePrinter } = yield* parts.tree
    const show = options?.show
    if (show !== undefined) {
      yield* ConfigurationError.check(Show, "show", show, `Give "tree", "line" or "failed"`)
    }
    const printer = yield* makeTracePrinter({ colors: options?.colors, show })
    // Added before the destination, so that it runs after the destination's last batch.
    yield* Effect.addFinalizer(() => printer.printRest)
    yield* register({
      ...yield* settings(options, true, "100 millis"),
      name: "console",
      component: "effect-agentops/Exporter.console",
      codec: spanData,
      send: printer.send
    })
  }))
