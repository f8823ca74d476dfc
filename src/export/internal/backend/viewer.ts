/**
 * Sends spans to the local viewer, if one is running.
 *
 * The check for a viewer runs once and in the background, so the program never waits. Spans that end before the
 * response are held. Only a viewer answers the handshake correctly, so another receiver on the same port is never used.
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

// A viewer on this machine responds faster than this.
const probeTimeout = 500

const isViewer = (body: unknown): boolean =>
  typeof body === "object" && body !== null && "product" in body && body.product === "effect-agentops" &&
  "role" in body && body.role === "viewer"

/** Whether a viewer responds at a URL. @internal */
export const hasViewer = (url: string): Effect.Effect<boolean> =>
  Effect.tryPromise(async () => {
    // The real clock, because a test's clock may stand still.
    const response = await fetch(`${url}/.well-known/effect-agentops`, { signal: AbortSignal.timeout(probeTimeout) })
    return response.ok && isViewer(await response.json())
  }).pipe(Effect.orElseSucceed(() => false))

const maxHeld = 10_000

/** Registers a destination that first checks for a viewer. @internal */
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
