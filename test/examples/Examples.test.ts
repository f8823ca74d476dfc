/**
 * Every example runs by itself and prints what its page shows. The README shows a part of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fs from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as path from "node:path"
import * as Server from "../../examples/airline/server.ts"
import { example, npmStart, type Outcome, shape, start } from "../support/examples/run.ts"

const root = path.resolve(import.meta.dirname, "../..")

const assertEnded = ({ code, stderr }: Outcome) => assert.strictEqual(code, 0, stderr)

interface Printed {
  /** The marks and names of the trees. */
  readonly tree?: ReadonlyArray<string>
  /** All lines, where nothing varies. */
  readonly lines?: ReadonlyArray<string>
  /** Some of what is printed. */
  readonly prints?: ReadonlyArray<string | RegExp>
}

/** The tree of the agent that asks for the weather in one city, below its session. */
const forecaster = [
  "└─ ✓ agent.run forecaster",
  "   ├─ ✓ llm.completion",
  "   │  └─ ✓ llm.api.call",
  "   ├─ ✓ agent.tool weather",
  "   │  └─ ✓ tool.execution",
  "   └─ ✓ llm.completion",
  "      └─ ✓ llm.api.call"
]

/** What each example prints. */
const printed: Readonly<Record<string, Printed>> = {
  quickstart: {
    tree: [
      "✓ shopping",
      "├─ ✓ agent.tool search",
      "│  └─ ✓ tool.execution",
      "└─ ✓ llm.completion",
      "   └─ ✓ llm.api.call"
    ],
    prints: [
      "Set AGENTOPS_API_KEY to send them to AgentOps",
      "gpt-4o  24 → 9 tokens  $0.00015  You asked for red shoes: $59."
    ]
  },
  sampling: {
    tree: [
      "✗ order 7",
      "└─ ✗ agent.tool find_order",
      "   └─ ✗ tool.execution"
    ],
    prints: ["Three sessions; spans kept: 3, not kept: 6"]
  },
  businessMetrics: {
    prints: [
      "paid back: 14449 cents",
      "models cost: 210600 nano-dollars",
      "shop.refunded  13999 cent  shop.refund.reason=late",
      "shop.tickets.open  0 ticket"
    ]
  },
  retry: {
    tree: [
      "✓ retry",
      "└─ ✓ llm.completion",
      "   ├─ ✗ llm.api.call",
      "   ├─ ✗ llm.api.call",
      "   └─ ✓ llm.api.call"
    ],
    prints: ["RateLimited: request 2 came too soon", "Third time lucky. 1 LLM call, 18 tokens in."]
  },
  customEvent: {
    tree: [
      "✓ custom-event",
      "└─ ✓ agent.retrieval",
      "   └─ ✓ retrieval.query"
    ],
    prints: ["'example.retrieval.hits': 2", `read back: 2 hits for "flight" in help-centre`]
  },
  customExporter: {
    lines: [
      "large-1: $0.003800",
      "small-1: $0.000240",
      "cost-report: 5 delivered, 0 pending"
    ]
  },
  openAi: {
    tree: ["✓ openai", ...forecaster],
    prints: ["gpt-4o-mini  61 → 17 tokens  $0.000019  In Boston it is now: light rain, 14 °C."]
  },
  effectAi: {
    tree: [
      "✓ effect-ai",
      "└─ ✓ agent.run forecaster",
      "   ├─ ✓ Chat.generateText",
      "   │  └─ ✓ llm.completion",
      "   │     ├─ ✓ llm.api.call",
      "   │     └─ ✓ agent.tool weather",
      "   │        └─ ✓ tool.execution",
      "   └─ ✓ Chat.generateText",
      "      └─ ✓ llm.completion",
      "         └─ ✓ llm.api.call"
    ]
  },
  rag: {
    tree: [
      "✓ rag",
      "└─ ✓ agent.run help-desk",
      "   ├─ ✓ agent.retrieval help-centre",
      "   │  └─ ✓ retrieval.query",
      "   │     └─ ✓ llm.completion",
      "   │        └─ ✓ llm.api.call",
      "   ├─ ✓ agent.rerank",
      "   │  └─ ✓ rerank.api.call",
      "   └─ ✓ llm.completion",
      "      └─ ✓ llm.api.call"
    ],
    prints: [
      /^Refunds take five days and go to the card that paid\.$/m,
      /agent\.rerank {2}\S+ {2}rerank-v3\.5 {2}2 documents/
    ]
  },
  feedback: {
    prints: [/^grounded: 1$/m, /^stars: 4$/m, "└─ ✓ evaluation stars"]
  },
  agentTest: {
    lines: ["the agent did as it should"]
  },
  handoff: {
    tree: [
      "✓ refund",
      "└─ ✓ agent.run triage",
      "   └─ ✓ agent.handoff billing",
      "      └─ ✓ agent.run billing",
      "         ├─ ✓ agent.approval refund",
      "         └─ ✓ agent.tool pay_back",
      "            └─ ✓ tool.execution"
    ],
    prints: [/^\$59 for order 7$/m, /agent\.approval refund {2}\S+ {2}approved by u-17/]
  },
  aiSdk: {
    tree: ["✓ ai-sdk", ...forecaster],
    prints: ["2 LLM calls  1 tool call  122 → 34 tokens  $0.000039"]
  },
  langGraph: {
    tree: [
      "✓ langgraph",
      "└─ ✓ agent.run forecaster",
      "   ├─ ✓ agent.action model",
      "   │  └─ ✓ action.execution",
      "   │     └─ ✓ llm.completion",
      "   │        └─ ✓ llm.api.call",
      "   ├─ ✓ agent.action tools",
      "   │  └─ ✓ action.execution",
      "   │     └─ ✓ agent.tool weather",
      "   │        └─ ✓ tool.execution",
      "   └─ ✓ agent.action model",
      "      └─ ✓ action.execution",
      "         └─ ✓ llm.completion",
      "            └─ ✓ llm.api.call"
    ],
    prints: [/^In Boston it is now: light rain, 14 °C\.$/m]
  },
  severalBackends: {
    prints: [
      "✓ weather",
      "counter: 5 spans in a batch",
      "collector: agent.tool, llm.api.call, llm.completion, tool.execution, weather"
    ]
  }
}

