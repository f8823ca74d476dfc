/**
 * The exporter to AgentOps: OTLP with a token for the API key.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { userAgent } from "../../../core/internal/version.ts"
import type { Accepted } from "../../../delivery/internal/exportError.ts"
import { ExportError } from "../../../delivery/internal/exportError.ts"
import type { HttpClient } from "../../../delivery/internal/http/httpClient.ts"
import { replayUrl } from "../../../trace/Session.ts"
import type { WaitingSession } from "../codecs.ts"
import { sessionBytes } from "../codecs.ts"
import type { OtlpEndpoint } from "./otlp.ts"
import { httpTransport } from "./otlp.ts"

/** @internal */
export interface AgentOpsEndpoint {
  readonly apiKey: Redacted.Redacted<string>
  /** The API that issues tokens: `https://api.agentops.ai`. */
  readonly apiUrl: string
  /** The dashboard: `https://app.agentops.ai`. */
  readonly appUrl: string
  readonly otlp: OtlpEndpoint
  readonly client: HttpClient
  readonly printReplayUrl: boolean
}

const Token = Schema.fromJsonString(Schema.Struct({ token: Schema.NonEmptyString }))
const decodeToken = Schema.decodeUnknownEffect(Token)
const encoder = new TextEncoder()
const decoder = new TextDecoder()

const fetchToken = (endpoint: AgentOpsEndpoint): Effect.Effect<Redacted.Redacted<string>, ExportError> => {
  const url = `${endpoint.apiUrl.replace(/\/+$/, "")}/v3/auth/token`
  return endpoint.client.post(
    { url, compression: "none", timeout: endpoint.otlp.timeout },
    { "content-type": "application/json", "user-agent": userAgent },
    [encoder.encode(JSON.stringify({ api_key: Redacted.value(endpoint.apiKey) }))]
  ).pipe(Effect.flatMap(({ body, status }) => {
    if (status === 200) {
      return decodeToken(decoder.decode(body)).pipe(
        Effect.map(({ token }) => Redacted.make(token)),
        Effect.mapError(() =>
          new ExportError({ kind: "retry", reason: "unauthorized", message: `${url} answered without a token` })
        )
      )
    }
    const refused = status === 400 || status === 401 || status === 403
    return Effect.fail(
      new ExportError({
        kind: refused ? "unauthorized" : "retry",
        reason: "unauthorized",
        message: refused
          ? `${url} refused the API key with ${status}. Check AGENTOPS_API_KEY`
          : `${url} answered ${status}`
      })
    )
  }))
}

// A refused key stays refused, so the API is asked at most once a minute.
const refusedFor = 60_000
// Enough to print each session of a long-lived server once, and bounded.
const maxRemembered = 10_000

/** Sends a request with authorization headers. @internal */
export type Authorized = <A>(
  send: (headers: Readonly<Record<string, string>>) => Effect.Effect<A, ExportError>
) => Effect.Effect<A, ExportError>

/** Sends with a token. It requests one if there is none, and another if the token is refused. @internal */
export const makeAuthorized = (
  endpoint: AgentOpsEndpoint
): Authorized => {
  let token: Redacted.Redacted<string> | undefined
  let refusal: { readonly error: ExportError; readonly until: number } | undefined

  // Requests run concurrently, and one of them gets the token for all.
  const buying = Semaphore.makeUnsafe(1)

  const authorize = Effect.gen(function*() {
    if (token !== undefined) return token
    const now = yield* Clock.currentTimeMillis
    if (refusal !== undefined && now < refusal.until) return yield* refusal.error
    token = yield* fetchToken(endpoint).pipe(Effect.tapError((error) =>
      Effect.sync(() => {
        if (error.kind === "unauthorized") refusal = { error, until: now + refusedFor }
      })
    ))
    return token
  }).pipe(buying.withPermit)

  const withToken = (bearer: Redacted.Redacted<string>) => ({ authorization: `Bearer ${Redacted.value(bearer)}` })

  return (send) =>
    Effect.gen(function*() {
      const bearer = yield* authorize
      return yield* send(withToken(bearer)).pipe(Effect.catchIf(
        (error) => error.reason === "http_401",
        () =>
          // The token has expired, or the plan has changed, so get a new one and retry once.
          Effect.suspend(() => {
            if (token === bearer) token = undefined
            return authorize
          }).pipe(Effect.flatMap((bearer) => send(withToken(bearer))))
      ))
    })
}

/** Makes the sender, which also prints the page of each session. @internal */
export const makeAgentOpsSender = (
  endpoint: AgentOpsEndpoint,
  authorized: Authorized
): (spans: ReadonlyArray<WaitingSession>) => Effect.Effect<Accepted, ExportError> => {
  const printed = new Set<string>()

  const print = (spans: ReadonlyArray<WaitingSession>) =>
    Effect.forEach(spans, ({ session }) => {
      if (session === undefined || printed.has(session)) return Effect.void
      if (printed.size >= maxRemembered) printed.delete(printed.values().next().value!)
      printed.add(session)
      return Console.log(`AgentOps: session replay ${replayUrl({ traceId: session }, endpoint.appUrl)}`)
    }, { discard: true })

  const transport = httpTransport(endpoint.otlp, endpoint.client)

  return (spans) =>
    sessionBytes.body(spans).pipe(
      Effect.flatMap((body) => authorized((headers) => transport.send({ headers, body, items: "spans" }))),
      Effect.tap(() => endpoint.printReplayUrl ? print(spans) : Effect.void)
    )
}

/** How long a request for a token or an export may take. @internal */
export const defaultTimeout = Duration.seconds(10)
