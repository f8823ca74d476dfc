/**
 * A trace state in the terms of OpenTelemetry's API, without loading OpenTelemetry.
 *
 * @internal
 */
import type * as Otel from "@opentelemetry/api"

/** The W3C `tracestate` list. What was parsed and not changed serialises to the very text it came from. @internal */
export class TraceState implements Otel.TraceState {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  #members(): Array<[key: string, value: string]> {
    const members: Array<[key: string, value: string]> = []
    for (const member of this.#text.split(",")) {
      const at = member.indexOf("=")
      if (at > 0) members.push([member.slice(0, at).trim(), member.slice(at + 1).trim()])
    }
    return members
  }

  get(key: string): string | undefined {
    return this.#members().find((member) => member[0] === key)?.[1]
  }

  set(key: string, value: string): TraceState {
    const rest = this.unset(key).serialize()
    return new TraceState(rest === "" ? `${key}=${value}` : `${key}=${value},${rest}`)
  }

  unset(key: string): TraceState {
    const members = this.#members()
    const rest = members.filter((member) => member[0] !== key)
    return rest.length === members.length ? this : new TraceState(rest.map((member) => member.join("=")).join(","))
  }

  serialize(): string {
    return this.#text
  }
}
