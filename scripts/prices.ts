/**
 * Makes `src/model/internal/prices.ts`, the table of list prices.
 *
 *     npm run prices            the newest genai-prices of PyPI, which has batch, flex, priority and fast
 *     npm run prices -- npm     @pydantic/genai-prices, as installed here
 *     npm run prices -- check   says when the table is too old
 *
 * Both packages are Pydantic's (MIT), from one collection of the providers' price pages. The one on npm may be weeks
 * older. `--date YYYY-MM-DD` is the day of the release if that is not today.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { Provider } from "./prices/table.ts"
import { tableOf } from "./prices/table.ts"

const target = path.resolve(import.meta.dirname, "../src/model/internal/prices.ts")
const args = process.argv.slice(2)
const given = args.indexOf("--date")
const day = given === -1 ? new Date().toISOString().slice(0, 10) : args[given + 1]!
const run = (command: string, ...rest: ReadonlyArray<string>) =>
  execFileSync(command, rest, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024, stdio: ["ignore", "pipe", "inherit"] })

interface Source {
  readonly name: string
  readonly data: ReadonlyArray<Provider>
}

const fromPyPi = (): Source => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "genai-prices-"))
  try {
    run("pip", "download", "--quiet", "--no-deps", "--dest", folder, "genai-prices")
    const wheel = fs.readdirSync(folder)[0]!
    run("python3", "-m", "zipfile", "-e", path.join(folder, wheel), folder)
    const data = run("python3", path.resolve(import.meta.dirname, "prices/genaiPrices.py"), folder)
    return { name: `genai-prices ${wheel.split("-")[1]}`, data: JSON.parse(data) }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

const fromNpm = async (): Promise<Source> => {
  const { findProvider } = await import("@pydantic/genai-prices")
  const manifest = JSON.parse(fs.readFileSync("node_modules/@pydantic/genai-prices/package.json", "utf8"))
  const ids = ["openai", "anthropic", "google", "mistral", "x-ai", "deepseek", "cohere", "moonshotai", "aws"]
  const data = ids.flatMap((providerId) => findProvider({ providerId }) ?? []) as ReadonlyArray<Provider>
  return { name: `@pydantic/genai-prices ${manifest.version}`, data }
}

const maximumDays = 45

if (args[0] === "check") {
  const { asOf } = await import("../src/model/internal/prices.ts")
  const days = Math.floor((Date.now() - Date.parse(asOf)) / 86_400_000)
  console.log(
    days > maximumDays
      ? `warning: the prices are ${days} days old (${asOf}): run "npm run prices" and look at the difference`
      : `the prices are of ${asOf}, ${days} days old`
  )
} else {
  const { data, name } = args[0] === "npm" ? await fromNpm() : fromPyPi()
  const lines = tableOf(data, day)
  fs.writeFileSync(
    target,
    `/**
 * The large providers' prices for a million tokens, in US dollars. Made by \`npm run prices\`.
 *
 * The prices are from the providers' own pages, as collected by ${name} (Pydantic, MIT). A model whose price
 * depends on the hour is left out, because an unknown price is better than a wrong one.
 *
 * Each line is one model: provider, ids, then the rates for input, output, cache read, cache write and one-hour cache
 * write. \`-\` is a rate without a price of its own. \`ai\`, \`ao\` and \`ar\` are audio input, output and cache read, and
 * \`ii\`, \`io\` and \`ir\` are those of images. An id with \`*\` matches every id with that beginning. After a bar come the
 * other rates: in a service tier, at a speed (\`~fast\`), above a number of input tokens (\`>\`), the factor of a place
 * where the model was made to run (\`us*1.1\`), or the price of a thousand searches of the web (\`web=10\`). \`+\` marks a
 * model with open weights, and \`!\` a model whose price is known only if usage reports the modalities.
 *
 * @internal
 */

/** The day on which the prices were checked. @internal */
export const asOf = "${day}"

/** @internal */
export const table = \`
${lines.join("\n")}
\`
`
  )
  console.log(`${lines.length} models from ${name}`)
}
