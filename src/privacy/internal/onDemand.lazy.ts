/**
 * The default redactor, loaded when the first span is traced.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { lazily } from "../../core/internal/lazily.ts"
import type { Redactor } from "../Redactor.ts"

let loaded: Redactor | undefined

const patterns = lazily(() => import("./patterns.ts"))

// Until the patterns are loaded, every text is masked, so that no secret leaves.
const everything: Redactor = {
  rules: [{
    name: "credentials",
    decide: (_path, value) => typeof value === "string" ? { _tag: "Replace", value: "[redacted]" } : { _tag: "Keep" }
  }]
}

/** @internal */
export const isLoaded = (): boolean => loaded !== undefined

/** @internal */
export const load: Effect.Effect<void> = Effect.map(patterns, ({ credentials }) => {
  loaded = credentials
})

/** @internal */
export const credentials = (): Redactor => loaded ?? everything
