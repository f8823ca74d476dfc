/**
 * Metrics as schemas.
 *
 * @since 0.1.0
 */
export * as Instrument from "./Instrument.ts"
