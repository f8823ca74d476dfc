/** The import graph of `src`, read from the syntax trees of all files: values and types, static and dynamic imports. */
import * as fs from "node:fs"
import * as path from "node:path"
import { parseSync } from "vite"

/** Each file of `src`, as a path from the root of the repository, with the files of `src` that it imports. */
export type Graph = ReadonlyMap<string, ReadonlyArray<string>>

const specifierOf = (node: Readonly<Record<string, unknown>>): unknown => {
  switch (node["type"]) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return (node["source"] as { readonly value?: unknown } | null | undefined)?.value
    default:
      return undefined
  }
}

/** Every module that a source text names in an import, an export, or a type. */
export const specifiers = (file: string, text: string): ReadonlyArray<string> => {
  const { errors, program } = parseSync(file, text)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]!.message}`)
  const found: Array<string> = []
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return
    if (Array.isArray(node)) return node.forEach(visit)
    const specifier = specifierOf(node as Readonly<Record<string, unknown>>)
    if (typeof specifier === "string") found.push(specifier)
    Object.values(node).forEach(visit)
  }
  visit(program)
  return found
}

/** Reads the graph of a folder. */
export const readGraph = (root: string, folder = "src"): Graph => {
  const files = fs.globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root }).map((file) => file.replaceAll("\\", "/")).sort()
  const known = new Set(files)
  return new Map(files.map((file) => {
    const imported = specifiers(file, fs.readFileSync(path.join(root, file), "utf8"))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => path.posix.join(path.posix.dirname(file), specifier))
    return [file, [...new Set(imported)].filter((other) => known.has(other))]
  }))
}

/** The sets of files that import each other in a cycle. */
export const knots = (graph: Graph): ReadonlyArray<ReadonlyArray<string>> => {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: Array<string> = []
  const found: Array<ReadonlyArray<string>> = []
  const visit = (file: string): void => {
    index.set(file, index.size)
    low.set(file, index.get(file)!)
    stack.push(file)
    for (const other of graph.get(file) ?? []) {
      if (!index.has(other)) {
        visit(other)
        low.set(file, Math.min(low.get(file)!, low.get(other)!))
      } else if (stack.includes(other)) low.set(file, Math.min(low.get(file)!, index.get(other)!))
    }
    if (low.get(file) !== index.get(file)) return
    const knot = stack.splice(stack.indexOf(file))
    if (knot.length > 1) found.push(knot.sort())
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file)
  return found
}
