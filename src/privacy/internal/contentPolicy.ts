/**
 * Reads an exporter's content policy.
 *
 * @internal
 */
import type { Policy } from "../Content.ts"

/** @internal */
export const onSpans = (policy: Policy | boolean): boolean => policy === true || policy === "span" || policy === "both"

/** @internal */
export const onEvents = (policy: Policy | boolean): boolean => policy === "event" || policy === "both"
