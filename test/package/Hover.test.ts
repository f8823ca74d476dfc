/**
 * Checks that an editor shows the comment of the called signature, and not that of the function's name.
 */
import { assert, it } from "@effect/vitest"
import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import type * as Ts from "../../typetest/compiler/node_modules/typescript/lib/typescript.js"

const root = path.resolve(import.meta.dirname, "../..")
// TypeScript 7 has no such API yet.
const ts: typeof Ts = createRequire(path.join(root, "typetest/compiler/package.json"))("typescript")

const signaturesOf = (statement: Ts.Statement): ReadonlyArray<Ts.TypeElement> => {
  if (ts.isInterfaceDeclaration(statement)) return statement.members
  if (!ts.isVariableStatement(statement)) return []
  return statement.declarationList.declarations.flatMap(({ type }) =>
    type !== undefined && ts.isTypeLiteralNode(type) ? [...type.members] : []
  )
}

it("every overload of a public function has its own documentation", () => {
  const bare: Array<string> = []
  let seen = 0
  for (const file of fs.globSync("src/**/*.ts", { cwd: root, exclude: ["src/**/internal/**"] })) {
    const source = ts.createSourceFile(
      file,
      fs.readFileSync(path.join(root, file), "utf8"),
      ts.ScriptTarget.Latest,
      true
    )
    for (const statement of source.statements) {
      const isExported = ts.canHaveModifiers(statement) &&
        ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
      if (!isExported) continue
      const signatures = signaturesOf(statement).filter(ts.isCallSignatureDeclaration)
      seen += signatures.length
      for (const signature of signatures) {
        // A single signature may use the comment of its interface.
        if (signatures.length > 1 && ts.getJSDocCommentsAndTags(signature).length === 0) {
          const { line } = source.getLineAndCharacterOfPosition(signature.getStart(source))
          bare.push(`${file}:${line + 1}`)
        }
      }
    }
  }
  assert.isAbove(seen, 30)
  assert.deepStrictEqual(bare, [])
})
