/**
 * The workload with OpenTelemetry's JavaScript SDK: manual spans, a batch processor whose queue holds the whole run,
 * and the OTLP exporter in protobuf, which may send everything at once. With `active`, spans find their parents through
 * the context manager that `NodeTracerProvider` registers, as in most programs. Otherwise contexts are passed by hand,
 * which is the lowest cost of the SDK, and the ratios refer to it. With `isAsync`, the model and the tool are
 * asynchronous.
 */
import type { Context, Span } from "@opentelemetry/api"
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto"
import { resourceFromAttributes } from "@opentelemetry/resources"
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace-base"
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base"
import { setImmediate, setTimeout } from "node:timers/promises"
import type { Open } from "../workload.ts"
import * as Work from "../workload.ts"

const CLIENT = 2

/** The settings of an SDK subject. */
export interface Settings {
  readonly active?: boolean | undefined
  /** A child span for each attempt of an action and of a tool call, as in the library's own kinds. */
  readonly attempts?: boolean | undefined
  readonly isAsync?: boolean | undefined
  /** Default `true`. */
  readonly content?: boolean | undefined
  /** A processor that removes credentials from each text, and adds the program's line to each span. */
  readonly service?: boolean | undefined
}

// The processor of a careful program: names and prefixes of secrets, one search in each text.
const secrets = new RegExp(
  "(?:sk|pk|gsk|hf|xoxb|ghp|glpat|AKIA|AIza|eyJ)[-_]?[\\w-]{16,}|" +
    "(?:password|passwd|secret|token|api[_-]?key|authorization|cookie)[\"']?\\s*[:=]\\s*[\"']?[^\\s\"',;]{6,}",
  "gi"
)

const redacting: SpanProcessor = {
  onStart: () => {},
  onEnd: (span: ReadableSpan) => {
    const attributes = span.attributes as Record<string, unknown>
    for (const key in attributes) {
      const value = attributes[key]
      if (typeof value === "string" && secrets.test(value)) attributes[key] = value.replace(secrets, "[redacted]")
      secrets.lastIndex = 0
    }
  },
  forceFlush: async () => {},
  shutdown: async () => {}
}

const frame = /\((?:file:\/\/)?(.+?):(\d+):\d+\)$|at (?:file:\/\/)?(.+?):(\d+):\d+$/

const line = (below: unknown): Record<string, string | number> => {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 1
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, below as () => void)
  Error.stackTraceLimit = limit
  const found = frame.exec(holder.stack?.split("\n")[1] ?? "")
  return found === null
    ? {}
    : { "code.file.path": found[1] ?? found[3] ?? "", "code.line.number": Number(found[2] ?? found[4]) }
}

