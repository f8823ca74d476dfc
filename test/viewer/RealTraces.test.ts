/**
 * The page in a real browser, compared with the traces of real programs: `npm start`, recorded conversations, and
 * agents under OpenTelemetry's own SDK and under Vercel's AI SDK.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { Page } from "playwright-core"
import { spansOf } from "../../src/cli/internal/transcripts.ts"
import * as TraceFile from "../../src/viewer/TraceFile.ts"
import { root } from "../support/docs/program.ts"
import { start as npmStart } from "../support/examples/run.ts"
import { filesOf } from "../support/recorded/files.ts"
import { executablePath, start, text, type Viewer, violations } from "../support/viewer/browser.ts"
import { attributesOf, genAiAgent, traced, traceOf, vercelAgent } from "../support/viewer/others.ts"

interface WireSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly attributes: ReadonlyArray<
    { readonly key: string; readonly value: Readonly<Record<string, unknown>> }
  >
}

// An attribute of OTLP JSON as text, by the specification and not by the code under test.
const valueOf = (value: Readonly<Record<string, unknown>>): unknown => {
  if ("arrayValue" in value) {
    return (value["arrayValue"] as { readonly values?: ReadonlyArray<Record<string, unknown>> }).values?.map(valueOf) ??
      []
  }
  return "intValue" in value ? Number(value["intValue"]) : Object.values(value)[0]
}

const shown = (value: unknown): string => typeof value === "string" ? value : JSON.stringify(value)

const wireAttributes = (span: WireSpan): Readonly<Record<string, string>> =>
  Object.fromEntries(span.attributes.map(({ key, value }) => [key, shown(valueOf(value))]))

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((total, n) => total + n, 0)

interface Transcript {
  readonly messages: ReadonlyArray<{
    readonly role: string
    readonly content?: string | null
    readonly tool_calls?: ReadonlyArray<{ readonly function: { readonly name: string; readonly arguments: string } }>
  }>
}

const tall = { width: 1400, height: 2_400 }

describe.skipIf(executablePath === undefined)("the page, compared with the trace", { timeout: 120_000 }, () => {
  const scope = Scope.makeUnsafe()
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "viewer-"))
  const transcripts = filesOf("transcripts")
  let viewer: Viewer
  let airline: ReadonlyArray<WireSpan> = []
  let shared: Page

  beforeAll(async () => {
    const outcome = await Effect.runPromise(npmStart({}))
    assert.strictEqual(outcome.code, 0, outcome.stderr)
    assert.match(outcome.stdout, /on a page: npm run viewer -- view \.traces\/airline\.jsonl/)
    const [, traceId] = /^trace ([0-9a-f]{32})$/m.exec(outcome.stdout)!
    const lines = fs.readFileSync(path.join(root, ".traces/airline.jsonl"), "utf8").split("\n")
      .filter((line) => line.includes(traceId!))
    const file = path.join(folder, "airline.jsonl")
    fs.writeFileSync(file, lines.join("\n"))
    airline = lines.flatMap((line) =>
      (JSON.parse(line) as {
        readonly resourceSpans: ReadonlyArray<
          { readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<WireSpan> }> }
        >
      }).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    )
    const files = [file, ...transcripts.map(({ file }) => file)]
    viewer = await start(
      TraceFile.layer(files, { otherwise: spansOf }).pipe(Layer.provide(NodeFileSystem.layer)),
      scope
    )
    shared = await viewer.open("/#/", tall)
  }, 120_000)

  afterAll(async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    fs.rmSync(folder, { recursive: true, force: true })
  })

  const goTo = async (page: Page, hash: string, selector: string) => {
    await page.evaluate((hash) => void (location.hash = hash), hash)
    await page.waitForSelector(selector)
  }

  const rows = async (page: Page) => (await text(page, ".row .x")).map((label) => label.trim())

  /** The attributes of a step, as the page lists them. */
  const attributesOnPage = async (page: Page, traceId: string, spanId: string) => {
    await goTo(page, `#/session/${traceId}?span=${spanId}`, `.row.sel[id="step-${spanId}"]`)
    await page.keyboard.press("4")
    await page.waitForSelector(".raw")
    return page.evaluate(() => {
      const list = document.querySelector(".raw")!
      const texts = (tag: string) => [...list.querySelectorAll(tag)].map((element) => element.textContent)
      const values = texts("dd")
      return Object.fromEntries(texts("dt").map((key, i) => [key, values[i]]))
    })
  }

  it("npm start: the list has its totals", async () => {
    const page = await viewer.open("/#/?service=airline-support")
    await page.waitForSelector("a.name")
    assert.deepStrictEqual(await text(page, "a.name"), ["airline-support"])
    const calls = airline.filter(({ name }) => name === "llm.completion").map(wireAttributes)
    const tokens = (key: string) => sum(calls.map((call) => Number(call[key]))).toLocaleString("en-US")
    const [row] = await text(page, "table.sessions tbody tr")
    assert.include(row, `${tokens("gen_ai.usage.input_tokens")} → ${tokens("gen_ai.usage.output_tokens")}`)
    assert.include(row, `$${sum(calls.map((call) => Number(call["agentops.usage.cost"]))).toFixed(3)}`)
    assert.include(row, "QK7M2T is on NS413")
    assert.include(row, "Done: reservation QK7M2T")
    const cells = await text(page, "table.sessions tbody td.n")
    assert.strictEqual(cells[1], String(calls.length))
    assert.match(cells[2]!, new RegExp(`^${airline.filter(({ name }) => name === "agent.tool").length} 1 ✗$`))
    await page.close()
  })

  it("npm start: each step is there, with the attributes that were sent", async () => {
    const [{ traceId }] = airline as [WireSpan]
    const page = await viewer.open(`/#/session/${traceId}`, tall)
    await page.waitForSelector(".row")
    // Attempts are folded into their event.
    const steps = airline.filter((span) => span.attributes.every(({ key }) => key !== "agentops.attempt"))
    assert.strictEqual((await rows(page)).length, steps.length)
    const tools = steps.filter(({ name }) => name === "agent.tool").map((span) =>
      wireAttributes(span)["gen_ai.tool.name"]!
    )
    const labels = (await rows(page)).join("\n")
    for (const tool of tools) assert.include(labels, tool)
    assert.include(labels, "2 attempts")
    for (const span of steps) {
      assert.deepStrictEqual(await attributesOnPage(page, traceId, span.spanId), wireAttributes(span), span.name)
    }
    await page.keyboard.press("5")
    await page.waitForSelector(".chips.inner")
    await page.click("text=OpenInference")
    assert.include((await text(page, ".raw")).join(), "openinference.span.kind")
    assert.deepStrictEqual(await violations(page), [])
    await page.close()
  })

  it("npm start: the conversation has all messages and tool calls in order", async () => {
    const [{ traceId }] = airline as [WireSpan]
    const page = await viewer.open(`/#/session/${traceId}`, tall)
    await page.waitForSelector(".msg")
    const talk = (await page.locator(".msg").allTextContents()).join("\n")
    let at = 0
    for (
      const said of [
        "Hello, this is Mira Okafor",
        "get_reservation_details",
        "There is no reservation QK7M2I",
        "get_user_details",
        "P0X4LN",
        "search_flights",
        "update_reservation_flight",
        "Done: reservation QK7M2T is now on NS413"
      ]
    ) {
      const next = talk.indexOf(said, at)
      assert.isAtLeast(next, at, said)
      at = next
    }
    await page.close()
  })

  it.each(transcripts.map((file) => [file.name, file] as const))("transcript %s: every message and tool call", async (
    _name,
    { file, text: json }
  ) => {
    const { messages } = JSON.parse(json) as Transcript
    const page = shared
    await goTo(page, "#/", "a.name")
    await page.click(`a.name:text-is("${path.basename(file)}")`)
    await page.waitForSelector(".msg")
    // No call received the user's message after the last answer.
    const end = messages.findLastIndex(({ role }) => role === "assistant")
    const said = (role: string) =>
      messages.slice(0, end + 1).filter((message) => message.role === role)
        .flatMap(({ content }) => typeof content === "string" && content !== "" ? [content.trim()] : [])
    const texts = async (selector: string) =>
      (await page.locator(`${selector} .text`).allTextContents()).map((text) => text.trim())
    assert.deepStrictEqual(await texts(".msg.u"), said("user"))
    assert.deepStrictEqual(await texts(".msg.a"), said("assistant"))
    assert.deepStrictEqual(await texts(".msg.sys"), said("system"))
    const calls = messages.flatMap((message) => message.tool_calls ?? []).map((call) => call.function)
    const titles = await page.locator(".msg.tl .who button, .msg.er .who button").allTextContents()
    assert.deepStrictEqual(titles.map((title) => title.replace(" ✗", "")), calls.map(({ name }) => name))
    const llm = messages.filter(({ role }) => role === "assistant").length
    assert.include((await text(page, ".facts")).join(" ").replace(/\s+/g, " "), `Tools ${calls.length} `)
    // The rows follow once the page knows its height.
    await page.locator(".row .k-llm").nth(llm - 1).waitFor()
    assert.strictEqual(await page.locator(".row .k-llm").count(), llm)
  })

  it("OpenTelemetry's own SDK, in GenAI names", async () => {
    const spans = await traced(viewer.base, "forecaster-service", genAiAgent)
    const page = await viewer.open("/#/?service=forecaster-service", tall)
    await page.waitForSelector("a.name")
    const [row] = await text(page, "table.sessions tbody tr")
    for (const fact of ["forecaster", "Will it rain in Bonn?", "2,500 → 50", "$0.0004"]) assert.include(row, fact)
    await page.click("a.name")
    await page.waitForSelector(".row")
    assert.deepStrictEqual(await rows(page), [
      "forecaster",
      "gpt-4o-mini → get_weather",
      "get_weather ✗ RangeError",
      "gpt-4o-mini: I cannot tell."
    ])
    for (const span of spans) {
      const { spanId, traceId } = span.spanContext()
      assert.deepStrictEqual(await attributesOnPage(page, traceId, spanId), attributesOf(span), span.name)
    }
    const agent = spans.at(-1)!
    await goTo(page, `#/session/${traceOf(spans)}?span=${agent.spanContext().spanId}`, ".row.sel")
    await page.keyboard.press("2")
    const facts = (await text(page, ".pane")).join()
    for (const fact of ["conversation-9", "forecaster-service", "0af7651916cd43dd8448eb211c80319c"]) {
      assert.include(facts, fact)
    }
    assert.deepStrictEqual(await violations(page), [])
    await page.close()
  })

  it.each([["7", false], ["4 to 6", true]] as const)("Vercel's AI SDK, in the names of its %s", async (
    _words,
    legacy
  ) => {
    const service = legacy ? "vercel-legacy" : "vercel"
    const spans = await traced(viewer.base, service, vercelAgent(legacy))
    const page = await viewer.open(`/#/?service=${service}`, tall)
    await page.waitForSelector("a.name")
    const [row] = await text(page, "table.sessions tbody tr")
    for (const fact of ["How is the weather in Bonn and in Atlantis?", "Rain in Bonn.", "600 → 14"]) {
      assert.include(row, fact)
    }
    await page.click("a.name")
    await page.waitForSelector(".row")
    assert.strictEqual((await rows(page)).length, spans.length)
    const labels = (await rows(page)).join("\n")
    for (
      const label of ["forecast-1-2026 → weather, weather", "weather ✗ RangeError", "forecast-1-2026: Rain in Bonn."]
    ) {
      assert.include(labels, label)
    }
    const talk = (await page.locator(".msg").allTextContents()).join("\n")
    for (const said of ["Be brief.", "How is the weather", "One is a legend.", "no such city", `"sky": "rain"`]) {
      assert.include(talk, said)
    }
    assert.strictEqual(talk.split("How is the weather in Bonn and in Atlantis?").length, 2, "said once, shown once")
    for (const span of spans) {
      const { spanId, traceId } = span.spanContext()
      assert.deepStrictEqual(await attributesOnPage(page, traceId, spanId), attributesOf(span), span.name)
    }
    assert.deepStrictEqual(await violations(page), [])
    await page.close()
  })

  it("never asked another host, and had no error", () => {
    assert.deepStrictEqual(viewer.problems, [])
  })
})
