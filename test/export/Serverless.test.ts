import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as path from "node:path"
import * as AgentOps from "../../src/AgentOps.ts"
import * as Exporter from "../../src/export/Exporter.ts"
import * as Serverless from "../../src/export/Serverless.ts"
import * as Session from "../../src/trace/Session.ts"
import { traceTool } from "../../src/trace/ToolEvent.ts"
import { withLog } from "../support/delivery/withLog.ts"
import { type Answer, arrived, server } from "../support/otlp/server.ts"
import { lambdaFunction } from "../support/serverless/lambdaService.ts"

const live = (url: string) =>
  Exporter.otlp({ url, exportInterval: "1 hour", shutdownTimeout: "10 millis" }).pipe(
    Layer.provideMerge(AgentOps.layer({ serviceName: "function" }))
  )

describe("Serverless.handler", () => {
  it.live("serverless-cold-start: the spans of the first call have arrived when it answers", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      for (let i = 1; i <= 20; i++) {
        const handler = Serverless.handler(
          live(collector.url),
          (n: number) => Effect.succeed(n * 2).pipe(traceTool("double"))
        )
        assert.strictEqual(yield* Effect.promise(() => handler(i)), i * 2)
        assert.strictEqual(arrived(collector).length, i * 2)
      }
    }))

  it.live("so have those of later calls, from one layer", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      let built = 0
      const counting = Layer.provideMerge(Layer.effectDiscard(Effect.sync(() => built++)), live(collector.url))
      const handler = Serverless.handler(counting, () => Effect.void.pipe(traceTool("work")))
      yield* Effect.promise(() => Promise.all([handler(), handler(), handler()]))
      assert.strictEqual(arrived(collector).length, 6)
      yield* Effect.promise(() => handler())
      assert.strictEqual(arrived(collector).length, 8)
      assert.strictEqual(built, 1)
    }))

  it.live("and those of a failing call, which fails with its error", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const handler = Serverless.handler(live(collector.url), () =>
        Effect.fail(new Error("out of stock")).pipe(traceTool("order")))
      const error = yield* Effect.flip(Effect.tryPromise({
        try: () =>
          handler(),
        catch: (error) => error as Error
      }))
      assert.strictEqual(error.message, "out of stock")
      assert.strictEqual(arrived(collector).length, 2)
    }))

  it.live("a backend that is down holds up the answer for the given time only", () =>
    withLog(() =>
      Effect.gen(function*() {
        const collector = yield* server(() => "hang")
        const handler = Serverless.handler(
          live(collector.url),
          () => Effect.succeed("answer").pipe(traceTool("work")),
          { flushTimeout: "50 millis" }
        )
        assert.strictEqual(yield* Effect.promise(() => handler()), "answer")
      })
    ))
})

/** A collector that answers only when it is released, so that no flush ends before. */
const heldCollector = Effect.gen(function*() {
  let letGo = (_: Answer) => {}
  const answer = new Promise<Answer>((resolve) => letGo = resolve)
  const collector = yield* server(() => answer)
  return { collector, letGo: () => letGo({}) }
})

const patient = { flushTimeout: "10 seconds", idleTimeout: "10 seconds" } as const

/** A platform with `waitUntil`, and the promises that it waits for. */
const platform = () => {
  const behind: Array<Promise<unknown>> = []
  return {
    behind,
    context: { waitUntil: (promise: Promise<unknown>) => void behind.push(promise) },
    settled: Effect.promise(() => Promise.all(behind))
  }
}

const symbols = { next: Symbol.for("@next/request-context"), vercel: Symbol.for("@vercel/request-context") }

