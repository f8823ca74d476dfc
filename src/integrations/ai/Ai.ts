/**
 * Tracing of `effect/ai`: models, embeddings and tools of any provider.
 *
 * Provide {@link layer} over the layers of a program's models and toolkits. Then every call of a `LanguageModel` or an
 * `EmbeddingModel`, and every tool call, is an event of its session. `Chat` and MCP servers and clients use the same
 * services, so their calls are events too.
 *
 * It depends on `effect/ai`, which may change between minor versions of Effect.
 *
 * @since 0.1.0
 */
import * as EmbeddingModel from "effect/ai/EmbeddingModel"
import * as LanguageModel from "effect/ai/LanguageModel"
import * as Telemetry from "effect/ai/Telemetry"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { tryOrUndefined } from "../../core/internal/inspect.ts"
import * as Event from "../../trace/Event.ts"
import type { fields } from "../../trace/LlmEvent.ts"
import { LlmEvent, toFields } from "../../trace/LlmEvent.ts"
import * as LlmStream from "../../trace/LlmStream.ts"
import { Answer, answerOf, promptOf, toolsOf } from "./internal/facts.ts"
import { replayedModel } from "./internal/replayed.ts"
import { isHandler, traceHandler, traceToolkitOf } from "./internal/tools.ts"
import { aiTracer, spanTransformer } from "./internal/tracer.ts"

/** The options of a call that are read. */
interface CallOptions {
  readonly prompt: Parameters<typeof promptOf>[0]
  readonly toolkit?: unknown
}

const factsOf = ({ prompt, toolkit }: CallOptions) => ({
  ...promptOf(prompt),
  ...(Predicate.hasProperty(toolkit, "tools") ? toolsOf(Object.values(toolkit.tools as object)) : undefined)
})

type Started = Event.StartedEvent<typeof fields>

type Options = Event.StartOptions<typeof fields>

const optionsOf = (
  options: CallOptions,
  below: Options["below"],
  known: Pick<Options, "stream" | "outputType">
): Options => ({ operation: "chat", ...known, below, read: () => toFields(factsOf(options)) })

const isApproved = ({ prompt }: CallOptions): boolean =>
  tryOrUndefined(() => promptOf(prompt))?.inputMessages?.some(({ parts }) =>
    parts.some((part) => part.type === "tool-approval-response")
  ) === true

const insideOf = (options: CallOptions, event: Started, streamed: boolean): CallOptions =>
  !event.isTraced || options.toolkit === undefined ? options : {
    ...options,
    toolkit: traceToolkitOf(options.toolkit, { event, hasAnswered: () => !streamed && !isApproved(options) })
  }

/**
 * Wraps a language model so that its calls are LLM events.
 *
 * **Details**
 *
 * Use it for a model that is provided inside of {@link layer}. Prompt, tools, answer, usage and finish reason are read
 * from the call. Under the {@link layer}, the event also includes the attributes that the provider writes on Effect's
 * span, such as the names of the provider and the model.
 *
 * Tool events are children of the call that requested them. The tools run inside of `generateText`, so its event lasts
 * until they are done. Its `llm.api.call` ends when the first tool starts.
 *
 * **Example** (your own model)
 *
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { LanguageModel } from "effect/ai"
 * import * as Ai from "effect-agentops/ai"
 *
 * const program = Effect.gen(function*() {
 *   const model = yield* LanguageModel.make({
 *     generateText: () => Effect.succeed([{ type: "text", text: "Hello!" }]),
 *     streamText: () => Stream.empty
 *   })
 *   const response = yield* Ai.languageModel(model).generateText({ prompt: "Hi" })
 *   return response.text
 * })
 * await Effect.runPromise(program) // => "Hello!"
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const languageModel = (self: LanguageModel.LanguageModel): LanguageModel.LanguageModel => {
  const model = self as unknown as Model
  const whole = (
    options: CallOptions,
    settings: Options,
    call: (model: Model, options: CallOptions) => Effect.Effect<Answered, unknown, unknown>
  ) =>
    Event.traceWith(LlmEvent, settings, (event) => {
      const inside = insideOf(options, event, false)
      const replayed = replayedModel(event)
      const answer = replayed === undefined
        ? call(model, inside)
        : Effect.flatMap(replayed, (model) => call(model as unknown as Model, inside))
      return Effect.map(answer, (response) => {
        if (event.isTraced) event.add(toFields(answerOf(response.content)))
        return response
      })
    })
  const traced: Model = {
    generateText: (options) =>
      whole(options, optionsOf(options, traced.generateText, {}), (model, inside) => model.generateText(inside)),
    generateObject: (options) =>
      whole(
        options,
        optionsOf(options, traced.generateObject, { outputType: "json" }),
        (model, inside) => model.generateObject(inside)
      ),
    streamText: (options) =>
      LlmStream.traceWith(
        { ...optionsOf(options, traced.streamText, { stream: true }), reader: () => new Answer() },
        (event) => {
          const inside = insideOf(options, event, true)
          const replayed = replayedModel(event)
          return replayed === undefined
            ? model.streamText(inside)
            : Stream.unwrap(Effect.map(replayed, (model) => (model as unknown as Model).streamText(inside)))
        }
      )
  }
  return { ...self, ...traced as unknown as typeof self }
}

interface Answered {
  readonly content: ReadonlyArray<unknown>
}

interface Model {
  readonly generateText: (options: CallOptions) => Effect.Effect<Answered, unknown, unknown>
  readonly generateObject: (options: CallOptions) => Effect.Effect<Answered, unknown, unknown>
  readonly streamText: (options: CallOptions) => Stream.Stream<unknown, unknown, unknown>
}

/**
 * Wraps an embedding model so that its calls are LLM events with the operation `embeddings`.
 *
 * **Details**
 *
 * `embedMany` is one event with its usage. Calls of `embed` may share a request. Under the {@link layer}, each request
 * is an event without usage, because Effect does not pass the usage on.
 *
 * @category combinators
 * @since 0.1.0
 */
