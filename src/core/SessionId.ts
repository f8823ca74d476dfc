/**
 * The id of a session, which is the id of its trace.
 *
 * AgentOps names a session by a UUID, and OpenTelemetry names a trace by 32 hex digits. Both are the same 128 bits, so
 * every backend finds a session by either form.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const nil = "00000000-0000-0000-0000-000000000000"

/**
 * The schema of a session id: a lower-case UUID. The nil UUID is excluded because OpenTelemetry forbids it as a trace
 * id.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SessionId = Schema.String.check(
  Schema.makeFilter((id) => uuid.test(id) && id !== nil, { expected: "a lower-case UUID that is not nil" })
).pipe(Schema.brand("effect-agentops/core/SessionId"))

/**
 * A session id that {@link make} generated or {@link fromString} checked.
 *
 * @category models
 * @since 0.1.0
 */
export type SessionId = typeof SessionId.Type

/**
 * The failure of {@link fromString}: the text is not a UUID.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidSessionId extends Schema.TaggedError<InvalidSessionId>()("InvalidSessionId", {
  input: Schema.String
}) {
  override get message(): string {
    return `${JSON.stringify(this.input)} is no session id. ` +
      `Give a UUID such as "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44", or leave the id out to have one generated`
  }
}

/**
 * Checks a session id that comes from outside.
 *
 * **Details**
 *
 * Accepts a UUID of any version, in either case, with its dashes or as the 32 hex digits of a trace id. Fails with
 * {@link InvalidSessionId} for any other text and for the nil UUID.
 *
 * **Example** (either form of one id)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { SessionId } from "effect-agentops"
 *
 * const id = Effect.runSync(SessionId.fromString("0192F0C17E1A7C3E9D5B3A1F0C9E2B44"))
 * id // => "0192f0c1-7e1a-7c3e-9d5b-3a1f0c9e2b44"
 * SessionId.toTraceId(id) // => "0192f0c17e1a7c3e9d5b3a1f0c9e2b44"
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromString = (input: string): Effect.Effect<SessionId, InvalidSessionId> => {
  const id = fromStringUnsafe(input)
  return id === undefined ? Effect.fail(new InvalidSessionId({ input: String(input) })) : Effect.succeed(id)
}

/** @internal */
export const fromStringUnsafe = (input: unknown): SessionId | undefined => {
  if (typeof input !== "string") return undefined
  const lower = input.toLowerCase()
  const dashed = /^[0-9a-f]{32}$/.test(lower) ? dash(lower) : lower
  return uuid.test(dashed) && dashed !== nil ? (dashed as SessionId) : undefined
}

const dash = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

/**
 * The trace id of a session: the 32 hex digits of its UUID.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toTraceId = (id: SessionId): string => id.replaceAll("-", "")

const hex = (value: number, length: number): string => value.toString(16).padStart(length, "0")

/**
 * Generates a session id: a UUID of version 7, so that ids sort by time.
 *
 * **Details**
 *
 * Reads the `Clock` and `Random` services, so a test with a fixed clock and seed gets the same id each time. Follows
 * RFC 9562, section 5.7.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make: Effect.Effect<SessionId> = Effect.withFiber((fiber) =>
  Effect.succeed(makeUnsafe(fiber.getRef(Clock.Clock), fiber.getRef(Random.Random)))
)

/** @internal */
export const makeUnsafe = (
  clock: { readonly currentTimeMillisUnsafe: () => number },
  random: { readonly nextDoubleUnsafe: () => number }
): SessionId => {
  const next = (bits: number) => Math.floor(random.nextDoubleUnsafe() * 2 ** bits)
  const time = hex(Math.floor(clock.currentTimeMillisUnsafe()), 12)
  const tail = hex(next(24), 6) + hex(next(24), 6)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(next(12), 3)}-${hex(0x8000 | next(14), 4)}-${tail}` as SessionId
}
