/** A receiver with scripted responses under the test's clock, and a destination that sends to it. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import * as Convention from "../../../src/convention/Convention.ts"
import * as LogLimits from "../../../src/core/LogLimits.ts"
import * as SpanLimits from "../../../src/core/SpanLimits.ts"
import type { Accepted } from "../../../src/delivery/internal/exportError.ts"
import { ExportError } from "../../../src/delivery/internal/exportError.ts"
import { interpret } from "../../../src/export/internal/backend/http.ts"
import type { WaitingData } from "../../../src/export/internal/codecs.ts"
import { spanData } from "../../../src/export/internal/codecs.ts"
import type { DestinationOptions } from "../../../src/export/internal/spanDestination.ts"
import { makeDestination } from "../../../src/export/internal/spanDestination.ts"
import * as Redactor from "../../../src/privacy/Redactor.ts"
import { AgentOpsTracer } from "../../../src/trace/internal/tracer.ts"

/** One response of the receiver. */
export type Reaction =
  | number
  | { readonly status: number; readonly retryAfter: string }
  | { readonly rejected: number }
  | "reset"
  | "hang"

export interface Request {
  readonly time: number
  readonly names: ReadonlyArray<string>
}

const encoder = new TextEncoder()

const answer = (reaction: Reaction): Effect.Effect<Accepted, ExportError> => {
  if (reaction === "reset") {
    return Effect.fail(new ExportError({ kind: "retry", reason: "connection", message: "reset" }))
  }
  if (reaction === "hang") {
    return Effect.never.pipe(Effect.timeoutOrElse({
      duration: "10 seconds",
      orElse: () => Effect.fail(new ExportError({ kind: "retry", reason: "timeout", message: "no answer" }))
    }))
  }
  const headers = new Headers()
  let status = 200
  let body = ""
  if (typeof reaction === "number") status = reaction
  else if ("status" in reaction) {
    status = reaction.status
    headers.set("retry-after", reaction.retryAfter)
  } else {
    headers.set("content-type", "application/json")
    body = JSON.stringify({ partialSuccess: { rejectedSpans: String(reaction.rejected), errorMessage: "no" } })
  }
  return interpret("http://scripted", {
    status,
    header: (name) => headers.get(name) ?? undefined,
    body: encoder.encode(body)
  })
}

/** The options of the destination, and the script: by request, or by the request's spans. */
export type Script =
  | ReadonlyArray<Reaction>
  | ((names: ReadonlyArray<string>, index: number) => Reaction | Effect.Effect<Reaction>)

export const makeTracer = () =>
  new AgentOpsTracer({
    limits: SpanLimits.defaults,
    logLimits: LogLimits.defaults,
    redactor: Redactor.credentials,
    contentHook: undefined,
    resource: { attributes: { "service.name": "test" } },
    scope: { name: "test" },
    defaultTags: []
  })

/** Lets time pass after all other work is done, because the test's clock waits for one turn only. */
export const elapse = (duration: Duration.Input): Effect.Effect<void> =>
  Effect.andThen(Effect.repeat(Effect.yieldNow, { times: 30 }), TestClock.adjust(duration))

/** A destination over a scripted receiver, and functions to send it spans one by one. */
export const scripted = Effect.fnUntraced(function*(
  script: Script,
  overrides: Partial<DestinationOptions<WaitingData, never>> = {}
) {
  const requests: Array<Request> = []
  const scope = yield* Scope.make()
  const tracer = makeTracer()
  const destination = yield* makeDestination<WaitingData, never>({
    name: "scripted",
    component: "scripted_exporter",
    scoped: { resource: tracer.resource, scope: tracer.scope },
    durability: undefined,
    codec: spanData,
    convention: Convention.standard,
    content: true,
    errors: "outside",
    maxItems: 1000,
    maxBytes: Infinity,
    whenFull: "dropNewest",
    maxBatchSize: 10,
    maxBatchBytes: Infinity,
    concurrency: 1,
    exportInterval: Duration.seconds(1),
    shutdownTimeout: Duration.seconds(10),
    send: (items) =>
      Effect.gen(function*() {
        const names = items.map(({ data }) => data.name)
        const index = requests.push({ time: yield* Clock.currentTimeMillis, names }) - 1
        const reaction = typeof script === "function" ? script(names, index) : script[index] ?? 200
        return yield* answer(Effect.isEffect(reaction) ? yield* reaction : reaction)
      }),
    ...overrides
  }).pipe(Scope.provide(scope))
  tracer.setSinks([destination.sink])
  tracer.backpressure = destination.backpressure === undefined ? undefined : [destination.backpressure]
  /** Ends a span of each name, all at once. */
  const give = (...names: ReadonlyArray<string>) => {
    for (const name of names) {
      tracer.span({
        name,
        parent: Option.none(),
        annotations: Context.empty(),
        links: [],
        startTime: 1n,
        kind: "internal",
        root: true,
        sampled: true
      }).end(2n, Exit.void)
    }
  }
  /** The status, after its law has been checked. */
  const status = Effect.map(destination.status, (status) => {
    const dropped = Object.values(status.dropped).reduce((sum, count) => sum + count, 0)
    if (status.delivered + status.pending + dropped !== tracer.ended) {
      throw new Error(`${tracer.ended} spans were given, ${JSON.stringify(status)}`)
    }
    return status
  })
  /** Closes like the release of a layer, while time passes. */
  const close = Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    while (fiber.pollUnsafe() === undefined) yield* elapse("100 millis")
    yield* Fiber.join(fiber)
    return yield* status
  })
  return { requests, destination, tracer, give, status, close }
})

export const named = (count: number, prefix = "s"): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)
