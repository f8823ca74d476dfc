/**
 * What model calls are read and priced with, which the tracer reaches by this module alone.
 *
 * A published build has `onDemand.lazy.ts` in its place wherever bytes count: see `scripts/finishBuild.ts`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { LlmCall } from "../LlmCall.ts"
import type { Pricing } from "../Pricing.ts"
import * as readers from "./readers.ts"

/** Whether readers and prices are there. @internal */
export const isLoaded = (): boolean => true

/** @internal */
export const load: Effect.Effect<void> = Effect.void

/** @internal */
export const readRequest = (body: unknown): LlmCall | undefined => readers.readRequest(body)

/** @internal */
export const readResponse = (value: unknown): LlmCall | undefined => readers.readResponse(value)

/** @internal */
export const pricing = (): Pricing => readers.pricing
