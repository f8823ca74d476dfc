/**
 * Loads the destination of media, only for programs that store them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ConfigurationError } from "../../core/ConfigurationError.ts"
import type { MediaOptions } from "../../privacy/Content.ts"
import type { MediaDestination } from "./mediaDestination.ts"
import { media } from "./parts.ts"

/** @internal */
export const openMedia = (
  options: MediaOptions
): Effect.Effect<MediaDestination, ConfigurationError, Scope.Scope> =>
  Effect.flatMap(media, ({ makeMediaDestination }) => makeMediaDestination(options))
