/** Every span of the library has the file and line of the caller, and not of the library. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { pipe } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { callSite, parseFrame } from "../../src/core/internal/callSite.ts"
import * as Field from "../../src/model/Field.ts"
import { spansOf } from "../../src/testing/TestTracing.ts"
import { traceAction } from "../../src/trace/ActionEvent.ts"
import { traceAgent } from "../../src/trace/AgentEvent.ts"
import { traceAttempt } from "../../src/trace/Attempt.ts"
import * as Event from "../../src/trace/Event.ts"
import { traceLlm, traceLlmWith } from "../../src/trace/LlmEvent.ts"
import * as Session from "../../src/trace/Session.ts"
import { ToolEvent, traceTool } from "../../src/trace/ToolEvent.ts"
import { exceptions } from "../support/traced.ts"

/** The line of the caller of this function. */
const here = (): number => {
  const frame = new Error("here").stack!.split("\n")[2]!
  return Number(/:(\d+):\d+\)?$/.exec(frame)![1])
}

const kind = Event.define("mine", { span: "mine", fields: { n: Field.attribute("n", Schema.Finite) } })
const namedKind = Event.define("mine.named", {
  span: "mine",
  fields: { n: Field.attribute("n", Schema.String) },
  nameField: "n"
})
const one = Effect.succeed(1)

// Each is on one line, so that the combinator and `here` have the same line.
// dprint-ignore
const forms: ReadonlyArray<readonly [string, () => readonly [Effect.Effect<unknown>, number]]> = [
  ["pipe, bare traceLlm", () => [pipe(one, traceLlm), here()]],
  [".pipe, bare traceLlm", () => [one.pipe(traceLlm), here()]],
  ["traceLlm called", () => [traceLlm(one), here()]],
  ["a long pipe", () => [pipe(one, Effect.map(String), Effect.map(String), traceLlm, Effect.map(String)), here()]],
  ["traceLlmWith, data-last", () => [one.pipe(traceLlmWith({ model: "m" })), here()]],
  ["traceLlmWith, data-first", () => [traceLlmWith(one, { model: "m" }), here()]],
  ["traceTool, data-last", () => [pipe(one, traceTool("t")), here()]],
  ["traceTool, data-first", () => [traceTool(one, "t"), here()]],
  ["traceAction, data-last", () => [one.pipe(traceAction("a")), here()]],
  ["traceAction, data-first", () => [traceAction(one, "a"), here()]],
  ["traceAgent, data-last", () => [one.pipe(traceAgent("a")), here()]],
  ["traceAgent, data-first", () => [traceAgent(one, "a"), here()]],
  ["a user's kind, data-last", () => [one.pipe(kind.trace({ n: 1 })), here()]],
  ["a user's kind, data-first", () => [kind.trace(one, { n: 1 }), here()]],
  ["a user's named kind, data-last", () => [one.pipe(namedKind.trace("x")), here()]],
  ["a user's named kind, data-first", () => [namedKind.trace(one, "x"), here()]],
  ["withSession, data-last", () => [one.pipe(Session.withSession()), here()]],
  ["withSession, data-first", () => [Session.withSession(one, {}), here()]],
  ["withSummary, data-last", () => [one.pipe(Session.withSummary()), here()]],
  ["withSummary, data-first", () => [Session.withSummary(one, {}), here()]],
  ["layer", () => [one.pipe(Effect.provide(Session.layer())), here()]],
  ["make", () => [Effect.scoped(Session.make()), here()]],
  ["record", () => [Session.record(ToolEvent.make({ name: "t" })), here()]]
]

const isHere = (path: unknown) => assert.match(String(path), /^\/.*\/test\/core\/CallSite\.test\.ts$/)

describe("code.file.path and code.line.number", () => {
  for (const [name, make] of forms) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const [program, line] = make()
        const spans = yield* spansOf(program)
        const span = spans.at(-1)!
        isHere(span.attributes["code.file.path"])
        assert.strictEqual(span.attributes["code.line.number"], line)
      }))
  }

  it.effect("are set inside an async function after an await", () =>
    Effect.gen(function*() {
      const [program, line] = yield* Effect.promise(async () => {
        await Promise.resolve()
        return [pipe(one, traceLlm), here()] as const
      })
      const [, span] = yield* spansOf(program)
      isHere(span!.attributes["code.file.path"])
      assert.strictEqual(span!.attributes["code.line.number"], line)
    }))

  it.effect("come with the function's name if it has one", () =>
    Effect.gen(function*() {
      function search() {
        return traceTool(one, "t")
      }
      const spans = yield* spansOf(search())
      assert.strictEqual(spans.at(-1)!.attributes["code.function.name"], "search")
    }))

  it.effect("are in an error's stack, with the name of the event", () =>
    Effect.gen(function*() {
      const line = here() + 1
      const program = Effect.fail(new Error("x")).pipe(traceAttempt, traceTool("t"))
      const spans = yield* spansOf(Effect.ignore(program))
      assert.deepStrictEqual(exceptions(spans.at(-1)!), [["Error", "x"]])
      const stack = String(spans.at(-1)!.events[0]!.attributes["exception.stacktrace"])
      assert.match(stack, new RegExp(`agent\\.tool \\(.*CallSite\\.test\\.ts:${line}:`))
      assert.notInclude(stack, "/trace/internal/")
    }))

  it.effect("are those of Session.make for a session of your own scope", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      let line = 0
      const spans = yield* spansOf(Effect.gen(function*() {
        line = here() + 1
        yield* Session.make({ name: "s" }).pipe(Scope.provide(scope))
        yield* Scope.close(scope, Exit.void)
      }))
      assert.strictEqual(spans[0]!.attributes["code.line.number"], line)
    }))

  it.effect("are set in a layer that is built later", () =>
    Effect.gen(function*() {
      const line = here() + 1
      const SessionLive = Session.layer({ name: "s" })
      const spans = yield* spansOf(Effect.scoped(Layer.build(SessionLive)))
      assert.strictEqual(spans[0]!.attributes["code.line.number"], line)
    }))
})

