/**
 * Sends batches through a `SpanExporter` of OpenTelemetry.
 *
 * @internal
 */
import type * as OtelSdk from "@opentelemetry/sdk-trace-base"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Accepted, FailureClass } from "../../../delivery/internal/exportError.ts"
import { accepted, ExportError, messageOf } from "../../../delivery/internal/exportError.ts"
import { toReadableSpan } from "../../../otlp/internal/readableSpan.ts"
import type { WaitingData } from "../codecs.ts"
import { kindOf } from "./http.ts"

/** What each gRPC status number means for a retry of the same request. */
const grpcKinds: Readonly<Record<number, FailureClass>> = {
  1: "retry",
  3: "refused",
  4: "retry",
  7: "unauthorized",
  10: "retry",
  11: "retry",
  14: "retry",
  15: "retry",
  16: "unauthorized"
}

/** The codes of connection errors in the supported runtimes. */
const connectionCodes =
  /^(ECONN(REFUSED|RESET|ABORTED)|E(HOST|NET)UNREACH|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|UND_ERR_(SOCKET|.*TIMEOUT))$/

const field = (error: unknown, name: "code" | "cause" | "httpCode" | "message"): unknown =>
  typeof error === "object" && error !== null ? (error as Readonly<Record<string, unknown>>)[name] : undefined

/**
 * The kind of an error, by its code: of HTTP, of gRPC, or of a connection. An error without a code is not retried,
 * because the exporter may have retried itself and a part may have arrived.
 */
const kindOfError = (error: unknown): FailureClass => {
  const code = field(error, "code") ?? field(error, "httpCode")
  if (typeof code === "number") {
    if (code >= 100) return kindOf(code)
    // gRPC uses RESOURCE_EXHAUSTED for messages that are too large, too.
    if (code === 8) return /larger than max/i.test(String(field(error, "message"))) ? "tooLarge" : "retry"
    return grpcKinds[code] ?? "permanent"
  }
  if (typeof code === "string") return connectionCodes.test(code) ? "retry" : "permanent"
  const cause = field(error, "cause")
  return cause === undefined ? "permanent" : kindOfError(cause)
}

const failed = (error: unknown) =>
  new ExportError({
    kind: kindOfError(error),
    reason: "export_failed",
    message: error === undefined ? "it gave no reason" : messageOf(error)
  })

/** Sends a batch and flushes the exporter, because spans in its buffer are not delivered yet. @internal */
export const exporterSender =
  (exporter: OtelSdk.SpanExporter) => (spans: ReadonlyArray<WaitingData>): Effect.Effect<Accepted, ExportError> =>
    Effect.callback<void, ExportError>((resume) => {
      // A foreign exporter may throw instead of calling back.
      try {
        exporter.export(spans.map(({ data }) => toReadableSpan(data)), (result) => {
          resume(result.code === 0 ? Effect.void : Effect.fail(failed(result.error)))
        })
      } catch (error) {
        resume(Effect.fail(failed(error)))
      }
    }).pipe(
      Effect.andThen(
        Effect.tryPromise({ try: () => exporter.forceFlush?.() ?? Promise.resolve(), catch: failed })
      ),
      Effect.as(accepted)
    )

/** Flushes and shuts down within a time limit. Never fails. @internal */
export const shutdownQuietly = (
  name: string,
  instance: { readonly forceFlush?: () => Promise<void>; readonly shutdown: () => Promise<void> },
  timeout: Duration.Duration
): Effect.Effect<void> =>
  Effect.gen(function*() {
    const step = (what: string, run: () => Promise<void>, timeout: Duration.Duration) =>
      Effect.tryPromise(run).pipe(
        Effect.timeoutOption(timeout),
        Effect.map(Option.isSome),
        Effect.catchCause((cause) =>
          Effect.as(Effect.logWarning(`effect-agentops: ${name} did not ${what} cleanly`, cause), true)
        )
      )
    const answered = yield* step("flush", () => instance.forceFlush?.() ?? Promise.resolve(), timeout)
    // After a timeout the shutdown is still requested, but not waited for.
    const stopped = yield* step("shut down", () => instance.shutdown(), answered ? timeout : Duration.zero)
    if (!answered || !stopped) {
      yield* Effect.logWarning(`effect-agentops: ${name} did not shut down within ${Duration.format(timeout)}`)
    }
  })
