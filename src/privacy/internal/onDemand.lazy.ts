/**
 * The default redactor, and redaction, loaded when the first span is traced.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { lazily } from "../../core/internal/lazily.ts"
import type { Redactor } from "../Redactor.ts"
import type * as Redaction from "./redaction.ts"

let loaded: typeof Redaction | undefined

const redaction = lazily<typeof Redaction>(() => import("./redaction.ts"))

const mask = "[redacted]"

// Until it is loaded, every text is masked, so that no secret leaves.
const everything: Redactor = {
  rules: [{
    name: "credentials",
    decide: (_path, value) => typeof value === "string" ? { _tag: "Replace", value: mask } : { _tag: "Keep" }
  }]
}

/** @internal */
export const isLoaded = (): boolean => loaded !== undefined

/** @internal */
export const load: Effect.Effect<void> = Effect.map(redaction, (module) => {
  loaded = module
})

/** @internal */
export const credentials = (): Redactor => loaded?.credentials ?? everything

/** @internal */
export const redactAttributes: typeof Redaction.redactAttributes = (redactor, place, attributes) =>
  loaded?.redactAttributes(redactor, place, attributes) ?? {}

/** @internal */
export const redactString: typeof Redaction.redactString = (redactor, path, text) =>
  loaded?.redactString(redactor, path, text) ?? mask
