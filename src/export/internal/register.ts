/**
 * Where an exporter's layer meets the `AgentOps` service.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import type { Sized } from "../../delivery/internal/batch.ts"
import { registry } from "../../trace/internal/registry.ts"
import { AgentOps } from "../../trace/Tracing.ts"
import { makeLogDestination } from "./backend/logs.ts"
import type { DestinationOptions, Durability as Durable } from "./spanDestination.ts"
import { makeDestination } from "./spanDestination.ts"

/** Where the exporters in a layer keep their spans, if on disk. @internal */
export const Durability = Context.Reference<Durable | undefined>("effect-agentops/Exporter/Durability", {
  defaultValue: () => undefined
})

/** Registers a destination of spans. @internal */
export const register = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: Omit<DestinationOptions<Item, R>, "durability" | "origin">
): Effect.fn.Return<void, never, AgentOps | R | Scope.Scope> {
  const agentOps = yield* AgentOps
  const durability = yield* Durability
  const origin = { resource: agentOps.resource, scope: agentOps.scope }
  const { add } = yield* registry
  yield* add(yield* makeDestination({ ...options, origin, durability }))
})

/** Registers a destination of log records, and gives the loggers that hand them to it. @internal */
export const registerLogs = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: Omit<Parameters<typeof makeLogDestination<Item, R>>[0], "durability" | "origin">
): Effect.fn.Return<Context.Context<never>, never, AgentOps | R | Scope.Scope> {
  const { resource, scope } = yield* AgentOps
  const durability = yield* Durability
  const { add, logger } = yield* registry
  yield* add(yield* makeLogDestination({ ...options, origin: { resource, scope }, durability }))
  return Context.make(
    References.CurrentLoggers,
    new Set([...yield* References.CurrentLoggers, ...logger === undefined ? [] : [logger]])
  ) as Context.Context<never>
})
