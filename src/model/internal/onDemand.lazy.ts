/**
 * The readers and prices of model calls, loaded when the first span is traced.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { lazily } from "../../core/internal/lazily.ts"
import type { LlmCall } from "../LlmCall.ts"
import type * as Readers from "./readers.ts"

let loaded: typeof Readers | undefined

const readers = lazily<typeof Readers>(() => import("./readers.ts"))

/** @internal */
export const isLoaded = (): boolean => loaded !== undefined

/** @internal */
export const load: Effect.Effect<void> = Effect.map(readers, (module) => {
  loaded = module
})

/** @internal */
export const readRequest = (body: unknown): LlmCall | undefined => loaded?.readRequest(body)

/** @internal */
export const readResponse = (value: unknown): LlmCall | undefined => loaded?.readResponse(value)

const whatIsLoaded: typeof Readers.pricing = {
  get asOf() {
    return loaded?.pricing.asOf
  },
  cost: (call) => loaded?.pricing.cost(call)
}

/** @internal */
export const pricing = (): typeof Readers.pricing => whatIsLoaded
