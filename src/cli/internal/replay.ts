/**
 * Replays a program from a trace and reports the first difference.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as Scope from "effect/Scope"
import * as AgentOps from "../../AgentOps.ts"
import * as SpanTree from "../../convention/SpanTree.ts"
import * as Exporter from "../../export/Exporter.ts"
import * as Recording from "../../replay/Recording.ts"
import * as Replay from "../../replay/Replay.ts"

/** The error that the command prints, in one sentence. @internal */
export class ReplayFailed extends Data.TaggedError("ReplayFailed")<{ readonly message: string }> {}

/** A program that a module exports. It has all its layers except tracing. */
type Program = Effect.Effect<unknown, unknown, AgentOps.AgentOps | Scope.Scope>

const programOf = Effect.fnUntraced(function*(file: string, name: string) {
  const path = yield* Path.Path
  const url = yield* path.toFileUrl(path.resolve(file)).pipe(
    Effect.mapError((error) => new ReplayFailed({ message: `${file}: ${error.message}` }))
  )
  const loaded = yield* Effect.tryPromise({
    try: () => import(/* @vite-ignore */ url.href) as Promise<Readonly<Record<string, unknown>>>,
    catch: (error) => new ReplayFailed({ message: `${file} cannot be loaded: ${String(error)}` })
  })
  const exported = loaded[name]
  const program: unknown = typeof exported === "function" ? exported() : exported
  if (Effect.isEffect(program)) return program as Program
  return yield* new ReplayFailed({
    message: `${file} exports no effect as ${name}. Export the program, with its layers but that of the tracing, ` +
      "or give its name by --export"
  })
})

/** The first line in which two outlines differ. */
const outlineDifference = (recorded: ReadonlyArray<string>, replayed: ReadonlyArray<string>): string | undefined => {
  for (let i = 0; i < Math.max(recorded.length, replayed.length); i++) {
    if (recorded[i] === replayed[i]) continue
    return `The calls are the same, and the trace is not: span ${i + 1}\n` +
      `  recorded: ${recorded[i]?.trim() ?? "nothing more"}\n  replayed: ${replayed[i]?.trim() ?? "nothing more"}`
  }
  return undefined
}

const outcomeText = ({ decoded: { endState, errorType } }: SpanTree.Node): string =>
  `${errorType === undefined ? "" : ` failed with ${errorType}`}${
    endState === undefined ? "" : ` ended as ${endState}`
  }`

const outline = (nodes: ReadonlyArray<SpanTree.Node>, depth = 0): ReadonlyArray<string> =>
  nodes.flatMap((
    node
  ) => [`${"  ".repeat(depth)}${SpanTree.label(node)}${outcomeText(node)}`, ...outline(node.children, depth + 1)])

/** Replays a program, and returns a line of success if it does the same. @internal */
export const replay = Effect.fnUntraced(function*(options: {
  readonly trace: string
  readonly program: string
  readonly export: string
  readonly traceId: string | undefined
  readonly answers: Replay.Options["answers"]
  readonly time: Replay.Options["time"]
}) {
  const recording = yield* Recording.read(options.trace, { traceId: options.traceId })
  const program = yield* programOf(options.program, options.export)
  const run = Effect.gen(function*() {
    const exit = yield* Effect.exit(Effect.scoped(program))
    const replay = yield* Replay.Replay
    const difference = Option.getOrUndefined(yield* replay.difference) ??
      Option.getOrUndefined(yield* Effect.flip(replay.verify).pipe(Effect.option))
    const memory = yield* Exporter.Memory
    return { exit, difference, spans: yield* memory.spans }
  })
  const { difference, exit, spans } = yield* run.pipe(
    Effect.provide(Replay.layer(recording, { answers: options.answers, time: options.time })),
    Effect.provide(Exporter.memory()),
    Effect.provide(AgentOps.layer({ serviceName: "replay", resourceFromEnvironment: false }))
  )
  if (difference !== undefined) return yield* new ReplayFailed({ message: difference.message })
  const recorded = outline(SpanTree.make(recording.spans))
  const other = outlineDifference(recorded, outline(SpanTree.make(spans)))
  if (other !== undefined) return yield* new ReplayFailed({ message: other })
  // A run that failed when it was recorded may fail again.
  if (Exit.isFailure(exit) && !recording.spans.some(({ status }) => status.code === "error")) {
    return yield* new ReplayFailed({ message: `The program failed: ${Cause.pretty(exit.cause)}` })
  }
  return `The same: ${recording.calls.length} calls, ${recording.spans.length} spans`
})
