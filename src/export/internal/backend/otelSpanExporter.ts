/**
 * Sends batches through a `SpanExporter` of OpenTelemetry's.
 *
 * @internal
 */
import type * as OtelSdk from "@opentelemetry/sdk-trace-base"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Accepted } from "../../../delivery/internal/exportError.ts"
import { accepted, ExportError, messageOf } from "../../../delivery/internal/exportError.ts"
import { toReadableSpan } from "../../../otlp/internal/readableSpan.ts"
import type { WaitingData } from "../codecs.ts"

const failed = (error: unknown) =>
  new ExportError({
    // The exporter has its own retries, and may have sent a part.
    kind: "permanent",
    reason: "export_failed",
    message: error === undefined ? "it gave no reason" : messageOf(error)
  })

/** @internal */
export const exporterSender =
  (exporter: OtelSdk.SpanExporter) => (spans: ReadonlyArray<WaitingData>): Effect.Effect<Accepted, ExportError> =>
    Effect.callback<Accepted, ExportError>((resume) => {
      // A foreign exporter may throw instead of answering.
      try {
        exporter.export(spans.map(({ data }) => toReadableSpan(data)), (result) => {
          resume(result.code === 0 ? Effect.succeed(accepted) : Effect.fail(failed(result.error)))
        })
      } catch (error) {
        resume(Effect.fail(failed(error)))
      }
    })

/** Flushes and shuts down, within a time, whatever comes. @internal */
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
    // One that has used up the time is still told, but not waited for.
    const stopped = yield* step("shut down", () => instance.shutdown(), answered ? timeout : Duration.zero)
    if (!answered || !stopped) {
      yield* Effect.logWarning(`effect-agentops: ${name} did not shut down within ${Duration.format(timeout)}`)
    }
  })
