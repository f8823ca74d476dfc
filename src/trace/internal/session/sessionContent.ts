/**
 * What went into a session and what came out of it: content, which the hook sees and the limits hold for as they do for
 * that of an event.
 *
 * @internal
 */
import * as Schema from "effect/Schema"
import type * as Tracer from "effect/Tracer"
import { attempt } from "../../../core/internal/look.ts"
import * as Field from "../../../model/Field.ts"
import { settle } from "../event/content.ts"
import { isTold } from "../startSpan.ts"
import type { SessionState } from "./sessionState.ts"

const fields = {
  input: Field.json("agentops.session.input", Schema.Unknown, { content: true }),
  output: Field.json("agentops.session.output", Schema.Unknown, { content: true })
}

const kind = { name: "session", fields }

const told = (own: unknown, read: unknown): unknown => own === undefined ? read : own === null ? undefined : own

/** The content as it stands. @internal */
export const contentOf = ({ exchange, input, output }: SessionState) => ({
  input: told(input, exchange.input),
  output: told(output, exchange.output)
})

/** Reads the output off the value, where the program has said how. @internal */
export const readOutput = (state: SessionState, read: unknown, value: unknown): void => {
  if (typeof read === "function" && state.output === undefined) state.output = attempt(() => read(value) as unknown)
}

/** Settles the content of a session that ends. @internal */
export const settleSession = (state: SessionState, span: Tracer.Span, content: boolean): void => {
  const record = { kind, fields: contentOf(state) as Record<string, unknown> }
  if (isTold(span)) settle(span, record, content)
  // `null`: what was left out here is not to be read off the calls again.
  state.input = record.fields["input"] ?? null
  state.output = record.fields["output"] ?? null
}
