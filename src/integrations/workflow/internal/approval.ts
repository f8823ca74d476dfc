/**
 * Approvals for which a workflow waits: one event from the request to the decision.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Activity from "effect/workflow/Activity"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import type { WorkflowEngine, WorkflowInstance } from "effect/workflow/WorkflowEngine"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import type { Values } from "../../../model/Field.ts"
import * as ApprovalEvent from "../../../trace/ApprovalEvent.ts"
import { record } from "../../../trace/SessionRecord.ts"
import { ownActivity } from "./execution.ts"

/** The fields of an approval, as values or as functions of the decision. @internal */
export type ApprovalFields = Readonly<Record<string, unknown>>

const fieldsOf = (
  name: string,
  value: unknown,
  ownFields: ApprovalFields | undefined
): Values<typeof ApprovalEvent.fields> => {
  const fields: Record<string, unknown> = { ...ApprovalEvent.ApprovalEvent.readValue?.(value), name }
  for (const key in ownFields) {
    const given = ownFields[key]
    const read: unknown = typeof given === "function"
      ? tryOrUndefined((): unknown => (given as (value: unknown) => unknown)(value))
      : given
    if (read !== undefined) fields[key] = read === null ? undefined : read
  }
  return fields as Values<typeof ApprovalEvent.fields>
}

/** Waits for a decision, and records it once. @internal */
export const waitFor = <Success extends Schema.Constraint, Error extends Schema.Constraint>(
  deferred: DurableDeferred.DurableDeferred<Success, Error>,
  name: string,
  ownFields: ApprovalFields | undefined
) =>
  Effect.gen(function*() {
    const asked = yield* Activity.make({
      name: `${ownActivity}asked/${deferred.name}`,
      success: Schema.Finite,
      execute: Clock.currentTimeMillis
    })
    const decided = (value: unknown, error?: { readonly error: unknown }): Effect.Effect<
      void,
      never,
      WorkflowEngine | WorkflowInstance
    > =>
      Activity.make({
        name: `${ownActivity}decided/${deferred.name}`,
        execute: Effect.gen(function*() {
          const now = yield* Clock.currentTimeMillis
          const fields = fieldsOf(name, value, ownFields)
          const event = ApprovalEvent.ApprovalEvent.make({ wait: Math.max(0, now - asked) / 1_000, ...fields })
          yield* Effect.orDie(record(event, { startTime: asked, endTime: now, ...error }))
        })
      })
    return yield* DurableDeferred.await(deferred).pipe(
      Effect.tap((value) => decided(value)),
      Effect.tapError((error) => decided(undefined, { error }))
    )
  })
