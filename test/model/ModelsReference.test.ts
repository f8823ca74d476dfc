/** The table in the reference agrees with what the readers read from each API. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { readers } from "../../src/model/internal/wire/apis.ts"
import * as LlmCall from "../../src/model/LlmCall.ts"

const page = fs.readFileSync(path.resolve(import.meta.dirname, "../../docs/reference/models.md"), "utf8")

const openAi = (input: string, output: string) => ({
  [`${input}_tokens`]: 9,
  [`${output}_tokens`]: 4,
  [`${input}_tokens_details`]: { cached_tokens: 3, audio_tokens: 2 },
  cost: 0.01
})

const cells = (line: string) => line.split("|").slice(1, -1).map((cell) => cell.trim())

const [head, ...rows] = page.split("\n").filter((line) => line.startsWith("| API") || line.startsWith("| `")).map(cells)

const directory = path.resolve(import.meta.dirname, "../fixtures/wire")

const fixtures = fs.readdirSync(directory).map((file) =>
  JSON.parse(fs.readFileSync(path.join(directory, file), "utf8")) as {
    readonly api: string
    readonly facts: { readonly parts: ReadonlyArray<string>; readonly usage: Record<string, number> }
  }
)

/** A usage in each API's form, with every count that the API reports. */
const usages: ReadonlyArray<readonly [api: LlmCall.Api, answer: object, columns: ReadonlyArray<string>]> = [
  ["chat_completions", { usage: openAi("prompt", "completion") }, ["cached tokens", "modalities", "told cost"]],
  ["responses", { usage: openAi("input", "output") }, ["cached tokens", "modalities", "told cost"]],
  [
    "completions",
    {
      usage: { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 3 }, cost: 0.01 }
    },
    ["cached tokens", "told cost"]
  ],
  ["embeddings", { usage: { prompt_tokens: 9, cost: 0.01 } }, ["told cost"]],
  [
    "messages",
    { usage: { input_tokens: 9, output_tokens: 4, cache_read_input_tokens: 3, cost: 0.01 } },
    ["cached tokens", "told cost"]
  ],
  ["generate_content", {
    usageMetadata: {
      promptTokenCount: 9,
      candidatesTokenCount: 4,
      cachedContentTokenCount: 3,
      promptTokensDetails: [{ modality: "AUDIO", tokenCount: 2 }]
    }
  }, ["cached tokens", "modalities"]],
  ["interactions", {
    usage: {
      total_input_tokens: 9,
      total_output_tokens: 4,
      total_cached_tokens: 3,
      input_tokens_by_modality: [{ modality: "audio", tokens: 2 }]
    }
  }, ["cached tokens", "modalities"]],
  ["converse", { usage: { inputTokens: 9, outputTokens: 4, cacheReadInputTokens: 3 } }, ["cached tokens"]],
  ["mistral", {
    usage: { promptTokens: 9, completionTokens: 4, promptTokensDetails: { cachedTokens: 3 } }
  }, ["cached tokens"]],
  ["cohere", { usage: { tokens: { input_tokens: 9, output_tokens: 4 }, cached_tokens: 3 } }, ["cached tokens"]],
  ["ollama", { prompt_eval_count: 9, eval_count: 4 }, []]
]

describe("the reference of models", () => {
  it("has a row for each API", () =>
    assert.deepStrictEqual(rows.map(([api]) => api!.replaceAll("`", "")).sort(), Object.keys(readers).sort()))

  it("agrees with the fixtures", () => {
    for (const { api, facts } of fixtures) {
      const row = rows.find(([name]) => name === `\`${api}\``)!
      const says = (column: string) => row[head!.indexOf(column)] === "●"
      assert.isTrue(says("answer") && says("stream") && says("request"), api)
      if (facts.parts.includes("tool_call")) assert.isTrue(says("tool calls"), api)
      if (facts.parts.includes("reasoning")) assert.isTrue(says("reasoning"), api)
      if (facts.usage["cacheReadTokens"] !== undefined) assert.isTrue(says("cached tokens"), api)
      if (facts.usage["audioInputTokens"] !== undefined) assert.isTrue(says("modalities"), api)
    }
  })

  it.each(usages)("lists for %s exactly the counts of its usage", (api, answer, columns) => {
    const call = LlmCall.readResponse(answer, { api })
    const read = [
      ...(call?.usage?.cacheReadTokens === 3 ? ["cached tokens"] : []),
      ...(call?.usage?.audioInputTokens === 2 ? ["modalities"] : []),
      ...(call?.cost === 0.01 ? ["told cost"] : [])
    ]
    assert.deepStrictEqual(read, columns)
    const row = rows.find(([name]) => name === `\`${api}\``)!
    const said = ["cached tokens", "modalities", "told cost"].filter((column) => row[head!.indexOf(column)] === "●")
    assert.deepStrictEqual(said, columns)
  })
})
