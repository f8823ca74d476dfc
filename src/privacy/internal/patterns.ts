/**
 * The patterns of secrets, as the default redactor. With nothing but this a bundle can load them apart.
 *
 * @internal
 */
export { credentials } from "../Redactor.ts"
