/**
 * Finishes what the compiler wrote.
 *
 * Where a module imports by a path that is known only when it runs, the compiler adds a helper that asks for `this`
 * first. A module has none, and rollup warns whoever bundles it.
 */
import * as fs from "node:fs"
import * as path from "node:path"

const dist = path.join(import.meta.dirname, "../dist")
const asksForThis = "(this && this.__rewriteRelativeImportExtension) || "

for (const file of fs.globSync("**/*.js", { cwd: dist })) {
  const full = path.join(dist, file)
  const text = fs.readFileSync(full, "utf8")
  if (text.includes(asksForThis)) fs.writeFileSync(full, text.replaceAll(asksForThis, ""))
  if (/^var __\w+ = \(this/m.test(text.replaceAll(asksForThis, ""))) throw new Error(`${file} has another helper`)
}
