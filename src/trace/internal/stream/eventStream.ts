/**
 * The base of an event that lasts as long as a stream: a model call, or an event of another kind.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type { OpenEvent } from "../event/openEvent.ts"
import { StreamLife } from "./streamLife.ts"

/** @internal */
export abstract class EventStream extends StreamLife {
  readonly event: OpenEvent
  readonly label: string

  constructor(event: OpenEvent, label: string, idleTimeout: Duration.Duration) {
    super(event.startTime, idleTimeout)
    this.event = event
    this.label = label
    event.session?.streams.add(this)
  }

  get ended(): boolean {
    return this.event.ended
  }

  get outer(): Context.Context<never> {
    return this.event.outer
  }

  now(): bigint {
    return this.event.now()
  }

  contextOf(context: Context.Context<never>): Context.Context<never> {
    return this.event.contextOf(context)
  }

  /** Counts new chunks. Returns `false` if the event has ended. */
  protected came(count: number): boolean {
    this.pulling = false
    if (this.ended) return false
    this.heldSince = this.event.chunks(count)
    return true
  }

  /** Takes the stream out of its session. `false` if the event has ended. */
  protected close(): boolean {
    this.event.session?.streams.delete(this)
    return !this.ended
  }
}
