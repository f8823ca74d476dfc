/**
 * Sends batches through a `SpanExporter` of OpenTelemetry's.
 *
 * @internal
 */
import type * as OtelSdk from "@opentelemetry/sdk-trace-base"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { WaitingData } from "../delivery/form.ts"
import { toReadableSpan } from "../otlp/readableSpan.ts"
import type { Accepted } from "./exportError.ts"
import { accepted, ExportError } from "./exportError.ts"

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

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
  Effect.tryPromise(() => instance.forceFlush?.() ?? Promise.resolve()).pipe(
    Effect.andThen(Effect.tryPromise(() => instance.shutdown())),
    Effect.timeoutOption(timeout),
    Effect.catchCause((cause) => Effect.logWarning(`effect-agentops: ${name} did not shut down cleanly`, cause)),
    Effect.asVoid
  )