describe("a platform that waits", () => {
  interface Offer {
    readonly name: string
    readonly args: (waiting: { readonly waitUntil: (promise: Promise<unknown>) => void }) => ReadonlyArray<unknown>
    readonly context?: symbol
  }
  const offers: ReadonlyArray<Offer> = [
    { name: "Cloudflare's context", args: (context) => ["request", {}, context] },
    { name: "an event of a service worker", args: (event) => [event] },
    { name: "Hono's context", args: (executionCtx) => [{ executionCtx }] },
    { name: "Next.js's request context", args: () => ["request"], context: symbols.next },
    { name: "Vercel's request context", args: () => ["request"], context: symbols.vercel }
  ]
  it.live.each(offers)(
    "$name: the answer goes out before its spans have arrived",
    ({ args, context }) =>
      Effect.gen(function*() {
        const { collector, letGo } = yield* heldCollector
        const waiting = platform()
        if (context !== undefined) {
          yield* Effect.acquireRelease(
            Effect.sync(() => Object.assign(globalThis, { [context]: { get: () => waiting.context } })),
            () => Effect.sync(() => Reflect.deleteProperty(globalThis, context))
          )
        }
        const handler = Serverless.handler(
          live(collector.url),
          (..._: ReadonlyArray<unknown>) => Effect.succeed("answer").pipe(traceTool("work")),
          patient
        )
        assert.strictEqual(yield* Effect.promise(() => handler(...args(waiting.context))), "answer")
        assert.strictEqual(waiting.behind.length, 1)
        letGo()
        yield* waiting.settled
        assert.strictEqual(arrived(collector).length, 2)
      })
  )

  it.live("a given waitUntil takes precedence, and receives the arguments", () =>
    Effect.gen(function*() {
      const { collector, letGo } = yield* heldCollector
      const offered = platform()
      const given = platform()
      const handler = Serverless.handler(
        live(collector.url),
        (n: number, _: object) => Effect.succeed(n).pipe(traceTool("work")),
        { ...patient, waitUntil: (promise, n) => n === 7 && given.context.waitUntil(promise) }
      )
      assert.strictEqual(yield* Effect.promise(() => handler(7, offered.context)), 7)
      letGo()
      yield* given.settled
      assert.strictEqual(arrived(collector).length, 2)
      assert.deepStrictEqual([given.behind.length, offered.behind.length], [1, 0])
    }))

  it.live("a failing call rejects immediately, and one whose context throws waits", () =>
    Effect.gen(function*() {
      const { collector, letGo } = yield* heldCollector
      const waiting = platform()
      const failing = Serverless.handler(
        live(collector.url),
        (_: object) => Effect.fail(new Error("out of stock")).pipe(traceTool("work")),
        patient
      )
      const error = yield* Effect.promise(() => failing(waiting.context).catch((error: unknown) => error))
      assert.strictEqual((error as Error).message, "out of stock")
      letGo()
      yield* waiting.settled
      assert.strictEqual(arrived(collector).length, 2)

      const over = {
        get executionCtx(): object {
          throw new Error("no context here")
        },
        waitUntil: () => {
          throw new Error("the request is over")
        }
      }
      const held = Serverless.handler(live(collector.url), (_: object) => Effect.void.pipe(traceTool("work")), patient)
      yield* Effect.promise(() => held(over))
      assert.strictEqual(arrived(collector).length, 4)
    }))
})

/** A route that streams two words in a session, each when `next` allows it. */
const route = (url: string, options: Serverless.Options<[Request, ...Array<object>]> = patient) => {
  const words = Stream.make("Hel", "lo!").pipe(traceTool("greet"), Session.withSession({ name: "chat" }))
  return Serverless.fetch(live(url), (_request: Request, ..._: Array<object>) =>
    Effect.map(
      Stream.toReadableStreamEffect(Stream.encodeText(words)),
      (body) => new Response(body, { status: 201, headers: { "x-own": "1" } })
    ), options)
}

const request = () => new Request("http://localhost/chat")
const sessionSpans = ["agent.tool", "chat", "tool.execution"]
const names = (collector: Parameters<typeof arrived>[0]) =>
  arrived(collector).map((span) => String((span as { readonly name?: unknown }).name)).toSorted()

