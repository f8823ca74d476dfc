/**
 * The readers of wire formats and the price table. This module contains nothing else, so that a bundle can load it
 * separately.
 *
 * @internal
 */
export { readRequest, readResponse } from "../LlmCall.ts"
export { current as pricing } from "./pricing.ts"
