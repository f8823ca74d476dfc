/**
 * The vocabularies in which spans are exported.
 *
 * @since 0.1.0
 */
export * as Convention from "./Convention.ts"
export * as Decoder from "./Decoder.ts"
export * as Encoding from "./Encoding.ts"
