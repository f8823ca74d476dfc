/**
 * The page with its sessions inside: one file that opens anywhere and loads nothing.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Retold } from "./Conventions.ts"
import { inEach } from "./Conventions.ts"
import { readHtml } from "./internal/pageFile.ts"
import type { SessionView, StoreError } from "./TraceStore.ts"
import { TraceStore } from "./TraceStore.ts"

// As a script's text it would end the script; as JSON it says the same.
const embed = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c")

// A page to send to somebody stays small enough for it.
const maxRetold = 4_000_000

/** Spans in each convention, as long as there is room. */
const retoldOf = (sessions: ReadonlyArray<SessionView>): Readonly<Record<string, ReadonlyArray<Retold>>> => {
  const all: Record<string, ReadonlyArray<Retold>> = {}
  let size = 0
  for (const { row, spans } of sessions) {
    for (const span of spans) {
      const retold = inEach(span, row)
      size += JSON.stringify(retold).length
      if (size > maxRetold) return all
      all[`${row.traceId} ${span.spanId}`] = retold
    }
  }
  return all
}

/**
 * The sessions of a store as one page of HTML, the newest first.
 *
 * **Details**
 *
 * It has up to `limit` sessions, 200 by default.
 *
 * @category rendering
 * @since 0.1.0
 */
export const html = Effect.fnUntraced(function*(options?: {
  readonly limit?: number | undefined
}): Effect.fn.Return<string, StoreError, TraceStore> {
  const store = yield* TraceStore
  const page = yield* readHtml
  const { rows } = yield* store.list({ limit: options?.limit ?? 200 })
  const sessions: Array<SessionView> = []
  for (const { traceId } of rows) {
    const session = yield* store.session(traceId)
    if (session !== undefined) sessions.push(session)
  }
  const data = `<script type="application/json" id="saved">${
    embed({ name: store.source, sessions, retold: retoldOf(sessions), metrics: yield* store.metrics })
  }</script>`
  // A function, so that no `$` of the sessions means anything.
  return page.replace(`<div id="app"></div>`, () => `<div id="app"></div>\n${data}`)
})
