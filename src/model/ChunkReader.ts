/**
 * What puts the chunks of a streamed answer together again.
 *
 * The library reads the chunks of the APIs that `LlmCall` reads. For those of another
 * provider write a {@link ChunkReader}, and give it to `traceLlmStreamWith`,
 * `LlmStream.traceAsyncIterable` or `LlmStream.observe` as their option `reader`.
 *
 * @since 0.1.0
 */
import { Chunks } from "./internal/wire/chunks.ts"
import type { LlmCall } from "./LlmCall.ts"

/**
 * Puts the chunks of one streamed answer together.
 *
 * **Details**
 *
 * `add` takes the next chunk, and is called for each: it should only take note. `facts` is what is
 * known so far, asked for when the event ends. `errorType` is the provider's word for an error
 * that it told in the stream. What any of them throws is let go.
 *
 * @category models
 * @since 0.1.0
 */
export interface ChunkReader {
  readonly add: (chunk: unknown) => void
  readonly facts: () => LlmCall | undefined
  readonly errorType?: (() => string | undefined) | undefined
}

/**
 * A reader of the chunks that the library knows, for a reader of your own to stand on.
 *
 * **Example** (chunks in an envelope)
 *
 * ```ts
 * import { ChunkReader } from "effect-agentops"
 *
 * const enveloped = (): ChunkReader.ChunkReader => {
 *   const reader = ChunkReader.make()
 *   return { ...reader, add: (element) => reader.add((element as { readonly payload: unknown }).payload) }
 * }
 * const reader = enveloped()
 * reader.add({ payload: { object: "chat.completion.chunk", model: "gpt-4o", choices: [] } })
 * reader.facts()?.responseModel // => "gpt-4o"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (): ChunkReader => new Chunks()
