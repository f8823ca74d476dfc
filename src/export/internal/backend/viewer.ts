/**
 * Sends spans to the local viewer, if one is running.
 *
 * Whether one is there is asked once and beside the program, which waits for nothing: spans that end before the answer
 * are held, and go where they belong when it comes. Nothing but a viewer answers the question as a viewer does, so that
 * no other receiver on the same port is taken for one.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { ConfigurationError } from "../../../core/ConfigurationError.ts"
import { CurrentRegistry, type Destination, registry } from "../../../trace/internal/registry.ts"
import type { Span } from "../../../trace/Span.ts"
import { AgentOps } from "../../../trace/Tracing.ts"

// A server on this machine that needs longer is no viewer.
const patience = 500

const isViewer = (body: unknown): boolean =>
  typeof body === "object" && body !== null && "product" in body && body.product === "effect-agentops" &&
  "role" in body && body.role === "viewer"

/** Whether a viewer answers at an address. @internal */
export const hasViewer = (url: string): Effect.Effect<boolean> =>
  Effect.tryPromise(async () => {
    // The machine's clock, since a test's may stand still.
    const response = await fetch(`${url}/.well-known/effect-agentops`, { signal: AbortSignal.timeout(patience) })
    return response.ok && isViewer(await response.json())
  }).pipe(Effect.orElseSucceed(() => false))

const maxHeld = 10_000

/** The destination that finds out whether it is one. @internal */
export const registerViewer = Effect.fnUntraced(function*(
  url: string,
  exporter: Layer.Layer<never, ConfigurationError, AgentOps>
): Effect.fn.Return<void, never, AgentOps | Scope.Scope> {
  const agentOps = yield* AgentOps
  const outer = yield* registry
  const inner = yield* Scope.make()
  let held: Array<Span> | undefined = []
  let found: Destination | undefined

  const capture = { ...outer, add: (destination: Destination) => Effect.sync(() => void (found = destination)) }
  const connect = Effect.gen(function*() {
    if (yield* hasViewer(url)) {
      yield* Layer.buildWithScope(exporter, inner).pipe(
        Effect.provideService(AgentOps, agentOps),
        Effect.provideService(CurrentRegistry, capture),
        Effect.ignore
      )
    }
    const waiting = held ?? []
    held = undefined
    const sink = (found as Destination | undefined)?.sink
    if (sink === undefined) return
    for (const span of waiting) sink.onEnd(span)
    yield* Effect.logInfo(`effect-agentops: sessions are shown at ${url.replace("127.0.0.1", "localhost")}`)
  })

  const fiber = yield* Effect.forkDetach(connect)
  const flush = Effect.andThen(Fiber.await(fiber), Effect.suspend(() => found?.flush ?? Effect.void))
  yield* Effect.addFinalizer(() => Effect.andThen(flush, Scope.close(inner, Exit.void)))
  yield* outer.add({
    name: "viewer",
    sink: {
      content: true,
      onEnd: (span) => {
        if (held !== undefined && held.length < maxHeld) held.push(span)
        else found?.sink?.onEnd(span)
      }
    },
    flush,
    status: Effect.suspend(() =>
      found?.status ?? Effect.succeed({ name: "viewer", delivered: 0, pending: held?.length ?? 0, dropped: {} })
    )
  })
})
