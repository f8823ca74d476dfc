/**
 * The service that tracing and exporters meet at.
 *
 * @internal
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import type { InstrumentationScope, Resource } from "../../core/SpanData.ts"
import type { Destination } from "../../export/internal/spanDestination.ts"
import type { Sink } from "../Span.ts"

/**
 * What became of the spans, or log records, that one exporter was given.
 *
 * **Details**
 *
 * At every moment the spans given are `delivered + pending`, plus those in `dropped`, which is keyed by reason:
 * `queue_full`, `rejected` by the receiver, `too_large` for it, `corrupt` on disk, `shutdown` before they could be
 * sent, `already_shutdown` when they ended, `encode_failed`, or why the last attempt to send failed (`http_404`,
 * `connection`, `timeout`). Given are the spans that ended and, by a durable exporter, those that dead processes left.
 *
 * @category models
 * @since 0.1.0
 */
export interface DestinationStatus {
  readonly name: string
  readonly delivered: number
  readonly pending: number
  readonly dropped: Readonly<Record<string, number>>
  /**
   * There while the exporter fails to deliver: since when, in milliseconds since the epoch, and why, by the reasons of
   * `dropped`. It is gone with the first batch that is taken in.
   */
  readonly failing?: { readonly since: number; readonly reason: string } | undefined
}

/**
 * The service that exporters register with.
 *
 * @category services
 * @since 0.1.0
 */
export class AgentOps extends Context.Service<AgentOps, {
  readonly resource: Resource
  readonly scope: InstrumentationScope
  /** What hands log records to the exporters of log records. @internal */
  readonly logger: Logger.Logger<unknown, void>
  /** Gives a sink every span from now on, until the scope closes. */
  readonly addSink: (sink: Sink) => Effect.Effect<void, never, Scope.Scope>
  /** @internal */
  readonly addDestination: (destination: Destination) => Effect.Effect<void, never, Scope.Scope>
  /** One status for each exporter. */
  readonly status: Effect.Effect<ReadonlyArray<DestinationStatus>>
  /** Waits for what is in flight, up to the given time. */
  readonly flush: (timeout: Duration.Input) => Effect.Effect<ReadonlyArray<DestinationStatus>>
}>()("effect-agentops/AgentOps") {}
