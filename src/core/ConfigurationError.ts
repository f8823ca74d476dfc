/**
 * What a layer fails with when it is given a wrong value.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * A setting that cannot be used: which one, what is wrong with it and how to put it right.
 *
 * **Details**
 *
 * `field` is the option or the environment variable as the user wrote it. A layer
 * that is given explicit options fails with this; `AgentOpsLive`, which reads the
 * environment, logs it and goes on without the part that is wrong, so that
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
 * Checks a value against a schema, and tells a mismatch as a {@link ConfigurationError}.
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
