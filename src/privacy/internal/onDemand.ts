/**
 * The default redactor, and redaction. The tracer uses them only through this module.
 *
 * The build for pages replaces it by `onDemand.lazy.ts`, see `scripts/build/forPages.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Redactor } from "../Redactor.ts"
import * as redaction from "./redaction.ts"

export { redactAttributes, redactString } from "./redact.ts"

/** Whether the patterns are loaded. @internal */
export const isLoaded = (): boolean => true

/** @internal */
export const load: Effect.Effect<void> = Effect.void

/** @internal */
export const credentials = (): Redactor => redaction.credentials