describe("Serverless.fetch", () => {
  it.live("passes a body on as it comes, and flushes when it has been read", () =>
    Effect.gen(function*() {
      const { collector, letGo } = yield* heldCollector
      const waiting = platform()
      const response = yield* Effect.promise(() => route(collector.url)(request(), waiting.context))
      assert.deepStrictEqual([response.status, response.headers.get("x-own")], [201, "1"])
      // To its very end, although no span has arrived.
      assert.strictEqual(yield* Effect.promise(() => response.text()), "Hello!")
      letGo()
      yield* waiting.settled
      assert.deepStrictEqual(names(collector), sessionSpans)
    }))

  it.live("without waitUntil every byte is sent immediately and the end waits for the spans", () =>
    Effect.gen(function*() {
      const { collector, letGo } = yield* heldCollector
      const response = yield* Effect.promise(() => route(collector.url)(request()))
      const reader = response.body!.getReader()
      let text = ""
      while (text !== "Hello!") {
        text += new TextDecoder().decode((yield* Effect.promise(() => reader.read())).value)
      }
      const end = reader.read()
      const first = yield* Effect.promise(() =>
        Promise.race([end, new Promise((resolve) => setTimeout(resolve, 20, "open"))])
      )
      assert.strictEqual(first, "open")
      letGo()
      assert.isTrue((yield* Effect.promise(() => end)).done)
      assert.deepStrictEqual(names(collector), sessionSpans)
    }))

  const endings: ReadonlyArray<readonly [string, (response: Response) => Promise<unknown>]> = [
    ["read", (response) => response.text()],
    ["let go", (response) => response.body!.cancel("enough")],
    ["let go after a part", async (response) => {
      const reader = response.body!.getReader()
      await reader.read()
      await reader.cancel("enough")
    }]
  ]
  it.live.each(endings)("a body that is %s is followed by its spans", ([, end]) =>
    Effect.gen(function*() {
      const collector = yield* server()
      const waiting = platform()
      const response = yield* Effect.promise(() => route(collector.url)(request(), waiting.context))
      yield* Effect.promise(() => end(response))
      yield* waiting.settled
      assert.deepStrictEqual(names(collector), sessionSpans)
    }))

  it.live("a failing body fails with its error, followed by its spans", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const waiting = platform()
      const broken = Stream.concat(Stream.make("Hel"), Stream.fail(new Error("cut"))).pipe(
        traceTool("greet"),
        Session.withSession({ name: "chat" }),
        Stream.encodeText
      )
      const fetch = Serverless.fetch(
        live(collector.url),
        (_: Request, _context: object) =>
          Effect.map(Stream.toReadableStreamEffect(broken), (body) => new Response(body)),
        patient
      )
      const response = yield* Effect.promise(() => fetch(request(), waiting.context))
      const error = yield* Effect.promise(() => response.text().catch((error: unknown) => error))
      assert.strictEqual((error as Error).message, "cut")
      yield* waiting.settled
      assert.deepStrictEqual(names(collector), sessionSpans)
    }))

  it.live("an unread body: the platform stops waiting, with the spans that have ended", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const waiting = platform()
      const fetch = route(collector.url, { ...patient, idleTimeout: "10 millis" })
      yield* Effect.promise(() => fetch(request(), waiting.context))
      yield* waiting.settled
    }))

  it.live("responses without a body, and other values, are unchanged", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const gone = new Response(null, { status: 204 })
      const fetch = Serverless.fetch(
        live(collector.url),
        (_: Request) => Effect.succeed(gone).pipe(traceTool("delete"))
      )
      assert.strictEqual(yield* Effect.promise(() => fetch(request())), gone)
      assert.strictEqual(arrived(collector).length, 2)
    }))

  it.live("the body of a response to HEAD is not waited for", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const waiting = platform()
      const fetch = Serverless.fetch(
        live(collector.url),
        (_: Request, _context: object) => Effect.sync(() => new Response("Hello!")).pipe(traceTool("greet")),
        { idleTimeout: Infinity, flushTimeout: "10 seconds" }
      )
      yield* Effect.promise(() => fetch(new Request("http://localhost/", { method: "HEAD" }), waiting.context))
      yield* waiting.settled
      assert.strictEqual(arrived(collector).length, 2)
    }))

  it.live("a request that is aborted interrupts the effect", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const abort = new AbortController()
      const fetch = Serverless.fetch(live(collector.url), (_: Request) =>
        Effect.andThen(Effect.sync(() => abort.abort()), Effect.never).pipe(traceTool("wait")))
      const aborted = new Request("http://localhost/", { signal: abort.signal })
      yield* Effect.exit(Effect.tryPromise(() =>
        fetch(aborted)
      ))
      assert.strictEqual(arrived(collector).length, 2)
    }))

  it.live("a layer for each call is released after its response", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const events: Array<string> = []
      const counted = Layer.effectDiscard(Effect.acquireRelease(
        Effect.sync(() => events.push("built")),
        () => Effect.sync(() => events.push("released"))
      )).pipe(Layer.provideMerge(live(collector.url)))
      const handler = Serverless.handler(
        counted,
        () => Effect.sync(() => events.push("called")).pipe(traceTool("work")),
        { lifetime: "call" }
      )
      yield* Effect.promise(() => handler())
      yield* Effect.promise(() => handler())
      assert.deepStrictEqual(events, ["built", "called", "released", "built", "called", "released"])
      assert.strictEqual(arrived(collector).length, 4)
    }))
})

const lambdaHandler = path.join(import.meta.dirname, "../support/serverless/lambdaHandler.ts")

describe("Serverless.lambda", { timeout: 30_000 }, () => {
  it.live("answers before its spans have arrived, and is frozen when they have", () =>
    Effect.gen(function*() {
      const { collector, letGo } = yield* heldCollector
      const lambda = yield* lambdaFunction(lambdaHandler, { COLLECTOR: collector.url })
      assert.strictEqual(yield* Effect.promise(() => lambda.invoke({ id: 1 })), 2)
      assert.deepStrictEqual(lambda.registered(), ["effect-agentops"])
      letGo()
      yield* Effect.promise(() => lambda.frozen())
      assert.strictEqual(arrived(collector).length, 2)
      for (const id of [2, 3]) {
        assert.strictEqual(yield* Effect.promise(() => lambda.invoke({ id })), id * 2)
        yield* Effect.promise(() => lambda.frozen())
        assert.strictEqual(arrived(collector).length, id * 2)
      }
    }))

  it.live("without it, the answer waits for them", () =>
    Effect.gen(function*() {
      const collector = yield* server()
      const lambda = yield* lambdaFunction(lambdaHandler, { COLLECTOR: collector.url, PLAIN: "1" })
      assert.strictEqual(yield* Effect.promise(() => lambda.invoke({ id: 1 })), 2)
      assert.strictEqual(arrived(collector).length, 2)
      assert.deepStrictEqual(lambda.registered(), [])
    }))

  it.live("elsewhere a handler is unchanged", () =>
    Effect.gen(function*() {
      const handler = () => Promise.resolve(1)
      assert.strictEqual(yield* Effect.promise(() => Serverless.lambda(handler)), handler)
    }))
})
