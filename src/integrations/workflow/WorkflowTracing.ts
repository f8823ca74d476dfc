/**
 * Tracing for `effect/workflow`. An execution is one session in one trace, however often it is suspended, resumed and
 * replayed, and in whichever processes.
 *
 * It has its own entry point because it depends on an unstable module of Effect.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import type * as Activity from "effect/workflow/Activity"
import type { DurableDeferred } from "effect/workflow/DurableDeferred"
import * as Workflow from "effect/workflow/Workflow"
import { WorkflowEngine, WorkflowInstance } from "effect/workflow/WorkflowEngine"
import { callSite } from "../../core/internal/callSite.ts"
import type * as ApprovalEvent from "../../trace/ApprovalEvent.ts"
import type * as Event from "../../trace/Event.ts"
import type { Options as SessionOptions } from "../../trace/SessionOptions.ts"
import { waitFor } from "./internal/approval.ts"
import { AnyExit, withoutTotals, withTotals } from "./internal/envelope.ts"
import type { Execution, RunEnd } from "./internal/execution.ts"
import { makeExecutions, ownActivity } from "./internal/execution.ts"
import { LazySpan } from "./internal/lazyTracer.ts"

/**
 * The options of tracing executions.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /**
   * The options of an execution's session. The function is called in each process that continues the execution.
   * Default: the session has the name of the workflow.
   */
  readonly session?:
    | ((
      workflow: Workflow.Any,
      payload: unknown,
      executionId: string
    ) => Omit<SessionOptions, "id" | "remote" | "trust">)
    | undefined
  /**
   * How long the session of a waiting execution stays open in this process. After that, its span is exported as
   * `Indeterminate` with the reason `suspended`, and the process that continues the execution starts another span.
   * Default one hour.
   */
  readonly keepOpen?: Duration.Input | undefined
}

const CurrentExecution = Context.Reference<Execution | undefined>("effect-agentops/workflow/Execution", {
  defaultValue: () => undefined
})

const endOf = (instance: WorkflowInstance["Service"], exit: Exit.Exit<unknown, unknown>): RunEnd => {
  if (exit._tag === "Success") return "complete"
  const isInterrupted = Cause.hasInterruptsOnly(exit.cause)
  if (instance.suspended && isInterrupted) return "suspended"
  if (isInterrupted) return instance.interrupted ? "complete" : "abandoned"
  return Context.get(instance.workflow.annotations, Workflow.SuspendOnFailure) ? "suspended" : "complete"
}

const untraced = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(self, References.TracerEnabled, false)

type Engine = WorkflowEngine["Service"]
type AnyActivity = Activity.Activity<Schema.Top, Schema.Top, unknown>

const toJson = Exit.map((value: unknown) => value ?? null)

/** Runs an activity in a part of its session, and stores the part's totals with its result. */
const tracedActivity = (engine: Engine, execution: Execution, activity: AnyActivity, attempt: number) =>
  Effect.contextWith((context: Context.Context<never>) => {
    const key = `${activity.name}/${attempt}`
    const span = Context.getOrUndefined(context, Tracer.ParentSpan)
    const lazy = span instanceof LazySpan ? span : undefined
    const isOwn = activity.name.startsWith(ownActivity)
    if (isOwn) lazy?.discard()
    const isTraced = Context.get(context, References.TracerEnabled)
    let ran = false
    const executeEncoded = Effect.suspend(() => {
      ran = true
      const part = execution.part()
      const begun = isOwn ? undefined : lazy?.begin(part)
      begun?.attribute("agentops.workflow.attempt", attempt)
      return withTotals(
        Effect.updateContext(
          activity.executeEncoded,
          (within: Context.Context<unknown>) =>
            Context.add(execution.insidePart(within, part, begun), References.TracerEnabled, isTraced)
        ),
        () => execution.totals(part)
      )
    })
    const traced: AnyActivity = Object.assign(
      Object.create(Object.getPrototypeOf(activity) as object | null),
      activity,
      {
        executeEncoded,
        exitSchemaPartial: AnyExit
      }
    )
    // A cluster sends a message for the activity, whether it runs or is replayed.
    const kept = untraced(engine.activityExecute(traced as never, attempt)) as Effect.Effect<
      Workflow.Result<unknown, unknown>,
      never,
      WorkflowInstance
    >
    return Effect.flatMap(kept, (result): Effect.Effect<Workflow.Result<unknown, unknown>> => {
      if (!ran) lazy?.discard()
      if (result._tag === "Suspended") {
        if (result.cause === undefined) return Effect.succeed(result)
        const [exit] = withoutTotals(Exit.failCause(result.cause))
        const cause = exit._tag === "Failure" ? exit.cause as Cause.Cause<never> : result.cause
        return Effect.succeed(new Workflow.Suspended({ ...result, cause }))
      }
      const [exit, totals] = withoutTotals(result.exit)
      if (ran) execution.ran(key)
      else execution.replayed(key, totals)
      return Effect.map(
        Effect.orDie(Schema.decodeEffect(activity.exitSchemaPartial as never)(toJson(exit) as never)),
        (decoded) => new Workflow.Complete({ exit: decoded as Exit.Exit<unknown, unknown> })
      )
    })
  })

