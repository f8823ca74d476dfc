/** The viewer's page in a real, headless Chromium, with the viewer itself. */
import axe from "axe-core"
import * as Effect from "effect/Effect"
import * as HttpServer from "effect/http/HttpServer"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"
import * as Server from "../../../src/viewer/Server.ts"
import type { TraceSink, TraceStore } from "../../../src/viewer/TraceStore.ts"
import { root } from "../docs/program.ts"

/** The browser of this machine, if there is one. */
export const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((
  file
) => fs.existsSync(file))

if (executablePath === undefined) console.warn("There is no Chromium here: the tests of the viewer's page are skipped")

/** A viewer and its page for tests. */
export interface Viewer {
  readonly base: string
  readonly browser: Browser
  /** Opens a page. Its errors and its requests to other servers are recorded in `problems`. */
  readonly open: (place: string, size?: { readonly width: number; readonly height: number }) => Promise<Page>
  readonly problems: ReadonlyArray<string>
  readonly run: <A, E>(
    effect: Effect.Effect<A, E, TraceSink | TraceStore | HttpServer.HttpServer>
  ) => Promise<A>
}

/** Builds the page, and starts the viewer over a store and a browser. */
export const start = async (
  store: Layer.Layer<TraceStore | TraceSink, unknown>,
  scope: Scope.Scope
): Promise<Viewer> => {
  const built = spawnSync(process.execPath, [path.join(root, "scripts/buildPage.ts")], { encoding: "utf8" })
  if (built.status !== 0) throw new Error(built.stderr)
  const context = await Effect.runPromise(
    Layer.buildWithScope(Server.layer({ port: 0 }).pipe(Layer.provideMerge(store)), scope)
  )
  const run: Viewer["run"] = (effect) => Effect.runPromise(Effect.provide(effect, context))
  const base = HttpServer.formatAddress((await run(HttpServer.HttpServer)).address)
  const browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"] })
  await Effect.runPromise(Scope.addFinalizer(scope, Effect.promise(() => browser.close())))
  const problems: Array<string> = []
  const open: Viewer["open"] = async (place, size = { width: 1280, height: 900 }) => {
    const page = await browser.newPage({ viewport: size })
    page.on("pageerror", (error) => problems.push(String(error)))
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()))
    page.on("request", (request) => {
      const url = request.url()
      if (!url.startsWith(base) && !/^(data|about|blob|file):/.test(url)) problems.push(`asked ${url}`)
    })
    await page.goto(place.startsWith("file:") ? place : `${base}${place}`)
    return page
  }
  return { base, browser, open, problems, run }
}

/** The violations that axe finds in a page. */
export const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document)
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 2).join(" ")}`)
  })
}

/** The texts of the elements that match a selector. */
export const text = (page: Page, selector: string): Promise<ReadonlyArray<string>> =>
  page.locator(selector).allInnerTexts()
