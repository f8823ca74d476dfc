/**
 * Tracing of MCP's official SDK, the `@modelcontextprotocol/sdk` package.
 *
 * {@link callTool} calls a tool of a server as an effect, and as a tool event of
 * the session that it runs in. For Effect's own `McpClient` and `McpServer` see
 * `effect-agentops/ai`.
 *
 * Needs the `@modelcontextprotocol/sdk` package, version 1.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @since 0.1.0
 */
import type { Client } from "@modelcontextprotocol/sdk/client/index.js"
import type { RequestOptions } from "@modelcontextprotocol/sdk/shared/protocol.js"
import type { CallToolRequest, CallToolResult } from "@modelcontextprotocol/sdk/types.js"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import { callSite } from "../../core/internal/callSite.ts"
import { ErrorTypeId } from "../../core/internal/failure.ts"
import { enclosingCall, traceOpen } from "../../trace/internal/event/openEvent.ts"
import { makePlan } from "../../trace/internal/event/traceEvent.ts"
import * as Propagation from "../../trace/Propagation.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"

/**
 * A request to an MCP server failed.
 *
 * **Details**
 *
 * `code` is JSON-RPC's, such as `-32602`, else the name of the error; it is the
 * span's `error.type`. A tool that answers with `isError` is no such failure.
 *
 * @category errors
 * @since 0.1.0
 */
export class McpError extends Data.TaggedError("McpError")<{
  readonly code: string
  readonly message: string
  readonly cause: unknown
}> {
  /** @internal */
  get [ErrorTypeId](): string {
    return this.code
  }
}

/**
 * Settings of a call, beside those of the SDK's own.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options extends RequestOptions {
  /**
   * Whether the request tells the server of the trace, in its `_meta`: for servers
   * of your own. Default `false`.
   */
  readonly propagate?: boolean | undefined
}

const toError = (cause: unknown): McpError =>
  new McpError({
    code: Predicate.hasProperty(cause, "code") && typeof cause.code === "number"
      ? String(cause.code)
      : cause instanceof Error
      ? cause.constructor.name
      : "_OTHER",
    message: cause instanceof Error ? cause.message : String(cause),
    cause
  })

const attributes = { "mcp.method.name": "tools/call" }

const withTrace = (params: CallToolRequest["params"], propagate: boolean | undefined) =>
  propagate === true
    ? Effect.map(Propagation.inject(), (carrier) => ({ ...params, _meta: { ...params._meta, ...carrier } }))
    : Effect.succeed(params)

const request = (client: Client, params: CallToolRequest["params"], options: Options | undefined) => {
  const { propagate, signal: given, ...rest } = options ?? {}
  return Effect.flatMap(withTrace(params, propagate), (params) =>
    Effect.tryPromise({
      try: (signal) =>
        client.callTool(params, undefined, {
          ...rest,
          signal: given === undefined ? signal : AbortSignal.any([signal, given])
        }) as Promise<CallToolResult>,
      catch: toError
    }))
}

/**
 * Calls a tool of an MCP server.
 *
 * **Details**
 *
 * It is a tool event with the name, the arguments and the content of the result; a
 * result with `isError` makes a failed event with `error.type` `tool_error`, and is
 * returned as it is. An effect that is interrupted cancels the request. In the
 * event of a tool of the same name there is no second one.
 *
 * **Example** (a search)
 *
 * ```ts no-run
 * import { Client } from "@modelcontextprotocol/sdk/client/index.js"
 * import { Effect } from "effect"
 * import * as Mcp from "effect-agentops/mcp"
 *
 * const client = new Client({ name: "agent", version: "1.0.0" })
 * const search = (query: string) =>
 *   Mcp.callTool(client, { name: "search", arguments: { query } }).pipe(
 *     Effect.map((result) => result.content),
 *     Effect.catchTag("McpError", (error) => Effect.succeed(`no answer: ${error.code}`))
 *   )
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const callTool = (
  client: Client,
  params: CallToolRequest["params"],
  options?: Options
): Effect.Effect<CallToolResult, McpError> => {
  const site = callSite(callTool)
  const plan = makePlan(ToolEvent, {
    name: params.name,
    type: "extension",
    parameters: params.arguments,
    attributes
  })
  return Effect.contextWith((context) =>
    enclosingCall(context, "tool")?.fields["name"] === params.name
      ? request(client, params, options)
      : traceOpen(() => request(client, params, options), plan, site, (event, result) => {
        event.add({ result: result.structuredContent ?? result.content })
        if (result.isError !== true) return
        event.unsuccessful()
        event.errorType("tool_error")
      })
  )
}
