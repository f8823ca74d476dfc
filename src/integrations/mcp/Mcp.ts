/**
 * Tracing of MCP's official SDKs: `@modelcontextprotocol/client` and `@modelcontextprotocol/server`, and the earlier
 * `@modelcontextprotocol/sdk`.
 *
 * {@link callTool} calls a tool of a server as an effect, and records a tool event of the current session.
 * {@link handler} makes an effect the handler of a server's tool. For Effect's own `McpClient` and `McpServer` see
 * `effect-agentops/ai`.
 *
 * It accepts any client with a `callTool`, and needs none of the packages itself.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import { TypeId } from "../../core/ErrorType.ts"
import * as ApiError from "../../model/ApiError.ts"
import * as Event from "../../trace/Event.ts"
import * as Propagation from "../../trace/Propagation.ts"
import type * as Session from "../../trace/Session.ts"
import type { fields } from "../../trace/ToolEvent.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"

/**
 * A failed request to an MCP server.
 *
 * **Details**
 *
 * `code` is JSON-RPC's, such as `-32602`, or the SDK's, such as `REQUEST_TIMEOUT`, else the name of the error. It
 * becomes the span's `error.type`. A tool result with `isError` is not such a failure.
 *
 * @category errors
 * @since 0.1.0
 */
export class McpError extends Data.TaggedError("McpError")<{
  readonly code: string
  readonly message: string
  readonly cause: unknown
}> {
  /** The span's `error.type`. */
  get [TypeId](): string {
    return this.code
  }
}

/**
 * A call of a tool.
 *
 * @category models
 * @since 0.1.0
 */
export interface CallParams {
  readonly name: string
  readonly arguments?: { [argument: string]: unknown } | undefined
  readonly _meta?: { [key: string]: unknown } | undefined
}

/**
 * The part of a client that is used, of either SDK or your own.
 *
 * **Details**
 *
 * Your own client gets the settings of the request as its second argument, like the SDK's from version 2 on. The SDK's
 * version 1 gets them as its third.
 *
 * @category models
 * @since 0.1.0
 */
export interface Client {
  callTool(params: never, ...rest: Array<never>): PromiseLike<unknown>
}

/**
 * The result of a client's tool: the form with content, if the client may also return other forms.
 *
 * @category models
 * @since 0.1.0
 */
export type Result<C extends Client> = Awaited<ReturnType<C["callTool"]>> extends infer R
  ? [Extract<R, { readonly content: unknown }>] extends [never] ? R : Extract<R, { readonly content: unknown }>
  : never

/**
 * The settings of a call: those that every SDK has, and any others that the client accepts.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly signal?: AbortSignal | undefined
  /** In milliseconds. */
  readonly timeout?: number | undefined
  readonly resetTimeoutOnProgress?: boolean | undefined
  readonly maxTotalTimeout?: number | undefined
  readonly onprogress?:
    | ((progress: { readonly progress: number; readonly total?: number; readonly message?: string }) => void)
    | undefined
  /**
   * Whether the request sends the trace to the server in its `_meta`. Use it for your own servers. Default `false`.
   */
  readonly propagate?: boolean | undefined
  readonly [option: string]: unknown
}

const toError = (cause: unknown): McpError => {
  const { code, message } = ApiError.read(cause)
  return new McpError({ code, message, cause })
}

const attributes = { "mcp.method.name": "tools/call" }

const withTrace = (params: CallParams, propagate: boolean | undefined): Effect.Effect<CallParams> =>
  propagate === true
    ? Effect.map(Propagation.inject(), (carrier) => ({ ...params, _meta: { ...params._meta, ...carrier } }))
    : Effect.succeed(params)

/** The SDK's version 1 has a parameter for the result's schema before the settings. */
const isFirstSdk = (client: Client): boolean => "getServerVersion" in client && !("getProtocolEra" in client)

const request = (client: Client, params: CallParams, options: Options | undefined) => {
  const { propagate, signal: given, ...rest } = options ?? {}
  const { callTool } = client as unknown as {
    readonly callTool: (...args: ReadonlyArray<unknown>) => PromiseLike<unknown>
  }
  return Effect.flatMap(withTrace(params, propagate), (params) =>
    Effect.tryPromise({
      try: (signal) => {
        const settings = { ...rest, signal: given === undefined ? signal : AbortSignal.any([signal, given]) }
        return isFirstSdk(client)
          ? callTool.call(client, params, undefined, settings)
          : callTool.call(client, params, settings)
      },
      catch: toError
    }))
}

/** Adds a tool's result to the event. */
const answered = (event: Event.StartedEvent<typeof fields>, result: unknown): void => {
  if (!Predicate.isObject(result)) return event.add({ result })
  const { content, isError, structuredContent }: Readonly<Record<PropertyKey, unknown>> = result
  event.add({ result: structuredContent ?? content })
  if (isError === true) event.unsuccessful("tool_error")
}

