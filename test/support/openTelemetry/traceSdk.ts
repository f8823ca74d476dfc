/**
 * OpenTelemetry's trace SDK of either line: what version 2 calls `BasicTracerProvider` in
 * `@opentelemetry/sdk-trace-base` is `TracerProvider` in version 3, in `@opentelemetry/sdk-trace`, which may be
 * installed under the old name.
 */
import * as sdk from "@opentelemetry/sdk-trace-base"

const { BasicTracerProvider: second, TracerProvider: third } = sdk as Partial<
  Record<"BasicTracerProvider" | "TracerProvider", typeof sdk.BasicTracerProvider>
>

export const TracerProvider: typeof sdk.BasicTracerProvider = third ?? second!
