/**
 * The patterns of secrets: the default redactor. This module contains nothing else, so that a bundle can load it
 * separately.
 *
 * @internal
 */
export { credentials } from "../Redactor.ts"
