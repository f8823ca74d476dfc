/**
 * Measures how many secrets the default redactor finds, and how many other texts it masks.
 *
 * `npm run secrets` plants secrets in the project's own corpus and prints which are found, compared with secretlint. It
 * also prints how many masks appear in the code and documentation of the installed packages; `--masks` prints each of
 * them.
 *
 * `npm run secrets -- --rules FILE` makes credentials from the rules of a file, and prints the rules whose credentials
 * are not found. Those formats may be added to the table. The file is JSON, a list of `{ "id": …, "regex": … }`, like
 * gitleaks's rules in TOML.
 */
import { lintSource } from "@secretlint/core"
import { creator } from "@secretlint/secretlint-rule-preset-recommend"
import * as fs from "node:fs"
import { parseArgs } from "node:util"
import { withoutCredentials } from "../../src/privacy/internal/credentials.ts"
import { findSecrets } from "../../src/privacy/internal/secrets/findSecrets.ts"
import * as Redactor from "../../src/privacy/Redactor.ts"
import { inDocuments, ofIssuers, underNames } from "../../test/support/secrets/corpus.ts"
import { sampler } from "./sample.ts"

const { values } = parseArgs({ options: { masks: { type: "boolean" }, rules: { type: "string" } } })

const linted = async (text: string): Promise<boolean> => {
  const { messages } = await lintSource({
    source: { content: text, filePath: "text.txt", ext: ".txt", contentType: "text" },
    options: { config: { rules: [{ id: "preset", rule: creator, options: {} }] } } as never
  })
  return messages.length > 0
}

const percent = (part: number, whole: number): string => `${(100 * part / whole).toFixed(1)} %`.padStart(8)

const recall = async () => {
  console.log("secrets found".padEnd(44), "planted", "redactor".padStart(9), "secretlint".padStart(11))
  for (
    const [name, planted] of [
      ["formats of issuers", ofIssuers()],
      ["under a telling name", underNames()],
      ["documents, commands, URLs, headers", inDocuments()]
    ] as const
  ) {
    let ours = 0
    let theirs = 0
    for (const { secret, text } of planted) {
      if (!String(Redactor.redact(Redactor.credentials, text)).includes(secret)) ours++
      if (await linted(text)) theirs++
    }
    console.log(
      name.padEnd(44),
      String(planted.length).padStart(7),
      percent(ours, planted.length),
      percent(theirs, planted.length).padStart(12)
    )
  }
}

const falseMasks = () => {
  let characters = 0
  let masks = 0
  for (const file of fs.globSync("node_modules/**/*.{js,ts,mjs,md}").sort().filter((_, i) => i % 9 === 0)) {
    if (!fs.statSync(file).isFile() || fs.statSync(file).size > 400_000) continue
    const text = fs.readFileSync(file, "utf8")
    characters += text.length
    findSecrets(text, (from, to) => {
      masks++
      if (values.masks === true) {
        console.log(`  ${file}: ${text.slice(Math.max(0, from - 40), Math.min(to, from + 60)).replaceAll("\n", " ")}`)
      }
      return true
    })
  }
  console.log(
    `masks in ${(characters / 1e6).toFixed(1)} million characters of installed packages: ${masks}, ${
      (masks / characters * 1e6).toFixed(1)
    } in a million`
  )
}

const compareRules = (file: string) => {
  const rules = JSON.parse(fs.readFileSync(file, "utf8")) as ReadonlyArray<
    { readonly id: string; readonly regex: string }
  >
  let state = 7
  const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648
  let known = 0
  for (const { id, regex } of rules) {
    const make = sampler(regex, random)
    const samples = Array.from({ length: 20 }, () => `found ${make()} here`)
    const left = samples.filter((text) => withoutCredentials(text) === text)
    if (left.length <= 2) known++
    else console.log(`${id}: ${left.length} of 20 not found, such as ${left[0]!.slice(0, 140)}`)
  }
  console.log(`${known} of ${rules.length} rules are known`)
}

if (values.rules !== undefined) compareRules(values.rules)
else {
  await recall()
  falseMasks()
}
