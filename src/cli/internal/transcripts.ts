/**
 * Turns transcripts into sessions, so that the commands can show them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as AgentOps from "../../AgentOps.ts"
import type { SpanData } from "../../core/SpanData.ts"
import * as Exporter from "../../export/Exporter.ts"
import * as Transcript from "../../trace/Transcript.ts"

/** The spans of each run in a transcript. @internal */
export const spansOf = (
  text: string,
  file: string
): Effect.Effect<ReadonlyArray<SpanData>, { readonly message: string }> =>
  Effect.gen(function*() {
    const { format, transcripts } = yield* Transcript.read(text, { file })
    const name = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1)
    for (const transcript of transcripts) {
      yield* Transcript.record({ ...transcript, name: transcript.name ?? name }, { file, format })
    }
    return yield* Effect.flatMap(Exporter.Memory, (memory) => memory.spans)
  }).pipe(
    Effect.provide(
      Exporter.memory().pipe(
        Layer.provideMerge(AgentOps.layer({ serviceName: "transcript", resourceFromEnvironment: false }))
      )
    )
  )
