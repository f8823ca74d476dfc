/**
 * Propagation over the Model Context Protocol, for Effect's `McpClient` and `McpServer`.
 *
 * The trace is sent in the `_meta` of a request, with W3C's names, so it works over every transport, including stdio.
 * OpenTelemetry's MCP conventions specify this, following MCP's own SEP-414.
 *
 * It depends on `effect/ai`, which Effect calls unstable, so it has its own entry point:
 * `effect-agentops/mcp-propagation`.
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
 * Makes the client's transport send the current trace to the server.
 *
 * **Details**
 *
 * Provide it to `McpClient.make`, on top of `McpClient.http` or `McpClient.stdio`. Then every request has
 * `traceparent`, and `tracestate` and `baggage` if they are not empty. Outside of a trace nothing is added.
 *
 * **Gotchas**
 *
 * The server learns that you trace, and gets your baggage. So use it only for your own servers, or exclude the baggage
 * and the session with `baggage: false` and `session: false`.
 *
 * **Example** (your own server)
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
 * How a server uses the trace of a request.
 *
 * @category models
 * @since 0.1.0
 */
export interface ServerOptions {
  /** Default `continue`. */
  readonly trust?: Propagation.Trust | undefined
  /** Whether the handler runs as a part of the caller's session, or the options of that part. Default `true`. */
  readonly session?: boolean | Omit<Session.Options, "id"> | undefined
}

/**
 * Makes middleware that continues the trace and the session of a request on the server.
 *
 * **Details**
 *
 * It runs for tool calls, resource reads, prompts and completions. Provide its `layer` to registrations, or its
 * `layerGlobal` to the server. A request without a valid trace is handled as without the middleware.
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
