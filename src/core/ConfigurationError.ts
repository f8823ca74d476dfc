/**
 * The error of a layer that got an invalid value.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * A setting that cannot be used: its name, the problem and the fix.
 *
 * **Details**
 *
 * `field` is the option or the environment variable as the user wrote it. A layer with explicit options fails with this
 * error. `AgentOpsLive` reads the environment instead: it logs the error and continues without the wrong part, so that
 * telemetry never stops an agent.
 *
 * **Example** (a wrong option is named)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { AgentOps } from "effect-agentops"
 *
 * const error = await Layer.build(AgentOps.layer({ serviceName: "" })).pipe(
 *   Effect.scoped,
 *   Effect.flip,
 *   Effect.runPromise
 * )
 * error.field // => "serviceName"
 * ```
 *
 * @category errors
 * @since 0.1.0
 */
export class ConfigurationError extends Schema.TaggedError<ConfigurationError>()("ConfigurationError", {
  field: Schema.String,
  problem: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.field}: ${this.problem}. ${this.fix}`
  }
}

/**
 * Checks a value against a schema and fails with a {@link ConfigurationError} if it does not match.
 *
 * @category validation
 * @since 0.1.0
 */
export const check = <A>(
  schema: Schema.Codec<A, unknown>,
  field: string,
  value: unknown,
  fix: string
): Effect.Effect<A, ConfigurationError> =>
  Schema.decodeUnknownEffect(Schema.toType(schema))(value).pipe(
    Effect.mapError((error) => new ConfigurationError({ field, problem: error.message, fix }))
  ) as Effect.Effect<A, ConfigurationError>
