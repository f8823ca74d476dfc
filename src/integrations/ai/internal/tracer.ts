/**
 * Uses the spans that `effect/ai` starts for its calls as parts of the calls' events.
 *
 * A call that {@link ../../Ai.ts} wraps has its event already. Then Effect's span is that event's attempt, and the
 * provider's attributes become facts. A call of an unwrapped model gets its event here.
 *
 * @internal
 */
import * as IdGenerator from "effect/ai/IdGenerator"
import type * as Telemetry from "effect/ai/Telemetry"
import * as Context from "effect/Context"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import { tryOrUndefined } from "../../../core/internal/inspect.ts"
import { shareAttempt, unlinked } from "../../../trace/internal/event/fold.ts"
import type { OpenEvent } from "../../../trace/internal/event/openEvent.ts"
import { openEvent } from "../../../trace/internal/event/openEvent.ts"
import { makePlan } from "../../../trace/internal/event/plan.ts"
import { LlmEvent, toFields } from "../../../trace/LlmEvent.ts"
import { answerOf, promptOf, toolsOf } from "./facts.ts"
import { spanView } from "./spanView.ts"

const chat = makePlan(LlmEvent, { operation: "chat" })

const embeddings = makePlan(LlmEvent, { operation: "embeddings" })

const plans = new Map([
  ["LanguageModel.generateText", chat],
  ["LanguageModel.generateObject", chat],
  ["LanguageModel.streamText", chat],
  ["EmbeddingModel.embedMany", embeddings],
  ["EmbeddingModel.resolver", embeddings]
])

const fieldOfKey = new Map(
  Object.entries(LlmEvent.fields).flatMap(([name, field]) => field.keys.map((key) => [key, name] as const))
)

// The response has these facts more completely than the provider's attributes.
const lesser = new Set(["usage", "finishReasons"])

const toolkits = new Set(["tool", "parameters"])

/** The event behind each span that was passed to a model. */
const events = new WeakMap<Tracer.AnySpan, OpenEvent>()

/** Reads the provider's attributes as fields of the event. */
const factsOfAttributes = (event: OpenEvent) => {
  const written: Record<string, never> = {}
  return (key: string, value: unknown): boolean => {
    if (toolkits.has(key)) return true
    const name = fieldOfKey.get(key)
    if (name === undefined) return false
    written[key] = value as never
    const fields = event.record.fields
    if (lesser.has(name) || fields[name] !== undefined) return true
    const field = LlmEvent.fields[name as keyof typeof LlmEvent.fields]
    const read: Option.Option<unknown> = tryOrUndefined(() => field.read(written)) ?? Option.none()
    if (Option.isSome(read)) event.record.fillIn({ [name]: read.value })
    return true
  }
}

/**
 * Effect does not make the span of a stream a parent. The generator of ids distinguishes the model's stream from its
 * consumer, because Effect provides it only to the former.
 */
const linkStream = (fiber: object, event: OpenEvent, outer: Context.Context<never>): void => {
  const { attempt, record } = event
  const parent = Option.getOrUndefined(Context.getOption(outer, Tracer.ParentSpan))
  unlinked.set(fiber, (context) => {
    if (event.ended || attempt === undefined || record.span === undefined) {
      unlinked.delete(fiber)
      return undefined
    }
    const here = Option.getOrUndefined(Context.getOption(context, Tracer.ParentSpan))
    return here === parent && Option.isSome(Context.getOption(context, IdGenerator.IdGenerator)) ? attempt : undefined
  })
}

const intercept = (
  tracer: Tracer.Tracer,
  options: Parameters<Tracer.Tracer["span"]>[0]
): Tracer.Span | undefined => {
  const plan = plans.get(options.name)
  const fiber = plan === undefined ? undefined : Fiber.getCurrent()
  if (plan === undefined || fiber === undefined) return undefined
  const context = fiber.context.pipe(Context.add(Tracer.Tracer, tracer)) as Context.Context<never>
  // The links of the context are added to every span.
  const known = Context.get(context, References.TracerSpanLinks)
  const links = options.links.filter((link) => !known.includes(link))
  const event = openEvent(
    Option.isSome(options.parent) ? Context.add(context, Tracer.ParentSpan, options.parent.value) : context,
    links.length === 0 ? plan : { ...plan, options: { ...plan.options, links } },
    undefined
  )
  if (event === undefined) return undefined
  const view = spanView(event.attempt ?? event.span, {
    attribute: factsOfAttributes(event),
    end: (_, exit) => event.endUnsafe(exit),
    // An attempt that the program marks itself ends before the call does.
    open: () => !event.ended
  })
  events.set(view, event)
  // The event belongs to an enclosing call, and the requests of the model's client belong to that call too.
  if (!event.own) shareAttempt(event.attempt)
  if (event.own && options.name === "LanguageModel.streamText") linkStream(fiber, event, context)
  return view
}

/** @internal */
export const aiTracer = (tracer: Tracer.Tracer): Tracer.Tracer => {
  const self: Tracer.Tracer = Object.create(tracer, {
    span: {
      value: (options: Parameters<Tracer.Tracer["span"]>[0]) => intercept(self, options) ?? tracer.span(options)
    }
  })
  return self
}

/** Reads the prompt and the answer of a call that is not wrapped. @internal */
export const spanTransformer =
  (next: Telemetry.SpanTransformer | undefined): Telemetry.SpanTransformer => (options) => {
    const event = events.get(options.span)
    if (event !== undefined && event.own) {
      tryOrUndefined(() => {
        event.add(toFields(promptOf(options.prompt)))
        event.add(toFields(toolsOf(options.tools)))
        event.add(toFields(answerOf(options.response)))
      })
    }
    next?.(options)
  }
