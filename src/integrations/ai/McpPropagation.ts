/**
 * Propagation over the Model Context Protocol, for Effect's `McpClient` and `McpServer`.
 *
 * The trace travels in the `_meta` of a request, under the names that W3C gives
 * them, so it crosses every transport, stdio too. OpenTelemetry's conventions for
 * MCP say so, after MCP's own SEP-414.
 *
 * Rests on `effect/ai`, which Effect calls unstable, so it is an entry point of its
 * own: `effect-agentops/mcp-propagation`.
 *
 * @since 0.1.0
 */
import * as McpClient from "effect/ai/McpClient"
import * as McpServer from "effect/ai/McpServer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Propagation from "../../trace/Propagation.ts"
import type * as Session from "../../trace/Session.ts"

const metaOf = (params: unknown): Readonly<Record<string, unknown>> =>
  Predicate.isReadonlyObject(params) && Predicate.isReadonlyObject(params["_meta"]) ? params["_meta"] : {}

/**
 * Makes the client's transport tell the server of the current trace.
 *
 * **Details**
 *
 * Provide it to `McpClient.make`, on top of `McpClient.http` or `McpClient.stdio`. Every request then carries
 * `traceparent`, and `tracestate` and `baggage` where there is something to say;
 * nothing where nothing is traced.
 *
 * **Gotchas**
 *
 * An MCP server is often somebody else's: this tells it that you trace, and your
 * baggage. It is for servers of your own; `baggage: false` and `session: false` keep
 * those back.
 *
 * **Example** (a server of one's own)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { McpClient, McpProtocol } from "effect/ai"
 * import { FetchHttpClient } from "effect/http"
 * import * as McpPropagation from "effect-agentops/mcp-propagation"
 *
 * const TransportLive = McpPropagation.layerClient().pipe(
 *   Layer.provide(Layer.effect(
 *     McpClient.Transport,
 *     McpClient.http({ url: "http://localhost:3000/mcp", protocol: McpProtocol.v2025_11_25 })
 *   )),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerClient = (
  options?: Propagation.InjectOptions
): Layer.Layer<McpClient.Transport, never, McpClient.Transport> =>
  Layer.effect(
    McpClient.Transport,
    Effect.map(McpClient.Transport, (transport): McpClient.Transport => ({
      ...transport,
      request: (message, tool) =>
        Effect.flatMap(Propagation.inject(options), (carrier) =>
          Object.keys(carrier).length === 0
            ? transport.request(message, tool)
            : transport.request({
              ...message,
              params: { ...message.params, _meta: { ...metaOf(message.params), ...carrier } }
            }, tool))
    }))
  )

/**
 * What a server makes of the trace that a request says it belongs to.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerOptions {
  /** Default `continue`. */
  readonly trust?: Propagation.Trust | undefined
  /** Whether the handler runs as a part of the caller's session, and how that part is called. Default `true`. */
  readonly session?: boolean | Omit<Session.Options, "id"> | undefined
}

/**
 * Middleware by which a server takes up the trace and the session of a request.
 *
 * **Details**
 *
 * Runs for tool calls, resource reads, prompts and completions. Give its `layer` to
 * registrations, or its `layerGlobal` to the server. A request without a valid
 * trace is handled as if there were no middleware.
 *
 * **Example** (for every registration of a server)
 *
 * ```ts
 * import * as McpPropagation from "effect-agentops/mcp-propagation"
 *
 * const PropagationLive = McpPropagation.server({ trust: "link" }).layerGlobal
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export const server = (options?: ServerOptions) => {
  const trust = options?.trust ?? "continue"
  const session = options?.session ?? true
  return McpServer.middleware((effect, { method, requestContext, target }) => {
    const carrier: Record<string, string> = {}
    for (const [name, value] of Object.entries(requestContext.requestMetadata ?? {})) {
      if (typeof value === "string") carrier[name] = value
    }
    const remote = Propagation.extract(carrier)
    if (Option.isNone(remote)) return effect
    return Propagation.continues(trust) && session !== false
      ? Propagation.continueSession(effect, remote, {
        ...session === true ? { name: `${method} ${target}` } : session,
        trust
      })
      : Propagation.continueTrace(effect, remote, trust)
  })
}
