/**
 * Allows one exporter for each name in a directory.
 *
 * The exporter with the same name in the next process sends the files of this one. If two had the same name, each would
 * send the spans, and the content, of the other.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as ConfigurationError from "../../core/ConfigurationError.ts"

const inUse = new Set<string>()

interface NodeModules {
  (name: "node:path"): {
    readonly resolve: (path: string) => string
    readonly dirname: (path: string) => string
    readonly basename: (path: string) => string
  } | undefined
  (name: "node:fs"): { readonly realpathSync: (path: string) => string } | undefined
}

const node = (globalThis as {
  readonly process?: { readonly getBuiltinModule?: NodeModules }
}).process?.getBuiltinModule

/** A path with its links resolved, as far as it exists. */
const real = (path: string): string => {
  const { basename, dirname } = node!("node:path")!
  try {
    return node!("node:fs")!.realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : `${real(parent)}/${basename(path)}`
  }
}

const resolve = (path: string): string => {
  const resolved = node?.("node:path")?.resolve(path)
  return resolved === undefined ? path : real(resolved)
}

/** A name that is possible for a directory. */
const Name = Schema.NonEmptyString.check(Schema.makeFilter((name: string) => !/\p{Surrogate}/u.test(name)))

/** Reserves a name in a directory until the scope closes. @internal */
export const claimName = (
  directory: string,
  name: string
): Effect.Effect<void, ConfigurationError.ConfigurationError, Scope.Scope> =>
  Effect.gen(function*() {
    yield* ConfigurationError.check(Name, "name", name, "Give the exporter a name that is text, such as \"otlp\"")
    // Some file systems do not distinguish upper and lower case, or composed and decomposed accents.
    const key = `${resolve(directory)}/${name.normalize().toLowerCase()}`
    if (inUse.has(key)) {
      return yield* Effect.fail(
        new ConfigurationError.ConfigurationError({
          field: "name",
          problem: `two durable exporters are called ${JSON.stringify(name)} in ${directory}`,
          fix: "Give each exporter a name of its own, or each a directory of its own"
        })
      )
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => inUse.add(key)),
      () => Effect.sync(() => inUse.delete(key))
    )
  })
