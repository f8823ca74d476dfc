/**
 * The input and output of a session. They are content, so the hook and the limits apply as for an event.
 *
 * @internal
 */
import * as Schema from "effect/Schema"
import type * as Tracer from "effect/Tracer"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import * as Field from "../../../model/Field.ts"
import { prepareContent } from "../ending.ts"
import { hasPurpose } from "../startSpan.ts"
import type { SessionState } from "./sessionState.ts"

const fields = {
  input: Field.json("agentops.session.input", Schema.Unknown, { content: true }),
  output: Field.json("agentops.session.output", Schema.Unknown, { content: true })
}

const kind = { name: "session", fields }

const preferOwn = (own: unknown, read: unknown): unknown => own === undefined ? read : own === null ? undefined : own

/** The current content. @internal */
export const contentOf = ({ exchange, input, output }: SessionState) => ({
  input: preferOwn(input, exchange.input),
  output: preferOwn(output, exchange.output)
})

/** Reads the output from the value, if the program gave a function for it. @internal */
export const readOutput = (state: SessionState, read: unknown, value: unknown): void => {
  if (typeof read === "function" && state.output === undefined) {
    state.output = tryOrUndefined(() => read(value) as unknown)
  }
}

/** Settles the content of an ending session. @internal */
export const prepareSessionContent = (state: SessionState, span: Tracer.Span, content: boolean): void => {
  const record = { kind, fields: contentOf(state) as Record<string, unknown> }
  if (hasPurpose(span)) prepareContent(span, record, content)
  // `null` marks removed content, so that it is not read from the calls again.
  state.input = record.fields["input"] ?? null
  state.output = record.fields["output"] ?? null
}
