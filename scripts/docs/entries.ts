/**
 * The import specifier of a public module, from the `exports` of package.json.
 */
import manifest from "../../package.json" with { type: "json" }

const source = "effect-agentops-source"

const entries = Object.entries(manifest.exports).flatMap(([entry, target]) =>
  target !== null && typeof target === "object" && source in target ? [[entry, target[source]] as const] : []
)

const specifier = (entry: string): string => `${manifest.name}${entry.slice(1)}`

/** The import specifier of a module such as `trace/Session`, or `undefined` if it has none. */
export const entryOf = (module: string): string | undefined => {
  const file = `./src/${module}.ts`
  // A module whose members another module exports has no entry of its own.
  if ((manifest.exports as Record<string, unknown>)[`./${module}`] === null) return undefined
  for (const [entry, target] of entries) {
    if (target === file) return specifier(entry)
    const [before, after] = target.split("*")
    if (
      after !== undefined && file.startsWith(before!) && file.endsWith(after) && !/\/(internal\/|index\.ts$)/.test(file)
    ) {
      return specifier(entry).replace("*", file.slice(before!.length, file.length - after.length))
    }
  }
}
