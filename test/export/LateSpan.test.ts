/** Long content is redacted and copied when its batch is built, not when its span ends. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pipe } from "effect/Function"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Convention from "../../src/convention/Convention.ts"
import { spanBytes, type WaitingBytes } from "../../src/export/internal/codecs.ts"
import { encodeSpan } from "../../src/export/internal/encodeSpan.ts"
import { encodeTraces } from "../../src/otlp/internal/protobuf.ts"
import { readTraces } from "../../src/otlp/internal/requestReader.ts"
import * as Session from "../../src/trace/Session.ts"
import type { Span } from "../../src/trace/Span.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"

/** Encodes each ended span as a protobuf exporter does, and counts the calls of the convention. */
const waiting = Effect.gen(function*() {
  const { addSink } = yield* AgentOps.AgentOps
  const items: Array<WaitingBytes> = []
  const spans: Array<Span> = []
  const asked = { times: 0, fails: false }
  const convention: Convention.Convention = {
    name: "counting",
    encode: (span, options) => {
      asked.times++
      if (asked.fails) throw new Error("no")
      return Convention.standard.encode(span, options)
    }
  }
  const encode = spanBytes.inOnePass!(convention, { content: true })
  yield* addSink({
    content: true,
    onEnd: (span) => {
      spans.push(span)
      items.push(encode(span))
    }
  })
  const body = Effect.map(Effect.suspend(() => spanBytes.body(items)), (chunks) => Buffer.concat(chunks))
  return { asked, body, items, spans }
})

const traced = <A, E>(program: Effect.Effect<A, E, AgentOps.AgentOps>) =>
  pipe(program, Effect.provide(AgentOps.layer({ serviceName: "t" })))

const long = "it goes on and on, ".repeat(10_000)

describe("A span with long content", () => {
  it.live("is encoded with its batch, to the same bytes as at its end", () =>
    traced(Effect.scoped(Effect.gen(function*() {
      const { asked, body, items, spans } = yield* waiting
      yield* Effect.succeed({ found: long }).pipe(traceTool("search", { parameters: { query: "short" } }))
      yield* Effect.succeed("short").pipe(traceTool("search", { parameters: { query: "short" } }))
      // The long span has an attempt, which is encoded at its end.
      assert.deepStrictEqual(items.map(({ from, to }) => to > from), [true, false, true, true])
      assert.strictEqual(asked.times, 3)
      const bytes = yield* body
      assert.strictEqual(asked.times, 4)
      const expected = spans.map((span) => encodeSpan(span, Convention.standard, { content: true }))
      assert.isTrue(bytes.equals(encodeTraces(expected)))
      // A batch that is sent again is not encoded again.
      assert.isTrue((yield* body).equals(bytes))
      assert.strictEqual(asked.times, 4)
    }))))

  it.live("has the facts from its end", () =>
    traced(Effect.scoped(Effect.gen(function*() {
      const { body } = yield* waiting
      const page = { text: long, links: ["a"] }
      yield* Effect.succeed(page).pipe(traceTool("search", { parameters: page }), Session.withSession({ input: page }))
      page.text = "changed"
      page.links.push("b")
      const spans = readTraces(yield* body)
      const told = spans.flatMap(({ attributes }) =>
        ["gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.input.messages"].flatMap((key) =>
          attributes[key] ?? []
        )
      )
      assert.lengthOf(told, 3)
      for (const text of told) {
        assert.include(text, long)
        assert.notInclude(text, "changed")
        assert.notInclude(text, "\"b\"")
      }
    }))))

  it.live("that no convention can encode still arrives", () =>
    traced(Effect.scoped(Effect.gen(function*() {
      const { asked, body } = yield* waiting
      yield* Effect.succeed(long).pipe(traceTool("search"))
      asked.fails = true
      assert.deepStrictEqual(
        readTraces(yield* body).map(({ attributes, name }) => [name, Object.keys(attributes).length > 0]),
        [["tool.execution", true], ["agent.tool", false]]
      )
    }))))
})
