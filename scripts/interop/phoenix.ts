/** Phoenix from PyPI: sessions in OpenInference's attributes, read back through its API. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as path from "node:path"
import type { Path } from "./paths.ts"
import { program } from "./paths.ts"
import { folder, freePort, run } from "./programs.ts"
import { readSpans } from "./spans.ts"

interface PhoenixSpan {
  readonly name: string
  readonly span_kind: string
  readonly parent_id: string | null
  readonly context: { readonly span_id: string }
  readonly attributes: Readonly<Record<string, unknown>>
}

const kinds: Readonly<Record<string, string>> = { "llm.completion": "LLM", "agent.tool": "TOOL" }

/** @see https://arize.com/docs/phoenix */
export const phoenixPaths = (phoenix: string): ReadonlyArray<Path> => [{
  name: "Phoenix, protobuf, OpenInference",
  run: Effect.gen(function*() {
    const directory = yield* folder
    const [port, grpc] = [yield* freePort, yield* freePort]
    yield* run(phoenix, ["serve"], port, {
      PHOENIX_HOST: "127.0.0.1",
      PHOENIX_PORT: String(port),
      PHOENIX_GRPC_PORT: String(grpc),
      PHOENIX_WORKING_DIR: directory,
      PHOENIX_TELEMETRY_ENABLED: "false"
    }, 120)
    const expected = path.join(directory, "expected.jsonl")
    yield* program({
      EXPECTED: expected,
      SESSIONS: "60",
      CONVENTION: "openInference",
      URL: `http://127.0.0.1:${port}`,
      PROTOCOL: "protobuf"
    }).output
    const made = readSpans(expected).spans
    const read = Effect.tryPromise(async () => {
      const found = new Map<string, PhoenixSpan>()
      let cursor: string | undefined
      do {
        const after = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`
        const answer = await fetch(`http://127.0.0.1:${port}/v1/projects/default/spans?limit=1000${after}`)
        const { data, next_cursor } = await answer.json() as {
          readonly data?: ReadonlyArray<PhoenixSpan>
          readonly next_cursor?: string | null
        }
        for (const span of data ?? []) found.set(span.context.span_id, span)
        cursor = next_cursor ?? undefined
      } while (cursor !== undefined)
      return found
    })
    const found = yield* Effect.repeat(read, {
      schedule: Schedule.spaced("500 millis"),
      until: (spans) => spans.size >= made.size,
      times: 60
    })
    let wrong = 0
    let exchanges = 0
    for (const [id, span] of made) {
      const arrived = found.get(id)
      const kind = kinds[String(span["name"])]
      if (arrived === undefined || (kind !== undefined && arrived.span_kind !== kind)) wrong++
      else if (arrived.parent_id === null) {
        const { "input.value": input, "output.value": output } = arrived.attributes
        if (input === "a question" && output === "an answer") exchanges++
      } else if (kind === "LLM" && arrived.attributes["llm.token_count.prompt"] !== 10) wrong++
    }
    return {
      good: made.size > 0 && wrong === 0 && exchanges === 60,
      detail: `${found.size} of ${made.size} spans, ${wrong} missing or wrong, ` +
        `${exchanges} of 60 sessions with what went in and came out`
    }
  })
}]
