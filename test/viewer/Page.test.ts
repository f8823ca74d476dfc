/** The page in a real browser: it shows the content of the trace, and no part of a trace becomes markup. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as fs from "node:fs"
import * as path from "node:path"
import type { SpanData } from "../../src/core/SpanData.ts"
import * as MemoryStore from "../../src/viewer/MemoryStore.ts"
import * as SavedPage from "../../src/viewer/SavedPage.ts"
import { TraceSink } from "../../src/viewer/TraceStore.ts"
import { root } from "../support/docs/program.ts"
import { executablePath, start, text, type Viewer, violations } from "../support/viewer/browser.ts"
import { session, span, traceId } from "../support/viewer/sessions.ts"

const bad = `"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`

const hostile = session(5, { name: bad, question: bad, answer: bad, tag: bad, model: bad }).map((span): SpanData => ({
  ...span,
  attributes: { ...span.attributes, [bad]: bad },
  status: span.status.code === "error" ? { code: "error", message: bad } : span.status,
  resource: { attributes: { "service.name": bad } }
}))

const long = [
  span({ trace: 6, id: 1, name: "long", lasts: 10_000, attributes: { "agentops.session.name": "long" } }),
  ...Array.from(
    { length: 10_000 },
    (_, i) => span({ trace: 6, id: i + 2, parent: 1, name: `step ${i}`, at: i, lasts: 1 })
  )
]

describe.skipIf(executablePath === undefined)("the viewer's page", { timeout: 120_000 }, () => {
  const scope = Scope.makeUnsafe()
  let viewer: Viewer
  let saved = ""

  beforeAll(async () => {
    viewer = await start(MemoryStore.layer({ source: "a test" }), scope)
    saved = await viewer.run(Effect.gen(function*() {
      const sink = yield* TraceSink
      yield* sink.addSpans(session(1))
      yield* sink.addSpans(
        session(2, { name: "refund", question: "I was charged twice", answer: "I refunded it.", at: 1_000 })
      )
      yield* sink.addSpans(hostile)
      yield* sink.addLogs([{
        traceId: traceId(1),
        spanId: "",
        time: 1_790_000_000_000_000_000n,
        severityNumber: 13,
        severityText: "WARN",
        eventName: undefined,
        body: "the order system is slow",
        attributes: {},
        resource: { attributes: {} }
      }])
      return yield* SavedPage.html()
    }))
  }, 120_000)

  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

  const add = (spans: ReadonlyArray<SpanData>) => viewer.run(Effect.flatMap(TraceSink, (sink) => sink.addSpans(spans)))

  it("lists the sessions with their figures", async () => {
    const page = await viewer.open(`/#/?text=There+is+no+order+7`)
    await page.waitForSelector("table.sessions tbody tr")
    assert.deepStrictEqual(await text(page, "a.name"), ["order-question"])
    const [row] = await text(page, "table.sessions tbody tr")
    for (const said of ["Where is order 7?", "→ There is no order 7.", "success", "240 ms", "2,000 → 200", "$1.00"]) {
      assert.include(row, said)
    }
    assert.deepStrictEqual(await violations(page), [])
    await page.close()
  })

  it("charts cost, tokens, latency and errors, over time and by model", async () => {
    const page = await viewer.open("/#/?text=order")
    await page.waitForSelector(".tile svg")
    const names = await page.locator(".tile svg").evaluateAll((all) => all.map((svg) => svg.getAttribute("aria-label")))
    for (const name of ["Cost", "Tokens", "Model latency, p50 / p95", "Errors"]) {
      assert.include(names, `${name} over time`)
    }
    const titles = (await page.locator(".tile svg title").allTextContents()).join("\n")
    for (const said of [": $1.00", ": 2,200 tokens", "gpt-4o-mini: 100 ms", ": 1 errors"]) assert.include(titles, said)
    const row = (await text(page, ".models tbody tr")).find((row) => row.includes("gpt-4o-mini"))
    assert.match(row!.replace(/\s+/g, " "), /^gpt-4o-mini \d+ \$[\d.]+ [\d,]+ 100 ms 0$/)
    await page.selectOption("select >> nth=3", "10")
    await page.waitForSelector(".empty")
    assert.include(page.url(), "minCost=10")
    await page.close()
  })

  it("shows metrics that programs send, or how to send them", async () => {
    const page = await viewer.open("/#/metrics")
    await page.waitForSelector(".empty")
    assert.include((await text(page, ".empty")).join(), "MetricExporter.otlp()")
    const point = {
      name: bad,
      description: bad,
      unit: "{order}",
      type: "sum",
      isDelta: true,
      attributes: { [bad]: bad },
      resource: { attributes: { "service.name": "shop" } },
      value: 2,
      count: undefined,
      sum: undefined,
      min: undefined,
      max: undefined
    } as const
    for (const time of [1n, 2n]) {
      await viewer.run(Effect.flatMap(TraceSink, (sink) => sink.addMetrics([{ ...point, time: time * 1_000_000n }])))
    }
    await page.waitForSelector("table tbody tr >> text=4")
    const [row] = await text(page, "tbody tr")
    for (const said of [bad, "shop", "order"]) assert.include(row, said)
    assert.isUndefined(await page.evaluate(() => (globalThis as { hacked?: unknown }).hacked))
    assert.deepStrictEqual(await violations(page), [])
    await page.close()
  })

  it("shows one session as steps, as a conversation and step by step", async () => {
    const page = await viewer.open(`/session/${traceId(1)}`)
    await page.waitForSelector(".row")
    const labels = (await text(page, ".row .x")).map((label) => label.trim())
    assert.deepStrictEqual(labels, [
      "order-question",
      "support",
      "gpt-4o-mini → find_order",
      "find_order ✗ NotFound",
      "gpt-4o-mini: There is no order 7."
    ])
    const talk = (await text(page, ".msg")).join("\n")
    assert.isBelow(talk.indexOf("Where is order 7?"), talk.indexOf("calls find_order"))
    assert.isBelow(talk.indexOf("NotFound: no order 7"), talk.indexOf("There is no order 7."))
    assert.strictEqual(talk.split("Where is order 7?").length, 2, "a message is shown once")
    assert.deepStrictEqual(await violations(page), [])

    await page.focus(".rows")
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown")
    await page.waitForSelector(".row.sel >> text=find_order")
    assert.match(page.url(), /\?span=0000000000000005$/)
    assert.include((await text(page, ".pane")).join(), "no order 7")
    await page.keyboard.press("3")
    assert.include((await text(page, ".pane")).join(), "the order system is slow")
    await page.keyboard.press("4")
    assert.include((await text(page, ".pane")).join(), "gen_ai.tool.call.arguments")
    assert.deepStrictEqual(await violations(page), [])
    await page.close()
  })

  it("compares two sessions and names the first difference", async () => {
    const page = await viewer.open(`/#/compare/${traceId(1)}/${traceId(2)}`)
    await page.waitForSelector("table.compare")
    assert.include((await text(page, ".note")).join(), "step 1: order-question in the first run, refund in the second")
    await page.click("tr.changed >> nth=-1")
    assert.include((await text(page, "ins")).join(" "), "refunded")
    assert.deepStrictEqual(await violations(page), [])
    await page.close()
  })

  it("takes nothing of a trace for markup, in any view", async () => {
    for (const place of [`#/session/${traceId(5)}`, `#/compare/${traceId(5)}/${traceId(1)}`, "#/"]) {
      const page = await viewer.open(`/${place}`)
      await page.waitForSelector(place === "#/" ? "a.name" : ".x")
      if (place.includes("session")) {
        await page.click(".row >> nth=3")
        for (const key of ["2", "4"]) await page.keyboard.press(key)
      }
      assert.isUndefined(await page.evaluate(() => (globalThis as { hacked?: unknown }).hacked))
      assert.strictEqual(await page.locator("img").count(), 0)
      assert.include(await page.content(), "&lt;img")
      await page.close()
    }
  })

  it("opens a session of 10,000 steps and draws those in sight", async () => {
    await add(long)
    const page = await viewer.open(`/#/session/${traceId(6)}`)
    await page.waitForSelector(".row")
    assert.isBelow(await page.locator(".row").count(), 100)
    await page.focus(".rows")
    await page.keyboard.press("End")
    await page.waitForSelector(".row.sel >> text=step 9999")
    await page.close()
  })

  it("shows a stream's first chunk, and each step in another service", async () => {
    const call = {
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.output_tokens": 150,
      "gen_ai.response.time_to_first_chunk": 0.5
    }
    await add([
      span({ trace: 8, id: 1, name: "front", lasts: 2_000, service: "front" }),
      span({ trace: 8, id: 2, parent: 1, name: "chat", lasts: 2_000, service: "models", attributes: call })
    ])
    const page = await viewer.open(`/#/session/${traceId(8)}?span=0000000000000002`)
    await page.waitForSelector(".row")
    assert.include((await text(page, ".row .x")).join("\n"), "in models")
    assert.include((await text(page, ".head")).join(), "front + models")
    const facts = (await text(page, ".pane")).join().replace(/\s+/g, " ")
    for (const said of ["first chunk after 500 ms", "then 100 tokens/s"]) assert.include(facts, said)
    const left = await page.locator(".tick").evaluate((tick) => (tick as HTMLElement).style.left)
    assert.strictEqual(left, "25%")
    await page.close()
  })

  it("grows while a session runs", async () => {
    const spans = session(7, { name: "running" })
    await add(spans.slice(0, 2))
    const page = await viewer.open(`/#/session/${traceId(7)}`)
    await page.waitForSelector(".row")
    assert.include((await text(page, ".facts")).join(), "running")
    await add(spans.slice(2))
    await page.waitForSelector(".facts >> text=success")
    assert.strictEqual(await page.locator(".row").count(), 5)
    await page.close()
  })

  it("is readable on a phone, in the dark, and at 400 %", async () => {
    for (const size of [{ width: 390, height: 800 }, { width: 320, height: 256 }]) {
      for (const place of ["#/", `#/session/${traceId(1)}`]) {
        const page = await viewer.open(`/${place}`, size)
        await page.emulateMedia({ colorScheme: "dark" })
        await page.reload()
        await page.waitForSelector(place === "#/" ? "a.name" : ".row")
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        assert.isAtMost(wide, 1, `${place} at ${size.width}`)
        assert.deepStrictEqual(await violations(page), [])
        await page.close()
      }
    }
  })

  it("works as one saved file that asks nobody", async () => {
    const file = path.join(root, "dist/viewer/saved-test.html")
    fs.writeFileSync(file, saved)
    const page = await viewer.open(`file://${file}`)
    await page.waitForSelector("a.name")
    assert.include(await text(page, "a.name"), "refund")
    await page.click("text=refund")
    await page.waitForSelector(".row")
    assert.isUndefined(await page.evaluate(() => (globalThis as { hacked?: unknown }).hacked))
    await page.close()
    fs.rmSync(file)
  })

  it("says what to do where there is nothing", async () => {
    const page = await viewer.open(`/#/session/none`)
    await page.waitForSelector(".empty")
    assert.include((await text(page, ".empty")).join(), "There is no such session here")
    await page.goto(`${viewer.base}/#/session/%E0%A4%A`)
    await page.waitForSelector(".empty >> text=There is no such session here")
    await page.goto(`${viewer.base}/#/?text=nobodysaidthis`)
    await page.waitForSelector(".empty")
    assert.include((await text(page, ".empty")).join(), "No session matches")
    assert.deepStrictEqual(await violations(page), [])
    await page.close()
  })

  it("never asked another host, and had no error", () => {
    assert.deepStrictEqual(viewer.problems.filter((problem) => !problem.includes("404")), [])
  })
})
