/**
 * The input and output of a model, and its cost.
 *
 * @since 0.1.0
 */
export * as ApiError from "./ApiError.ts"
export * as ChunkReader from "./ChunkReader.ts"
export * as Document from "./Document.ts"
export * as Field from "./Field.ts"
export * as LlmCall from "./LlmCall.ts"
export * as Message from "./Message.ts"
export * as Pricing from "./Pricing.ts"
export * as Provider from "./Provider.ts"
export * as Usage from "./Usage.ts"
