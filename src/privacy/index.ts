/**
 * The content policy, redaction and shortening.
 *
 * @since 0.1.0
 */
export * as Content from "./Content.ts"
export * as Redactor from "./Redactor.ts"
