/**
 * The modules of `dist` for bundles outside of pages. They import at once what other modules load on demand.
 *
 * Some bundlers put code that a program shares with an on-demand part into the program's own file. A program that
 * awaits such a part at the top level would wait for itself.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { dist, moduleOf, switched } from "./places.ts"

const load = /lazily\(\(\) => import\("(\.[^"]+)"\)\)/g

/** Replaces the on-demand imports of a module by static ones. The lines keep their numbers. */
export const atOnce = (text: string): string => {
  const parts: Array<string> = []
  const code = text.replace(load, (_, part: string) => `Effect.sync(() => part${parts.push(part)})`)
  if (parts.length === 0) return text
  const imports = parts.map((part, index) => `import * as part${index + 1} from "${part}";`)
  if (!code.includes("import * as Effect from")) imports.push("import * as Effect from \"effect/Effect\";")
  return code.replace(/^(?=\/\/# sourceMappingURL|(?![^]))/m, `${imports.join("\n")}\n`)
}

/** The modules that only `dist` has, and not `dist/node` or `dist/page`. */
const modules = (): ReadonlyArray<string> =>
  fs.globSync("**/*.js", { cwd: dist }).filter((file) => !/^(node|page)\b|\.lazy\.js$/.test(file))

export const loadAtOnce = (): void => {
  for (const { module } of switched) {
    const file = path.join(dist, `${module}.js`)
    fs.writeFileSync(file, atOnce(fs.readFileSync(file, "utf8")))
  }
  const names = new Map(switched.map(({ module, name }) => [module, name]))
  for (const file of modules()) {
    const full = path.join(dist, file)
    const text = fs.readFileSync(full, "utf8").replace(/ from "(\.[^"]+)"/g, (found, specifier: string) => {
      const name = names.get(moduleOf(dist, path.resolve(path.dirname(full), specifier)))
      return name === undefined ? found : ` from "${name}"`
    })
    if (/\bimport\("\./.test(text)) throw new Error(`${file} loads on demand in a way that no bundle can do without`)
    fs.writeFileSync(full, text)
  }
}