describe("examples", { timeout: 60_000 }, () => {
  it.live("all have a header and a row in the list of examples", () =>
    Effect.sync(() => {
      const list = fs.readFileSync(path.join(root, "examples/README.md"), "utf8")
      const files = fs.globSync(["examples/*.ts", "examples/*/main.ts"], { cwd: root })
      assert.isAtLeast(files.length, 7)
      for (const file of files) {
        const [first, second] = fs.readFileSync(path.join(root, file), "utf8").split("\n")
        assert.match(first!, /^\/\/ \S/, file)
        assert.match(second!, /^\/\/ Run: /, file)
        assert.include(list, `](${file.replace("examples/", "")})`)
      }
    }))

  for (const [name, { lines, prints = [], tree }] of Object.entries(printed)) {
    it.live(`${name} runs, and prints what it is to`, () =>
      Effect.gen(function*() {
        const outcome = yield* example(`examples/${name}.ts`)
        assertEnded(outcome)
        const { stdout } = outcome
        if (tree !== undefined) assert.deepStrictEqual(shape(stdout), tree)
        if (lines !== undefined) assert.deepStrictEqual(stdout.trim().split("\n"), lines)
        for (const print of prints) {
          if (typeof print === "string") assert.include(stdout, print)
          else assert.match(stdout, print)
        }
      }))
  }

  it.live("chat: on Node and on workerd the first byte is out before the flush, and all spans arrive", () =>
    Effect.gen(function*() {
      const outcome = yield* example("examples/chat/main.ts")
      assertEnded(outcome)
      const lines = ["Hono on Node", "Hono on workerd", "Hono on workerd, again"].flatMap((runtime) => [
        `${runtime}: You asked: Who are you?`,
        "  first byte, then spans: agent.run, chat, llm.api.call, llm.completion"
      ])
      assert.deepStrictEqual(outcome.stdout.trim().split("\n"), lines)
    }))
})

interface FileSpan {
  readonly traceId: string
  readonly name: string
  readonly attributes: ReadonlyArray<{ readonly key: string; readonly value: { readonly intValue?: string | number } }>
}

const fileSpans = (file: string): ReadonlyArray<FileSpan> =>
  fs.readFileSync(path.join(root, file), "utf8").trimEnd().split("\n").flatMap((line) => {
    const batch = JSON.parse(line) as {
      readonly resourceSpans: ReadonlyArray<{
        readonly scopeSpans: ReadonlyArray<{ readonly spans: ReadonlyArray<FileSpan> }>
      }>
    }
    return batch.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
  })

