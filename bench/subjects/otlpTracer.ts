/**
 * Effect's own OTLP tracer, with the program that uses `Effect.withSpan` only.
 */
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import type { Open } from "../workload.ts"
import { subject, withSpans } from "./programs.ts"

export const openWith = (serialization: Layer.Layer<OtlpSerialization.OtlpSerialization>): Open => async (url) =>
  subject(
    withSpans,
    OtlpTracer.layer({
      url: `${url}/v1/traces`,
      resource: { serviceName: "bench" },
      shutdownTimeout: "60 seconds"
    }).pipe(Layer.provide([serialization, FetchHttpClient.layer]))
  )

export const openJson = openWith(OtlpSerialization.layerJson)
export const openProtobuf = openWith(OtlpSerialization.layerProtobuf)
