/**
 * `@effect/opentelemetry`'s bridge to OpenTelemetry's SDK, with the program that uses `Effect.withSpan` only.
 */
import * as NodeSdk from "@effect/opentelemetry/NodeSdk"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace-base"
import type { Open } from "../workload.ts"
import { subject, withSpans } from "./programs.ts"

export const open: Open = async (url) =>
  subject(
    withSpans,
    NodeSdk.layer(() => ({
      resource: { serviceName: "bench" },
      spanProcessor: new BatchSpanProcessor(
        new OTLPTraceExporter({ url: `${url}/v1/traces`, concurrencyLimit: 1_000 }),
        {
          maxQueueSize: 200_000
        }
      ),
      shutdownTimeout: "60 seconds"
    }))
  )
