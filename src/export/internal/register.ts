/**
 * Registers exporters with the `AgentOps` service.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import type { ConfigurationError } from "../../core/ConfigurationError.ts"
import { onLiveClock } from "../../core/internal/liveClock.ts"
import type { Sized } from "../../delivery/internal/batch.ts"
import { registry } from "../../trace/internal/registry.ts"
import { AgentOps } from "../../trace/Tracing.ts"
import { makeLogDestination } from "./backend/logs.ts"
import { Durability } from "./durability.ts"
import { claimName } from "./durableName.ts"
import type { DestinationOptions } from "./spanDestination.ts"
import { makeDestination } from "./spanDestination.ts"

/** The clock for network requests. Tests replace it. @internal */
export const NetworkClock = Context.Reference<Clock.Clock>("effect-agentops/Exporter/NetworkClock", {
  defaultValue: () => Clock.Clock.defaultValue()
})

/** Runs an effect on the network's clock, whatever clock the program has. @internal */
export const onNetworkClock = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(NetworkClock, (clock) => Effect.provideService(self, Clock.Clock, clock))

/**
 * Registers a destination of spans. A remote destination uses real time. A local one uses the program's clock, except
 * for its deadlines.
 *
 * @internal
 */
export const register = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: Omit<DestinationOptions<Item, R>, "durability" | "onDeadline" | "scoped"> & {
    readonly isRemote?: boolean | undefined
  }
): Effect.fn.Return<void, ConfigurationError, AgentOps | R | Scope.Scope> {
  const agentOps = yield* AgentOps
  const durability = yield* Durability
  if (durability !== undefined) yield* claimName(durability.root, options.name)
  const scoped = { resource: agentOps.resource, scope: agentOps.scope }
  const { add } = yield* registry
  const destination = makeDestination({ ...options, scoped, durability, onDeadline: onLiveClock })
  yield* add(yield* options.isRemote === true ? onNetworkClock(destination) : destination)
})

/** Registers a destination of log records, and returns the loggers that feed it. @internal */
export const registerLogs = Effect.fnUntraced(function*<Item extends Sized, R>(
  options: Omit<Parameters<typeof makeLogDestination<Item, R>>[0], "durability" | "scoped">
): Effect.fn.Return<Context.Context<never>, ConfigurationError, AgentOps | R | Scope.Scope> {
  const { resource, scope } = yield* AgentOps
  const durability = yield* Durability
  if (durability !== undefined) yield* claimName(durability.root, options.name)
  const { add, logger } = yield* registry
  yield* add(yield* onNetworkClock(makeLogDestination({ ...options, scoped: { resource, scope }, durability })))
  return Context.make(
    References.CurrentLoggers,
    new Set([...yield* References.CurrentLoggers, ...logger === undefined ? [] : [logger]])
  ) as Context.Context<never>
})
