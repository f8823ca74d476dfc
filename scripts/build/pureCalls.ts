/**
 * Marks the calls of a module's top level as pure, as Effect's own build does.
 *
 * A bundler may drop an unused call only if it is marked as having no other effect. All calls of this package qualify,
 * because its modules only create values while they load.
 */
import { parseAst } from "vite"

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

const mark = "/*#__PURE__*/ "

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value

const children = (node: Node): ReadonlyArray<Node> => Object.values(node).flat().filter(isNode)

/** Code that is evaluated later or never. */
const later = new Set(["FunctionExpression", "ArrowFunctionExpression", "FunctionDeclaration", "MethodDefinition"])

const calls = new Set(["CallExpression", "NewExpression"])

/** Expressions that may be hidden calls: a getter, an iterator, a tag. */
const hidden = new Set(["SpreadElement", "TaggedTemplateExpression", "MemberExpression"])

const isImport = (node: Node, imported: ReadonlySet<string>): boolean =>
  node.type === "MemberExpression" && node["computed"] !== true && isNode(node["object"]) &&
  node["object"].type === "Identifier" && imported.has(String(node["object"]["name"]))

/** Whether an expression, outside of every call, might have an effect as far as a bundler can see. */
const opaque = (node: Node, imported: ReadonlySet<string>): boolean => {
  if (later.has(node.type) || calls.has(node.type) || isImport(node, imported)) return false
  if (hidden.has(node.type)) return true
  return children(node).some((child) => opaque(child, imported))
}

const markCalls = (node: Node, marks: Set<number>): void => {
  if (later.has(node.type)) return
  if (calls.has(node.type)) {
    marks.add(node.start)
    for (const argument of node["arguments"] as ReadonlyArray<Node>) markCalls(argument, marks)
    return
  }
  for (const child of children(node)) markCalls(child, marks)
}

interface Edit {
  readonly at: number
  readonly text: string
}

/** A module with its marks. The lines keep their numbers. */
export const markPure = (code: string, lang: "js" | "ts"): string => {
  const program = parseAst(code, { lang }) as unknown as { readonly body: ReadonlyArray<Node> }
  const imported = new Set<string>()
  for (const node of program.body) {
    if (node.type !== "ImportDeclaration") continue
    for (const specifier of node["specifiers"] as ReadonlyArray<Node>) {
      if (specifier.type === "ImportNamespaceSpecifier") imported.add(String((specifier["local"] as Node)["name"]))
    }
  }
  const marks = new Set<number>()
  const edits: Array<Edit> = []
  const expression = (node: unknown): void => {
    if (!isNode(node)) return
    if (opaque(node, imported) && !calls.has(node.type)) {
      // Only a call can be marked, so the expression becomes one.
      edits.push({ at: node.start, text: `${mark}(() => (` }, { at: node.end, text: "))()" })
    } else markCalls(node, marks)
  }
  const declaration = (node: unknown): void => {
    if (!isNode(node)) return
    if (node.type === "VariableDeclaration") {
      for (const declarator of node["declarations"] as ReadonlyArray<Node>) expression(declarator["init"])
    } else if (node.type === "ClassDeclaration") {
      if (isNode(node["superClass"])) markCalls(node["superClass"], marks)
      for (const member of (node["body"] as Node)["body"] as ReadonlyArray<Node>) {
        if (member.type === "PropertyDefinition" && member["static"] === true && isNode(member["value"])) {
          markCalls(member["value"], marks)
        }
      }
    } else if (node.type === "ExportNamedDeclaration") declaration(node["declaration"])
  }
  program.body.forEach(declaration)
  for (const at of marks) edits.push({ at, text: mark })
  edits.sort((a, b) => b.at - a.at)
  let marked = code
  for (const { at, text } of edits) marked = marked.slice(0, at) + text + marked.slice(at)
  return marked
}