const makeEngine = Effect.fnUntraced(function*(engine: Engine, options: Options | undefined, site: () => void) {
  const { enter, exited, interrupted } = yield* makeExecutions({
    site: callSite(site),
    keepOpen: Duration.fromInputUnsafe(options?.keepOpen ?? "1 hour"),
    session: options?.session
  })
  const traced: Engine = WorkflowEngine.of({
    ...engine,
    register: ((workflow: Workflow.Any, execute: (payload: unknown, id: string) => Effect.Effect<unknown, unknown>) =>
      engine.register(workflow as never, (payload: unknown, executionId: string) =>
        Effect.gen(function*() {
          const instance = yield* WorkflowInstance
          const execution = yield* enter(workflow, payload, executionId)
          let end: readonly [how: RunEnd, exit: Exit.Exit<unknown, unknown>] | undefined
          // Added first, so it runs last: the compensation of a failed workflow belongs to the execution.
          yield* Scope.addFinalizer(
            instance.scope,
            Effect.suspend(() =>
              end === undefined ? Effect.void : exited(executionId, execution, end[1], end[0])
            )
          )
          return yield* Effect.onExit(
            Effect.updateContext(execute(payload, executionId), (context: Context.Context<never>) =>
              execution.inside(context).pipe(
                Context.add(CurrentExecution, execution),
                Context.add(WorkflowEngine, traced)
              ) as Context.Context<never>),
            (exit) => {
              const how = endOf(instance, exit)
              if (how === "suspended" && !execution.isInterrupted) return exited(executionId, execution, exit, how)
              end = how === "suspended" ? ["complete", Exit.interrupt()] : [how, exit]
              return Effect.void
            }
          )
        }) as never)) as never,
    activityExecute: ((activity: AnyActivity, attempt: number) =>
      Effect.flatMap(CurrentExecution, (execution) =>
        execution === undefined
          ? engine.activityExecute(activity as never, attempt)
          : tracedActivity(engine, execution, activity, attempt))) as never,
    deferredResult: ((deferred: never) =>
      untraced(engine.deferredResult(deferred))) as never,
    interrupt: (workflow, executionId) =>
      Effect.andThen(interrupted(executionId), engine.interrupt(workflow, executionId)),
    interruptUnsafe: (workflow, executionId) =>
      Effect.andThen(interrupted(executionId), engine.interruptUnsafe(workflow, executionId))
  })
  return traced
})

/**
 * Traces the executions of an engine's workflows.
 *
 * **Details**
 *
 * An execution is a session. If it starts in a trace, it is a part of that trace, and its totals count for the session
 * there. Otherwise it has its own trace. It stays open while the execution waits for a `DurableDeferred`, a
 * `DurableClock` or a retry, and ends with its result. If another process continues the execution, the session and the
 * trace stay the same.
 *
 * An activity that runs has one span with the activity's name. A replayed activity, which ran earlier, has none. The
 * engine stores its totals with its result. So the totals cover the whole execution, in whichever processes it ran, and
 * each activity counts once. `duration` is the time from start to end, and `waited` the part of it during which the
 * execution was suspended.
 *
 * **Gotchas**
 *
 * Code of a workflow outside of its activities runs again at each replay, and is traced and counted each time.
 *
 * Only this layer can read activity results that the engine has stored with totals. Keep it in place until the
 * executions that it has traced are done.
 *
 * **Example** (a refund that waits for a person)
 *
 * ```ts
 * import { Effect, Layer, Schema } from "effect"
 * import { AgentOps, Exporter, traceTool } from "effect-agentops"
 * import * as WorkflowTracing from "effect-agentops/workflow"
 * import { Activity, Workflow, WorkflowEngine } from "effect/workflow"
 *
 * const Refund = Workflow.make("Refund", {
 *   payload: { order: Schema.String },
 *   success: Schema.String,
 *   idempotencyKey: ({ order }) => order
 * })
 * const RefundLive = Refund.toLayer(() =>
 *   Activity.make({ name: "pay", success: Schema.String, execute: Effect.succeed("paid").pipe(traceTool("pay")) }))
 *
 * const EngineLive = WorkflowTracing.layer(WorkflowEngine.layerMemory)
 * const TracingLive = Exporter.memory().pipe(Layer.provideMerge(AgentOps.layer({ serviceName: "refunds" })))
 * const Live = RefundLive.pipe(Layer.provideMerge(EngineLive), Layer.provideMerge(TracingLive))
 *
 * await Effect.runPromise(Effect.provide(Refund.execute({ order: "7" }), Live)) // => "paid"
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = <E, R>(
  engine: Layer.Layer<WorkflowEngine, E, R>,
  options?: Options
): Layer.Layer<WorkflowEngine, E, R> =>
  Layer.effect(
    WorkflowEngine,
    Effect.flatMap(WorkflowEngine, (inner) => makeEngine(inner, options, layer as never))
  ).pipe(Layer.provide(engine))

/**
 * Waits for a person's decision, as `DurableDeferred.await` does, and records it as an approval.
 *
 * **Details**
 *
 * The approval is one event, an `ApprovalEvent`, from the request to the decision, however often the workflow was
 * suspended and replayed in between, and in whichever process. The decision is read from the value as by
 * `traceApproval`, with the same options.
 *
 * **Example** (a refund that needs an approval)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import * as WorkflowTracing from "effect-agentops/workflow"
 * import { DurableDeferred } from "effect/workflow"
 *
 * const Approval = DurableDeferred.make("approval", {
 *   success: Schema.Struct({ approved: Schema.Boolean, approver: Schema.String })
 * })
 *
 * const ask = (order: string) => WorkflowTracing.awaitApproval(Approval, "refund", { request: { order } })
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const awaitApproval = <Success extends Schema.Constraint, Error extends Schema.Constraint>(
  deferred: DurableDeferred<Success, Error>,
  name: string,
  options?: Omit<
    Event.Options<typeof ApprovalEvent.fields, Success["Type"]>,
    "attributes" | "links" | "name" | "success"
  >
): Effect.Effect<
  Success["Type"],
  Error["Type"],
  WorkflowEngine | WorkflowInstance | Success["DecodingServices"] | Error["DecodingServices"]
> => waitFor(deferred, name, options as never)
