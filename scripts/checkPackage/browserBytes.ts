/**
 * Measures the bytes that a page loads for the README's first lines: the entry's file with its static imports, and the
 * parts on demand. Each bundler separates the two.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { gzipSync } from "node:zlib"

export interface Bytes {
  /** Gzipped size of the files that are loaded before the first line runs. */
  readonly atOnce: number
  /** Gzipped size of all files. */
  readonly all: number
}

const imported = /(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']/g

/** Adds up the files of a folder, starting at the entry. */
export const bytesOf = (folder: string, entry: string): Bytes => {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const text = fs.readFileSync(path.join(folder, file), "utf8")
    for (const [, specifier] of text.matchAll(imported)) visit(path.join(path.dirname(file), specifier!))
  }
  visit(entry)
  const size = (files: Iterable<string>) =>
    [...files].reduce((sum, file) => sum + gzipSync(fs.readFileSync(path.join(folder, file))).length, 0)
  return { atOnce: size(seen), all: size(fs.globSync("**/*.{js,mjs}", { cwd: folder })) }
}

export const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(0)} kB`
