/**
 * A trace state that implements OpenTelemetry's API without loading OpenTelemetry.
 *
 * @internal
 */
import type * as Otel from "@opentelemetry/api"
import { formatTraceState, isMember } from "./traceState.ts"

/** The W3C `tracestate` list. An unchanged list serializes to the text from which it was parsed. @internal */
export class TraceState implements Otel.TraceState {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  #members(): Array<readonly [key: string, value: string]> {
    return this.#text.split(",").flatMap((member) => {
      const at = member.indexOf("=")
      return at > 0 ? [[member.slice(0, at).trim(), member.slice(at + 1).trim()] as const] : []
    })
  }

  get(key: string): string | undefined {
    return this.#members().find((member) => member[0] === key)?.[1]
  }

  set(key: string, value: string): TraceState {
    // As in OpenTelemetry's own class, a member that could not be sent is not set.
    if (!isMember(key, value)) return this
    return new TraceState(formatTraceState([[key, value], ...this.#members().filter((member) => member[0] !== key)]))
  }

  unset(key: string): TraceState {
    const members = this.#members()
    const rest = members.filter((member) => member[0] !== key)
    return rest.length === members.length ? this : new TraceState(formatTraceState(rest))
  }

  serialize(): string {
    return this.#text
  }
}
