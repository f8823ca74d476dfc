/**
 * Content and metrics at the end of events and sessions, loaded when the first event or session is traced.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { lazily } from "../../core/internal/lazily.ts"
import type * as Ended from "./ended.ts"

let loaded: typeof Ended | undefined

const ended = lazily<typeof Ended>(() => import("./ended.ts"))

/** @internal */
export const isLoaded = (): boolean => loaded !== undefined

/** @internal */
export const load: Effect.Effect<void> = Effect.map(ended, (module) => {
  loaded = module
})

/** @internal */
export const prepareContent: typeof Ended.prepareContent = (span, record, content) => {
  if (loaded !== undefined) return loaded.prepareContent(span, record, content)
  // No hook has seen the content yet, so none of it is exported.
  for (const name in record.fields) if (record.kind.fields[name]?.content === true) record.fields[name] = undefined
}

/** @internal */
export const measureEvent: typeof Ended.measureEvent = (...args) => loaded?.measureEvent(...args)

/** @internal */
export const measureSession: typeof Ended.measureSession = (...args) => loaded?.measureSession(...args)
