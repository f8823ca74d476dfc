/**
 * Finishes the compiler's output: `dist` with a module for each of `src`, for bundlers; `dist/page` with the modules
 * that differ for pages; and `dist/node` with few files, for runtimes that open each file.
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

/** The comments that bundlers read. */
const forBundlers = /webpackIgnore|@vite-ignore|[#@]__PURE__/

/** A module without its documentation. The lines keep their numbers. */
const withoutComments = (file: string, code: string): string => {
  let text = code
  for (const { end, start, value } of parseSync(file, code).comments.toReversed()) {
    if (forBundlers.test(value) || /^[#!]/.test(code.slice(start, start + 3).replace("//", ""))) continue
    text = text.slice(0, start) + text.slice(start, end).replaceAll(/[^\n]/g, "") + text.slice(end)
  }
  return text
}

// If a module imports a path that is known only at runtime, the compiler adds a helper that tests `this` first. A
// module has no `this`, so rollup warns about the helper.
const asksForThis = "(this && this.__rewriteRelativeImportExtension) || "

/** Removes unread comments, and marks the calls that a bundler may drop. */
const finishModules = (): void => {
  for (const file of fs.globSync("**/*.js", { cwd: dist })) {
    const full = path.join(dist, file)
    const text = withoutComments(file, fs.readFileSync(full, "utf8").replaceAll(asksForThis, ""))
    if (/^var __\w+ = \(this/m.test(text)) throw new Error(`${file} has another helper`)
    // Bundlers do not read Node's build, and the parts of pages are marked already.
    fs.writeFileSync(full, /^(node|page)\b/.test(file) ? text : markPure(text, "js"))
  }
}

/** Public declarations contain public names only. `npm run check:package` checks that. */
const publishTypes = (): void => {
  const published = new Set(publicDeclarations(dist))
  for (const file of fs.globSync("**/*.d.ts", { cwd: dist })) {
    const full = path.join(dist, file)
    if (published.has(file)) {
      fs.writeFileSync(full, withoutInternal(fs.readFileSync(full, "utf8")))
    } else {
      // No importable declaration names one of these.
      fs.rmSync(full)
      fs.rmSync(`${full}.map`)
    }
  }
}

publishTypes()
// Only `dist/page` has the lazy modules, and only `dist/node` the command.
for (const file of fs.globSync(["**/*.lazy.js*", "cli/internal/main.js*"], { cwd: dist })) {
  fs.rmSync(path.join(dist, file))
}
await buildForNode()
await buildForPages()
loadAtOnce()
finishModules()
slimMaps()
