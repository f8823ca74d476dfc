/**
 * The page with its sessions inside: one file that opens anywhere and loads nothing.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { ConventionView } from "./Conventions.ts"
import { inEach } from "./Conventions.ts"
import { readHtml } from "./internal/pageFile.ts"
import type { SessionView, StoreError } from "./TraceStore.ts"
import { TraceStore } from "./TraceStore.ts"

// Escapes `<`, because `</script>` in a text would end the script.
const embed = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c")

// The size limit keeps the file small enough to send.
const maxConventionBytes = 4_000_000

/** Spans in each convention, up to the size limit. */
const conventionViews = (
  sessions: ReadonlyArray<SessionView>
): Readonly<Record<string, ReadonlyArray<ConventionView>>> => {
  const all: Record<string, ReadonlyArray<ConventionView>> = {}
  let size = 0
  for (const { row, spans } of sessions) {
    for (const span of spans) {
      const views = inEach(span, row)
      size += JSON.stringify(views).length
      if (size > maxConventionBytes) return all
      all[`${row.traceId} ${span.spanId}`] = views
    }
  }
  return all
}

/**
 * The sessions of a store as one HTML page, the newest first.
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
    embed({ name: store.source, sessions, conventions: conventionViews(sessions), metrics: yield* store.metrics })
  }</script>`
  // The replacement is a function, so that a `$` in a session has no special meaning.
  return page.replace(`<div id="app"></div>`, () => `<div id="app"></div>\n${data}`)
})
