/**
 * The tools that a model is offered.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { openStruct } from "./internal/open.ts"

/**
 * A function that the model may call. `parameters` is a JSON Schema.
 *
 * @category schemas
 * @since 0.1.0
 */
export const FunctionTool = Schema.Struct({
  type: Schema.Literal("function"),
  name: Schema.String,
  description: Schema.optional(Schema.NullOr(Schema.String)),
  parameters: Schema.optional(Schema.Unknown)
})

/**
 * A function offered to the model.
 *
 * @category models
 * @since 0.1.0
 */
export interface FunctionTool extends Schema.Schema.Type<typeof FunctionTool> {}

/**
 * Any other tool, such as one that the provider runs.
 *
 * @category schemas
 * @since 0.1.0
 */
export const GenericTool = openStruct({ type: Schema.String, name: Schema.String })

/**
 * Another tool offered to the model, by type and name.
 *
 * @category models
 * @since 0.1.0
 */
export interface GenericTool extends Schema.Schema.Type<typeof GenericTool> {}

/**
 * A tool that the model was offered.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ToolDefinition = Schema.Union([FunctionTool, GenericTool])

/**
 * Any tool offered to the model.
 *
 * @category models
 * @since 0.1.0
 */
export type ToolDefinition = typeof ToolDefinition.Type

/**
 * The value of `gen_ai.tool.definitions`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const ToolDefinitions = Schema.Array(ToolDefinition)
