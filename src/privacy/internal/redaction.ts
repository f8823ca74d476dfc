/**
 * The default redactor, and how redactors apply.
 *
 * @internal
 */
export { credentials } from "./patterns.ts"
export { redactAttributes, redactString } from "./redact.ts"
