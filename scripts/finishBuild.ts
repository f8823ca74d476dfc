/**
 * Finishes what the compiler wrote: `dist`, a module for each of `src`, for bundlers; `dist/page`, what differs for
 * pages; and `dist/node`, the same in few files, for the runtimes that would have to open each.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { parseSync } from "rolldown/utils"
import { loadAtOnce } from "./build/atOnce.ts"
import { buildForNode } from "./build/forNode.ts"
import { buildForPages } from "./build/forPages.ts"
import { slimMaps } from "./build/maps.ts"
import { dist } from "./build/places.ts"
import { markPure } from "./build/pureCalls.ts"
import { publicDeclarations, withoutInternal } from "./publicTypes.ts"

/** The comments that a bundler reads. */
const forBundlers = /webpackIgnore|@vite-ignore/

/** A module without what is said in its declarations. Lines stay where they are. */
const withoutComments = (file: string, code: string): string => {
  let text = code
  for (const { end, start, value } of parseSync(file, code).comments.toReversed()) {
    if (forBundlers.test(value) || /^[#!]/.test(code.slice(start, start + 3).replace("//", ""))) continue
    text = text.slice(0, start) + text.slice(start, end).replaceAll(/[^\n]/g, "") + text.slice(end)
  }
  return text
}

// Where a module imports by a path that is known only when it runs, the compiler adds a helper that asks for `this`
// first. A module has none, and rollup warns whoever bundles it.
const asksForThis = "(this && this.__rewriteRelativeImportExtension) || "

/** Takes out what nobody reads, and marks the calls that a bundler may leave out. */
const finishModules = (): void => {
  for (const file of fs.globSync("**/*.js", { cwd: dist })) {
    const full = path.join(dist, file)
    const text = withoutComments(file, fs.readFileSync(full, "utf8").replaceAll(asksForThis, ""))
    if (/^var __\w+ = \(this/m.test(text)) throw new Error(`${file} has another helper`)
    // No bundler reads what Node does, and the parts of pages have their marks.
    fs.writeFileSync(full, /^(node|page)\b/.test(file) ? text : markPure(text, "js"))
  }
}

/** Public declarations have what is public, and nothing else; `npm run check:package` looks whether they do. */
const publishTypes = (): void => {
  const published = new Set(publicDeclarations(dist))
  for (const file of fs.globSync("**/*.d.ts", { cwd: dist })) {
    const full = path.join(dist, file)
    if (published.has(file)) {
      fs.writeFileSync(full, withoutInternal(fs.readFileSync(full, "utf8")))
    } else {
      // No declaration that a program can import names one of these.
      fs.rmSync(full)
      fs.rmSync(`${full}.map`)
    }
  }
}

publishTypes()
for (const file of fs.globSync("**/*.lazy.js*", { cwd: dist })) fs.rmSync(path.join(dist, file))
await buildForNode()
await buildForPages()
loadAtOnce()
finishModules()
slimMaps()
