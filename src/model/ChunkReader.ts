/**
 * Assembles the chunks of a streamed answer.
 *
 * The library reads the chunks of the APIs that `LlmCall` reads. For another provider, write a {@link ChunkReader} and
 * pass it as the option `reader` to `traceLlmStreamWith`, `LlmStream.traceAsyncIterable` or `LlmStream.observe`.
 *
 * @since 0.1.0
 */
import { Chunks } from "./internal/wire/chunks.ts"
import type { LlmCall } from "./LlmCall.ts"

/**
 * Assembles the chunks of one streamed answer.
 *
 * **Details**
 *
 * `add` is called for each chunk and should only record it. `facts` returns the facts so far, and is called when the
 * event ends. `errorType` returns the provider's code of an error in the stream. Errors that these functions throw are
 * ignored.
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
 * A reader of the chunks that the library knows, on which you can build your own.
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