export const embeddingModel = (
  self: EmbeddingModel.EmbeddingModel
): EmbeddingModel.EmbeddingModel => {
  const embedMany: typeof self.embedMany = (input) =>
    Event.traceWith(
      LlmEvent,
      { operation: "embeddings", below: embedMany },
      (event) =>
        Effect.map(self.embedMany(input), (response) => {
          const { embeddings, usage } = response
          event.add({
            dimensionCount: embeddings[0]?.vector.length,
            usage: usage.inputTokens === undefined ? undefined : { inputTokens: usage.inputTokens, outputTokens: 0 }
          })
          return response
        })
    )
  return { ...self, embedMany }
}

const decorate = (context: Context.Context<never>): Context.Context<never> => {
  const tracer = Context.getOrUndefined(context, Tracer.Tracer) ?? Tracer.nativeTracer
  const services = new Map<string, unknown>()
  for (const [key, value] of context.mapUnsafe) {
    if (key === LanguageModel.LanguageModel.key) services.set(key, languageModel(value))
    else if (key === EmbeddingModel.EmbeddingModel.key) services.set(key, embeddingModel(value))
    else if (isHandler(key, value)) services.set(key, traceHandler(value))
  }
  return Context.makeUnsafe<never>(services).pipe(
    Context.add(Tracer.Tracer, aiTracer(tracer)),
    Context.add(
      Telemetry.CurrentSpanTransformer,
      spanTransformer(Context.getOrUndefined(context, Telemetry.CurrentSpanTransformer))
    )
  ) as Context.Context<never>
}

/**
 * Traces the models and tools of the layers below it.
 *
 * **When to use**
 *
 * Provide it once, with `Layer.provideMerge` over the layers of models, toolkits and `AgentOps`, in that order.
 *
 * **Details**
 *
 * There is one span for each call. Effect's own `LanguageModel.*` span is the event's `llm.api.call`, and the
 * provider's attributes on it become fields of the event. Effect writes a tool's parameters on the current span. Here
 * they are on the tool's event only.
 *
 * **Gotchas**
 *
 * A model that is provided inside of this layer is still traced by Effect's own span. But a failed call of it has no
 * prompt, its stream has no time to first chunk, and tools whose handlers are provided there are not traced. Wrap such
 * a model with {@link languageModel}.
 *
 * **Example** (the layers of an agent)
 *
 * ```ts
 * import { Effect, Layer, Schema, Stream } from "effect"
 * import { LanguageModel, Tool, Toolkit } from "effect/ai"
 * import { AgentOps, Exporter } from "effect-agentops"
 * import * as Ai from "effect-agentops/ai"
 *
 * const tools = Toolkit.make(
 *   Tool.make("weather", { parameters: Schema.Struct({ city: Schema.String }), success: Schema.String })
 * )
 * const ToolsLive = tools.toLayer({ weather: ({ city }) => Effect.succeed(`rain in ${city}`) })
 *
 * // Any provider's layer; this one asks for the weather and is done.
 * const ModelLive = Layer.effect(
 *   LanguageModel.LanguageModel,
 *   LanguageModel.make({
 *     generateText: () =>
 *       Effect.succeed([{ type: "tool-call", id: "call_1", name: "weather", params: { city: "Bonn" } }]),
 *     streamText: () => Stream.empty
 *   })
 * )
 *
 * const program = Effect.gen(function*() {
 *   yield* LanguageModel.generateText({ prompt: "The weather?", toolkit: tools })
 *   const memory = yield* Exporter.Memory
 *   return (yield* memory.spans).map((span) => span.name)
 * })
 *
 * const MainLive = Ai.layer.pipe(
 *   Layer.provideMerge(Layer.mergeAll(ModelLive, ToolsLive, Exporter.memory())),
 *   Layer.provideMerge(AgentOps.layer({ serviceName: "forecaster" }))
 * )
 * await Effect.runPromise(Effect.provide(program, MainLive))
 * // => ["llm.api.call", "tool.execution", "agent.tool", "llm.completion"]
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
// Fresh, because the result depends on the layers below it.
export const layer: Layer.Layer<never> = Layer.fresh(Layer.effectContext(Effect.contextWith((
  context: Context.Context<never>
) => Effect.sync(() => decorate(context)))))
