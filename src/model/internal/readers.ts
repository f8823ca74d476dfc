/**
 * The readers of wire formats and the table of prices. With nothing but this a bundle can load them apart.
 *
 * @internal
 */
export { readRequest, readResponse } from "../LlmCall.ts"
export { current as pricing } from "./pricing.ts"
