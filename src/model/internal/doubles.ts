/**
 * Finds the attributes that are doubles. JavaScript has one number type where OTLP has two, and the schema shows which
 * one is meant.
 *
 * @internal
 */
import type * as SchemaAST from "effect/SchemaAST"

const isInteger = (check: SchemaAST.Check<never>): boolean =>
  check._tag === "FilterGroup"
    ? check.checks.some(isInteger)
    : check.annotations?.arbitraryConstraint?.number === "integer"

/** Whether a schema's values are numbers, or lists of numbers, that need not be whole. @internal */
export const isDouble = (ast: SchemaAST.AST): boolean => {
  switch (ast._tag) {
    case "Number":
      return ast.checks?.some((check) => isInteger(check as SchemaAST.Check<never>)) !== true
    case "Literal":
      return typeof ast.literal === "number" && !Number.isInteger(ast.literal)
    case "Union":
      return ast.types.some(isDouble)
    case "Arrays":
      return [...ast.elements, ...ast.rest].some(isDouble)
    default:
      return false
  }
}

/** The properties of a struct whose values are doubles. @internal */
export const doubleProperties = (ast: SchemaAST.AST): ReadonlyArray<PropertyKey> =>
  ast._tag === "Objects" ? ast.propertySignatures.filter(({ type }) => isDouble(type)).map(({ name }) => name) : []
