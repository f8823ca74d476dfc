/**
 * Prints traces as text on the console.
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
 * The options of the console exporter.
 *
 * @category models
 * @since 0.1.0
 */
export interface ConsoleOptions extends Options {
  /** Default: on a terminal, unless `NO_COLOR` is set. */
  readonly colors?: boolean | undefined
  /**
   * `tree` prints each trace as a tree, `line` prints a line with its totals and its id, and `failed` prints only
   * failed traces, as trees. Default: trees on a terminal as long as at most ten come in ten seconds, otherwise lines.
   */
  readonly show?: "tree" | "line" | "failed" | undefined
}

const Show = Schema.Literals(["tree", "line", "failed"])

/**
 * Prints each trace when its root ends, as a tree or a line: names, durations, models, tokens and errors.
 *
 * **Details**
 *
 * It prints through Effect's `Console`. Content is on, but only the first line of inputs and outputs is shown, without
 * control codes. Below 32 levels spans show their depth as a number instead of indentation. Spans whose root has not
 * ended are printed when the layer is released.
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
