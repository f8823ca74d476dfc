/**
 * The readers and prices of model calls. The tracer uses them only through this module.
 *
 * The build for pages replaces it by `onDemand.lazy.ts`, see `scripts/build/forPages.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { LlmCall } from "../LlmCall.ts"
import * as readers from "./readers.ts"

/** Whether readers and prices are loaded. @internal */
export const isLoaded = (): boolean => true

/** @internal */
export const load: Effect.Effect<void> = Effect.void

/** @internal */
export const readRequest = (body: unknown): LlmCall | undefined => readers.readRequest(body)

/** @internal */
export const readResponse = (value: unknown): LlmCall | undefined => readers.readResponse(value)

/** @internal */
export const pricing = (): typeof readers.pricing => readers.pricing