it("has no call site in a program that sets the stack limit to zero, and keeps that limit", () => {
  const limit = Error.stackTraceLimit
  try {
    Error.stackTraceLimit = 0
    assert.isUndefined(callSite(undefined).frame())
    assert.strictEqual(Error.stackTraceLimit, 0)
    Error.stackTraceLimit = 7
    assert.isString(callSite(undefined).frame())
    assert.strictEqual(Error.stackTraceLimit, 7)
  } finally {
    Error.stackTraceLimit = limit
  }
})

describe("a frame", () => {
  const frames: ReadonlyArray<readonly [string | undefined, unknown]> = [
    ["at main (file:///app/agent.ts:12:3)", { functionName: "main", filePath: "/app/agent.ts", line: 12 }],
    ["at file:///app/agent.ts:12:3", { functionName: undefined, filePath: "/app/agent.ts", line: 12 }],
    ["at async main (file:///app/agent.ts:12:3)", { functionName: "main", filePath: "/app/agent.ts", line: 12 }],
    ["at async file:///app/agent.ts:1:2", { functionName: undefined, filePath: "/app/agent.ts", line: 1 }],
    ["at new Agent (/app/a b.js:7:1)", { functionName: "new Agent", filePath: "/app/a b.js", line: 7 }],
    ["at Object.<anonymous> (/app/a.js:7:1)", {
      functionName: "Object.<anonymous>",
      filePath: "/app/a.js",
      line: 7
    }],
    ["at f (file:///app/my%20agent/%C3%A9.ts:3:4)", { functionName: "f", filePath: "/app/my agent/é.ts", line: 3 }],
    ["at f (file:///app/100%.ts:3:4)", { functionName: "f", filePath: "/app/100%.ts", line: 3 }],
    ["at f (/app/a%20b.ts:3:4)", { functionName: "f", filePath: "/app/a%20b.ts", line: 3 }],
    ["at f (file:///C:/app/a.ts:3:4)", { functionName: "f", filePath: "C:/app/a.ts", line: 3 }],
    ["at f (C:\\app\\a.ts:3:4)", { functionName: "f", filePath: "C:\\app\\a.ts", line: 3 }],
    ["at async Promise.all (index 0)", undefined],
    ["at Array.map (<anonymous>)", undefined],
    ["", undefined],
    [undefined, undefined]
  ]
  for (const [frame, expected] of frames) {
    it(String(frame), () => assert.deepStrictEqual(parseFrame(frame), expected as never))
  }
})

describe("callSite", () => {
  /** The location that a call site parses from a stack. */
  const frameOf = (...lines: ReadonlyArray<string>) => {
    const prepare = Error.prepareStackTrace
    Error.prepareStackTrace = () => ["Error", ...lines].join("\n")
    try {
      return callSite(frameOf).frame()
    } finally {
      if (prepare === undefined) Reflect.deleteProperty(Error, "prepareStackTrace")
      else Error.prepareStackTrace = prepare
    }
  }

  it("skips Effect's own frames and no others", () => {
    const mine = "    at main (file:///app/agent.ts:12:3)"
    for (
      const effect of [
        "    at pipe (file:///app/node_modules/effect/dist/Function.js:352:12)",
        "    at pipe (file:///app/node_modules/.pnpm/effect@4.1.0/node_modules/effect/src/Function.ts:352:12)",
        "    at pipe (C:\\app\\node_modules\\effect\\dist\\Function.js:352:12)"
      ]
    ) {
      assert.strictEqual(frameOf(effect, mine), mine.trim())
    }
    for (const user of ["    at main (/home/me/effect/src/agent.ts:1:1)", "    at main (/code/effect/dist/a.js:1:1)"]) {
      assert.strictEqual(frameOf(user, mine), user.trim())
    }
  })

  it("ignores stacks of another shape", () => {
    const prepare = Error.prepareStackTrace
    Error.prepareStackTrace = (_error, sites) => sites
    try {
      assert.isUndefined(callSite(here).frame())
    } finally {
      if (prepare === undefined) Reflect.deleteProperty(Error, "prepareStackTrace")
      else Error.prepareStackTrace = prepare
    }
  })

  it("restores the program's stack depth", () => {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 17
    callSite(here)
    assert.strictEqual(Error.stackTraceLimit, 17)
    Error.stackTraceLimit = limit
  })
})