/**
 * Calls a tool of an MCP server.
 *
 * **Details**
 *
 * It is a tool event with the name, the arguments and the content of the result. A result with `isError` marks the
 * event as failed, with `error.type` `tool_error`, and is returned unchanged. Interrupting the effect cancels the
 * request. Inside of a tool event of the same name there is no second event.
 *
 * **Example** (a search)
 *
 * ```ts no-run
 * import { Client } from "@modelcontextprotocol/client"
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
export const callTool = <C extends Client>(
  client: C,
  params: CallParams,
  options?: Options
): Effect.Effect<Result<C>, McpError> => {
  const given = { name: params.name, type: "extension", parameters: params.arguments, attributes, below: callTool }
  const traced = Event.traceWith(
    ToolEvent,
    given,
    (event) => Effect.tap(request(client, params, options), (result) => Effect.sync(() => answered(event, result)))
  )
  return Effect.flatMap(
    Event.enclosing(ToolEvent),
    (around) => around?.name === params.name ? request(client, params, options) : traced
  ) as Effect.Effect<
    Result<C>,
    McpError
  >
}

/**
 * How a server uses the trace of a request.
 *
 * @category models
 * @since 0.1.0
 */
export interface HandlerOptions {
  /** Default `continue`. */
  readonly trust?: Propagation.Trust | undefined
  /** Whether the handler runs as a part of the caller's session, or the options of that part. Default `true`. */
  readonly session?: boolean | Omit<Session.Options, "id"> | undefined
}

type Payload = Readonly<Record<PropertyKey, unknown>>

const object = (value: unknown): Payload => Predicate.isObject(value) ? value : {}

/** Reads the request from a handler's second argument. Version 2 has it in `mcpReq`. */
const requestOf = (extra: unknown): { readonly meta: Payload; readonly signal: AbortSignal | undefined } => {
  const known = object(extra)
  const request = Predicate.isObject(known.mcpReq) ? known.mcpReq as Payload : known
  return { meta: object(request._meta), signal: request.signal instanceof AbortSignal ? request.signal : undefined }
}

const remoteOf = (meta: Payload) => {
  const carrier: Record<string, string> = {}
  for (const name of Object.keys(meta)) {
    const value = meta[name]
    if (typeof value === "string") carrier[name] = value
  }
  return Propagation.extract(carrier)
}

/**
 * Makes an effect the handler of a server's tool: for `registerTool` of the SDK's `McpServer`, of either version.
 *
 * **Details**
 *
 * Each call is a tool event with the name, the arguments and the content of the result. A call with a trace in its
 * `_meta`, such as that of {@link callTool} with `propagate`, runs as a part of the caller's session. A cancelled
 * request interrupts the effect. If the effect fails, the SDK returns a result with `isError`. The handler runs with
 * the services of the effect that makes it.
 *
 * **Gotchas**
 *
 * Every caller of the server may choose the trace: see `trust`.
 *
 * **Example** (the tool of a server)
 *
 * ```ts no-run
 * import { McpServer } from "@modelcontextprotocol/server"
 * import { Effect } from "effect"
 * import * as Mcp from "effect-agentops/mcp"
 * import { z } from "zod"
 *
 * const server = new McpServer({ name: "weather", version: "1.0.0" })
 *
 * const register = Effect.gen(function*() {
 *   const weather = yield* Mcp.handler("weather", ({ city }: { readonly city: string }) =>
 *     Effect.succeed({ content: [{ type: "text" as const, text: `rain in ${city}` }] }))
 *   server.registerTool("weather", { inputSchema: z.object({ city: z.string() }) }, weather)
 * })
 * ```
 *
 * @category server
 * @since 0.1.0
 */
export const handler = <Args, A, E, R>(
  name: string,
  run: (args: Args, extra: unknown) => Effect.Effect<A, E, R>,
  options?: HandlerOptions
): Effect.Effect<(args: Args, extra?: unknown) => Promise<A>, never, R> => {
  const trust = options?.trust ?? "continue"
  const session = options?.session ?? true
  return Effect.contextWith((context: Context.Context<R>) =>
    Effect.succeed((...args: ReadonlyArray<unknown>) => {
      // A tool without arguments is called with the request's context only.
      const [input, extra] = args.length > 1 ? args : [undefined, args[0]]
      const { meta, signal } = requestOf(extra)
      const traced = Event.traceWith(
        ToolEvent,
        { name, type: "extension", parameters: input as Event.Plain | undefined, attributes, below: run },
        (event) => Effect.tap(run(input as Args, extra), (result) => Effect.sync(() => answered(event, result)))
      )
      const remote = remoteOf(meta)
      const placed = Option.isNone(remote)
        ? traced
        : trust === "continue" && session !== false
        ? Propagation.continueSession(traced, remote, session === true ? { name: `tools/call ${name}` } : session)
        : Propagation.continueTrace(traced, remote, trust)
      return Effect.runPromiseWith(context)(placed, signal === undefined ? undefined : { signal })
    })
  )
}