const intOf = (span: FileSpan, key: string): number =>
  Number(span.attributes.find((attribute) => attribute.key === key)?.value.intValue ?? 0)

/** The paths that backends received, in order of arrival. */
const startBackend = Effect.gen(function*() {
  const paths: Array<string> = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? "")
    request.resume().on("end", () => {
      response.setHeader("content-type", "application/json")
      response.end(request.url === "/v3/auth/token" ? JSON.stringify({ token: "t", project_id: "p" }) : "{}")
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.callback<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths }
})

describe("npm start", { timeout: 60_000 }, () => {
  it.live("prints what the README shows, and writes the same spans to a file", () =>
    Effect.gen(function*() {
      const outcome = yield* npmStart
      assertEnded(outcome)
      const spans = shape(outcome.stdout)
      const readme = fs.readFileSync(path.join(root, "README.md"), "utf8")
      const [, picture = ""] = /<!-- npm start -->([^]*)<!-- \/npm start -->/.exec(readme) ?? []
      // The README leaves lines out. Its lines are the program's, in the same order.
      const shown = shape(picture)
      assert.isAtLeast(shown.length, 10)
      let at = -1
      for (const line of shown) {
        at = spans.indexOf(line, at + 1)
        assert.isAtLeast(at, 0, `the program does not print "${line}" here`)
      }
      assert.include(picture, "  $0.01")
      assert.include(outcome.stdout, "7652 → 247 tokens  $0.01")

      assert.include(outcome.stdout, "Agent: Done: reservation QK7M2T is now on NS413")
      assert.include(outcome.stdout, "Success (QK7M2T is on NS413)  6 LLM calls  6 tool calls  1 action  1 error")
      assert.include(outcome.stdout, "ReservationNotFound: There is no reservation QK7M2I")
      const tried = spans.indexOf("│  │  ├─ ✗ llm.api.call")
      assert.isAbove(tried, 0)
      assert.strictEqual(spans[tried + 1], "│  │  └─ ✓ llm.api.call")

      const [, traceId] = /^trace ([0-9a-f]{32})$/m.exec(outcome.stdout) ?? []
      const [, file] = /OTLP JSON: (\S+)/.exec(outcome.stdout) ?? []
      const written = fileSpans(file!).filter((span) => span.traceId === traceId)
      assert.strictEqual(written.length, spans.length)
      assert.deepStrictEqual(
        written.map((span) => span.name).toSorted(),
        spans.map((line) => line.replace(/^.*?[✓✗] (\S+).*$/, "$1")).toSorted()
      )
      const cached = written.filter((span) => span.name === "llm.completion")
        .map((span) => intOf(span, "gen_ai.usage.cache_read.input_tokens"))
      assert.isAbove(Math.max(...cached), 1000)
    }))

  it.live("takes another endpoint and more backends from the environment", () =>
    Effect.scoped(Effect.gen(function*() {
      const modelUrl = yield* Server.start
      const collector = yield* startBackend
      const agentOps = yield* startBackend
      const outcome = yield* start({
        OPENAI_API_KEY: "test",
        OPENAI_BASE_URL: modelUrl,
        OPENAI_MODEL: "another-model",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        AGENTOPS_API_KEY: "00000000-0000-4000-8000-000000000000",
        AGENTOPS_API_ENDPOINT: agentOps.url,
        AGENTOPS_EXPORTER_ENDPOINT: `${agentOps.url}/v1/traces`
      })
      assertEnded(outcome)
      assert.include(outcome.stdout, "✓ llm.completion")
      assert.include(outcome.stdout, "another-model")
      assert.notInclude(outcome.stdout, "airline-script")
      assert.include(collector.paths, "/v1/traces")
      assert.strictEqual(agentOps.paths[0], "/v3/auth/token")
      assert.include(agentOps.paths, "/v1/traces")
    })))

  it.live("shows a model that cannot be reached as a failed session", () =>
    Effect.gen(function*() {
      const outcome = yield* start({ OPENAI_API_KEY: "test", OPENAI_BASE_URL: "http://127.0.0.1:1" })
      assert.strictEqual(outcome.code, 1)
      assert.deepStrictEqual(shape(outcome.stdout), [
        "✗ airline-support",
        "└─ ✗ agent.run support",
        "   └─ ✗ llm.completion",
        "      └─ ✗ llm.api.call"
      ])
      assert.include(outcome.stdout, "ModelFailed")
    }))
})
