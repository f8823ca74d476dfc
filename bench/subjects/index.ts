/**
 * The subjects of the bench by name. Each loads only the code that it measures.
 */
import type { Open } from "../workload.ts"
import { SPANS, SPANS_WITH_ATTEMPTS } from "../workload.ts"

export interface Entry {
  readonly name: string
  readonly label: string
  /** The spans that a session sends. */
  readonly sent: number
  /** The spans that a session would have, if it sends none. */
  readonly spans: number
  readonly load: () => Promise<Open>
}

const programs = () => import("./programs.ts")
const combinators = () => import("./combinators.ts")
const openTelemetry = () => import("./openTelemetry.ts")
const effectAgentOps = () => import("./effectAgentOps.ts")
const untracedLayer = async () => (await import("effect/Layer")).empty

/** Other libraries for the same purpose: `npm run bench -- peers` installs them outside of the clone. */
export const peers: ReadonlyArray<Entry> = [
  {
    name: "langfuse",
    label: "Langfuse 5",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await import("../peers/langfuse.ts")).open
  },
  {
    name: "openinference",
    label: "OpenInference core 2",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await import("../peers/openInference.ts")).open
  },
  {
    name: "traceloop",
    label: "Traceloop 0.27",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await import("../peers/traceloop.ts")).open
  },
  {
    name: "vercel-ai",
    label: "Vercel AI SDK 7, its own work in",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await import("../peers/vercelAi.ts")).open
  }
]

/** The subject to which the ratios refer. */
export const PEER = "otel"

export const subjects: ReadonlyArray<Entry> = [
  {
    name: "plain",
    label: "plain JavaScript, untraced",
    sent: 0,
    spans: SPANS,
    load: async () => (await import("./plain.ts")).open
  },
  {
    name: "effect",
    label: "Effect program, untraced",
    sent: 0,
    spans: SPANS,
    load: async () => {
      const [{ subject, untraced }, layer] = await Promise.all([programs(), untracedLayer()])
      return async () => subject(untraced, layer)
    }
  },
  {
    name: "unprovided",
    label: "Effect program, combinators, no layer",
    sent: 0,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => {
      const [{ subject }, program, layer] = await Promise.all([programs(), combinators(), untracedLayer()])
      return async () => subject(program.combinators, layer)
    }
  },
  {
    name: "off",
    label: "Effect program, combinators, withTracerEnabled(false)",
    sent: 0,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => {
      const [{ subject }, program, Layer, References] = await Promise.all([
        programs(),
        combinators(),
        import("effect/Layer"),
        import("effect/References")
      ])
      return async () => subject(program.combinators, Layer.succeed(References.TracerEnabled, false))
    }
  },
  {
    name: PEER,
    label: "raw OpenTelemetry SDK, protobuf",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await openTelemetry()).openWith()
  },
  {
    name: "otel-six",
    label: "raw OpenTelemetry SDK, 6 spans a step",
    sent: SPANS_WITH_ATTEMPTS,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => (await openTelemetry()).openWith({ attempts: true })
  },
  {
    name: "otel-service",
    label: "raw OpenTelemetry SDK, with a redactor and lines",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await openTelemetry()).openWith({ service: true })
  },
  {
    name: "otel-no-content",
    label: "raw OpenTelemetry SDK, without content",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await openTelemetry()).openWith({ content: false })
  },
  {
    name: "otel-active",
    label: "raw OpenTelemetry SDK, AsyncLocalStorage",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await openTelemetry()).openWith({ active: true })
  },
  {
    name: "otel-async",
    label: "raw OpenTelemetry SDK, AsyncLocalStorage, awaited",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await openTelemetry()).openWith({ active: true, isAsync: true })
  },
  {
    name: "combinators",
    label: "effect-agentops, combinators",
    sent: SPANS_WITH_ATTEMPTS,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => (await effectAgentOps()).openWith((await combinators()).combinators)
  },
  {
    name: "combinators-flat",
    label: "effect-agentops, combinators, 4 spans a step",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await effectAgentOps()).openWith((await combinators()).combinatorsFlat)
  },
  {
    name: "combinators-bare",
    label: "effect-agentops, combinators, no redactor, no lines",
    sent: SPANS_WITH_ATTEMPTS,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => {
      const { Redactor } = await import("effect-agentops")
      return (await effectAgentOps()).openWith((await combinators()).combinators, {
        redactor: Redactor.none,
        callSites: "none"
      })
    }
  },
  {
    name: "combinators-all-lines",
    label: "effect-agentops, combinators, a line for each",
    sent: SPANS_WITH_ATTEMPTS,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => (await effectAgentOps()).openWith((await combinators()).combinators, { callSites: "all" })
  },
  {
    name: "combinators-no-content",
    label: "effect-agentops, combinators, without content",
    sent: SPANS_WITH_ATTEMPTS,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => (await effectAgentOps()).openWith((await combinators()).combinators, { content: false })
  },
  {
    name: "combinators-async",
    label: "effect-agentops, combinators, awaited",
    sent: SPANS_WITH_ATTEMPTS,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => (await effectAgentOps()).openWith((await combinators()).combinatorsAsync)
  },
  {
    name: "unsampled",
    label: "effect-agentops, combinators, nothing sampled",
    sent: 0,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => {
      const [{ openWith }, { combinators: program }, { Sampler }] = await Promise.all([
        effectAgentOps(),
        combinators(),
        import("effect-agentops")
      ])
      return openWith(program, { sampler: Sampler.never })
    }
  },
  {
    name: "combinators-reading",
    label: "effect-agentops, combinators, OpenAI bodies read",
    sent: SPANS_WITH_ATTEMPTS,
    spans: SPANS_WITH_ATTEMPTS,
    load: async () => (await effectAgentOps()).openWith((await combinators()).combinatorsReading)
  },
  {
    name: "with-span",
    label: "effect-agentops, Effect.withSpan",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await effectAgentOps()).openWith((await programs()).withSpans)
  },
  {
    name: "otlp-tracer-json",
    label: "Effect's OtlpTracer, JSON",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await import("./otlpTracer.ts")).openJson
  },
  {
    name: "otlp-tracer-protobuf",
    label: "Effect's OtlpTracer, protobuf",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await import("./otlpTracer.ts")).openProtobuf
  },
  {
    name: "bridge",
    label: "@effect/opentelemetry NodeSdk, protobuf",
    sent: SPANS,
    spans: SPANS,
    load: async () => (await import("./bridge.ts")).open
  }
]
