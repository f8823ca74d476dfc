/**
 * The maps from the published modules to the sources beside them.
 *
 * A map refers to its sources without containing them, and maps lines without columns. So it has a fifth of the size.
 */
import { decode, encode, type SourceMapLine } from "@jridgewell/sourcemap-codec"
import * as fs from "node:fs"
import * as path from "node:path"
import { dist, root } from "./places.ts"

interface Map {
  readonly version: 3
  readonly file?: string
  readonly sources: ReadonlyArray<string>
  readonly mappings: string
}

/** The positions in a line where another source line starts. */
const turns = (line: SourceMapLine): SourceMapLine => {
  const kept: SourceMapLine = []
  let last: SourceMapLine[number] | undefined
  for (const segment of line) {
    if (segment.length === 1 || (segment[1] === last?.[1] && segment[2] === last[2])) continue
    last = segment
    kept.push([segment[0], segment[1], segment[2], segment[3]])
  }
  return kept
}

/** The map of a change that keeps the numbers of the lines. */
export const sameLines = (file: string, code: string) => ({
  version: 3 as const,
  sources: [file],
  names: [],
  mappings: encode(code.split("\n").map((_, line): SourceMapLine => [[0, 0, line, 0]]))
})

export const slimMaps = (): void => {
  for (const file of fs.globSync("**/*.js.map", { cwd: dist })) {
    const full = path.join(dist, file)
    const { file: of, mappings, sources, version } = JSON.parse(fs.readFileSync(full, "utf8")) as Map
    for (const source of sources) {
      const found = path.resolve(path.dirname(full), source)
      if (!fs.existsSync(found)) throw new Error(`${file} maps to ${path.relative(root, found)}, which is not there`)
    }
    const lines = encode(decode(mappings).map(turns))
    fs.writeFileSync(full, JSON.stringify({ version, file: of, sources, names: [], mappings: lines }))
  }
}
