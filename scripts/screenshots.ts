/**
 * Makes the pictures of the viewer in docs/images: real runs in a real browser.
 *
 * `npm start` makes one run, and the transcripts of the tests are the others. Run: npm run screenshots [-- FOLDER]
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { Effect, Layer } from "effect"
import * as HttpServer from "effect/http/HttpServer"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { chromium, type Page } from "playwright-core"
import { spansOf } from "../src/cli/internal/transcripts.ts"
import * as Server from "../src/viewer/Server.ts"
import * as TraceFile from "../src/viewer/TraceFile.ts"

const root = path.join(import.meta.dirname, "..")
const out = path.resolve(process.argv[2] ?? path.join(root, "docs/images"))
const run = (...args: ReadonlyArray<string>) => {
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
  if (status !== 0) throw new Error(stderr)
}

const airline = path.join(root, ".traces/airline.jsonl")
fs.rmSync(airline, { force: true })
run("scripts/buildPage.ts")
for (let i = 0; i < 3; i++) run("--conditions=effect-agentops-source", "examples/airline/main.ts")

const transcripts = path.join(root, "test/fixtures/transcripts")
const files = [airline, ...fs.readdirSync(transcripts).slice(0, 5).map((name) => path.join(transcripts, name))]

const take = async (page: Page, name: string) => {
  await page.waitForTimeout(300)
  await page.screenshot({ path: path.join(out, `${name}.png`) })
}

const pictures = async (base: string) => {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] })
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
  await page.goto(base)
  await page.waitForSelector("tbody tr")
  await take(page, "viewer-list")
  const ids = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLAnchorElement>("a.name")].filter((a) => a.textContent === "airline-support")
      .map((a) => a.hash.split("/")[2])
  )
  await page.goto(`${base}/#/session/${ids[0]}`)
  await page.waitForSelector(".row")
  await take(page, "viewer-session")
  if (process.argv[2] === undefined) return browser.close()

  // More views for developers of the page.
  await page.click(".row >> nth=3")
  await take(page, "step")
  await page.keyboard.press("5")
  await take(page, "conventions")
  await page.goto(`${base}/#/compare/${ids[0]}/${ids[1]}`)
  await page.waitForSelector("table.compare")
  await take(page, "compare")
  const dark = () => page.evaluate(() => void (document.documentElement.dataset["theme"] = "dark"))
  await page.goto(`${base}/#/session/${ids[0]}`)
  await page.waitForSelector(".row")
  await dark()
  await take(page, "dark")
  await page.setViewportSize({ width: 390, height: 800 })
  await take(page, "phone-session")
  await page.goto(`${base}/#/`)
  await page.waitForSelector("tbody tr")
  await dark()
  await take(page, "phone")
  await page.setViewportSize({ width: 320, height: 256 })
  await take(page, "zoomed")
  await browser.close()
}

const store = TraceFile.layer(files, { otherwise: spansOf }).pipe(Layer.provide(NodeFileSystem.layer))

const program = Effect.gen(function*() {
  const base = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
  fs.mkdirSync(out, { recursive: true })
  yield* Effect.promise(() => pictures(base))
}).pipe(Effect.provide(Server.layer().pipe(Layer.provideMerge(store))))

await Effect.runPromise(program)
