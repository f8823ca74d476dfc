/** Encodes ending spans in one pass and through `SpanData`, and reports where the bytes differ. */
import * as Effect from "effect/Effect"
import * as AgentOps from "../../../src/AgentOps.ts"
import type { Convention } from "../../../src/convention/Convention.ts"
import { DirectSpans } from "../../../src/export/internal/directSpan.ts"
import { encodeSpan } from "../../../src/export/internal/encodeSpan.ts"
import { encodeSpan as toBytes } from "../../../src/otlp/internal/protobuf.ts"
import { SpanWriter } from "../../../src/otlp/internal/spanWriter.ts"
import type { Span } from "../../../src/trace/Span.ts"

const framer = new SpanWriter()

/** The bytes of a span in a request, through its data. */
const general = (span: Span, convention: Convention, content: boolean): Buffer => {
  const { from, page, to } = framer.whole(toBytes(encodeSpan(span, convention, { content })))
  return Buffer.from(page.subarray(from, to))
}

const inOnePass = (direct: DirectSpans, span: Span): Buffer | undefined => {
  const slice = direct.write(span)
  return slice === undefined ? undefined : Buffer.from(slice.page.subarray(slice.from, slice.to))
}

/** How many spans were encoded in one pass, and how many in the other way. */
export interface Outcome {
  direct: number
  general: number
  readonly differing: Array<string>
}

/** Compares each span that ends in the scope, for each convention, with and without content. */
export const compareBothWays = (conventions: ReadonlyArray<Convention>) =>
  Effect.gen(function*() {
    const { addSink } = yield* AgentOps.AgentOps
    const outcome: Outcome = { direct: 0, general: 0, differing: [] }
    const writers = conventions.flatMap((convention) =>
      [true, false].map((content) => ({ convention, content, direct: new DirectSpans(convention, { content }) }))
    )
    yield* addSink({
      content: true,
      onEnd: (span) => {
        for (const { content, convention, direct } of writers) {
          if (inOnePass(direct, span) === undefined) {
            outcome.general++
            continue
          }
          outcome.direct++
          // A value may change between reads, so only a persistent difference counts.
          const differs = () => inOnePass(direct, span)?.equals(general(span, convention, content)) === false
          if (differs() && differs() && differs()) {
            outcome.differing.push(`${convention.name}, content ${content}: ${span.name}`)
          }
        }
      }
    })
    return outcome
  })
