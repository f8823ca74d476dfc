import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const run = promisify(execFile)

describe("examples/services", () => {
  it("three processes, one session, one tree", async () => {
    const { stdout } = await run(
      process.execPath,
      ["--conditions=effect-agentops-source", "examples/services/main.ts"],
      { timeout: 60_000 }
    )
    assert.deepStrictEqual(stdout.trimEnd().split("\n"), [
      "15 spans of 3 processes, 1 trace",
      "book-flight  [front]",
      "  agent.run  [front]",
      "    llm.completion  [front]",
      "      llm.api.call  [front]",
      "    agent.tool  [front]",
      "      tool.execution  [front]",
      "        POST  [front]",
      "          POST  [orders]",
      "            orders  [orders]",
      "              agent.tool  [orders]",
      "                tool.execution  [orders]",
      "              POST  [orders]",
      "              worker  [worker]",
      "                agent.action  [worker]",
      "                  action.execution  [worker]"
    ])
  })
})