export const openWith = (settings: Settings = {}): Open => async (url) => {
  const { active = false, attempts = false, content = true, isAsync = false, service = false } = settings
  if (active) context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const processor = new BatchSpanProcessor(
    new OTLPTraceExporter({ url: `${url}/v1/traces`, concurrencyLimit: 1_000 }),
    {
      maxQueueSize: 200_000
    }
  )
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ "service.name": "bench" }),
    spanProcessors: service ? [redacting, processor] : [processor]
  })
  const tracer = provider.getTracer("bench", "1.0.0")

  /** Runs a function in a span, and passes it the span and the context for its children. */
  const within = <A>(
    parent: Context,
    name: string,
    kind: number,
    attributes: Record<string, unknown>,
    f: (context: Context, span: Span) => A
  ): A => {
    const options = {
      kind,
      attributes: (service ? { ...attributes, ...line(within) } : attributes) as Record<string, string>
    }
    if (active) return tracer.startActiveSpan(name, options, (span) => end(span, f(parent, span)))
    const span = tracer.startSpan(name, options, parent)
    return end(span, f(trace.setSpan(parent, span), span))
  }

  const end = <A>(span: Span, value: A): A => {
    if (!(value instanceof Promise)) {
      span.end()
      return value
    }
    return value.finally(() => span.end()) as A
  }

  const attempt = <A>(parent: Context, id: string, name: string, f: (context: Context) => A): A =>
    attempts ? within(parent, name, 0, Work.bareAttempt(id), f) : f(parent)

  const then = <A, B>(value: A | Promise<A>, f: (value: A) => B): B | Promise<B> =>
    value instanceof Promise ? value.then(f) : f(value)

  const leaf = <A>(f: () => A): A | Promise<A> => isAsync ? Promise.resolve().then(f) : f()

  const ask = (parent: Context, totals: Work.Totals, asked: Work.Request) =>
    within(parent, "llm.completion", CLIENT, Work.requestAttributes(totals.id, asked, content), (llm, span) =>
      then(
        within(
          llm,
          "llm.api.call",
          CLIENT,
          Work.attemptAttributes(totals.id, asked),
          (_, call) =>
            then(leaf(() => Work.callModel(asked)), (response) => {
              call.setAttributes(Work.attemptResponse(response) as Record<string, string>)
              return response
            })
        ),
        (response) => {
          span.setAttributes(Work.responseAttributes(response, content) as Record<string, string>)
          totals.called(asked, response)
          return response
        }
      ))

  const use = (parent: Context, totals: Work.Totals, query: number) =>
    within(parent, "agent.tool", 0, Work.toolAttributes(totals.id, query, content), (tool, span) =>
      then(
        attempt(tool, totals.id, "tool.execution", () => leaf(() => Work.search(query))),
        (hits) => {
          totals.tools++
          span.setAttributes(Work.toolResult(hits, content) as Record<string, string>)
          return hits
        }
      ))

  const step = (parent: Context, totals: Work.Totals, number: number, step: number): number | Promise<number> =>
    within(
      parent,
      "agent.action",
      0,
      Work.actionAttributes(totals.id, step, content),
      (action) =>
        attempt(action, totals.id, "action.execution", (inside) =>
          then(ask(inside, totals, Work.request(number, step)), (response) =>
            use(inside, totals, response.outputTokens)))
    ) as number | Promise<number>

  const session = (number: number) => {
    const totals = new Work.Totals(number)
    return within(ROOT_CONTEXT, "session", 0, {}, (root, span) => {
      const run = (from: number, found: number): number | Promise<number> => {
        for (let i = from; i < Work.STEPS; i++) {
          const hits = step(root, totals, number, i)
          if (hits instanceof Promise) return hits.then((hits) => run(i + 1, found + hits))
          found += hits
        }
        span.setAttributes(totals.attributes(content) as Record<string, string>)
        return found
      }
      return run(0, 0)
    })
  }

  return {
    run: async (sessions) => {
      for (let i = 0; i < sessions; i++) {
        await session(i)
        await setImmediate()
      }
      await processor.forceFlush()
    },
    calls: async (count) => {
      const times = new Float64Array(count)
      for (let i = 0; i < count; i++) {
        const start = performance.now()
        within(ROOT_CONTEXT, "agent.tool", 0, { "gen_ai.tool.name": "noop" }, () => undefined)
        times[i] = (performance.now() - start) * 1000
        if (i % 64 === 63) await setImmediate()
      }
      return times
    },
    prompts: async (prompts) => {
      const times = new Float64Array(prompts.length)
      for (let i = 0; i < prompts.length; i++) {
        const start = performance.now()
        const messages = [{ role: "user", parts: [{ type: "text", content: prompts[i]! }] }]
        const attributes = {
          "gen_ai.request.model": "gpt-4o-mini",
          "gen_ai.input.messages": JSON.stringify(messages)
        }
        within(ROOT_CONTEXT, "llm.completion", CLIENT, attributes, () => undefined)
        times[i] = (performance.now() - start) * 1000
        await setTimeout(5)
      }
      return times
    },
    close: () => provider.shutdown()
  }
}
