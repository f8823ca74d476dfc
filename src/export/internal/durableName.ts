/**
 * One exporter for each name in a directory.
 *
 * What an exporter leaves on disk is sent by the exporter of that name in the next process. With two of one name,
 * spans, and the content that one of them may have, would go to the other.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ConfigurationError } from "../../core/ConfigurationError.ts"

const inUse = new Set<string>()

interface NodePath {
  readonly resolve: (path: string) => string
}

const resolve = (path: string): string => {
  const { process } = globalThis as {
    readonly process?: { readonly getBuiltinModule?: (name: string) => NodePath | undefined }
  }
  return process?.getBuiltinModule?.("node:path")?.resolve(path) ?? path
}

/** Takes a name in a directory until the scope closes. @internal */
export const claimName = (directory: string, name: string): Effect.Effect<void, ConfigurationError, Scope.Scope> =>
  Effect.suspend(() => {
    const key = `${resolve(directory)}/${name}`
    if (inUse.has(key)) {
      return Effect.fail(
        new ConfigurationError({
          field: "name",
          problem: `two durable exporters are called ${JSON.stringify(name)} in ${directory}`,
          fix: "Give each exporter a name of its own, or each a directory of its own"
        })
      )
    }
    return Effect.asVoid(Effect.acquireRelease(
      Effect.sync(() => inUse.add(key)),
      () => Effect.sync(() => inUse.delete(key))
    ))
  })
