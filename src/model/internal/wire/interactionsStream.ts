/**
 * The events of a streamed interaction. The steps come in pieces, and the last event has the usage.
 *
 * @see https://ai.google.dev/api/interactions-api
 */
import type { LlmCall } from "../../LlmCallFacts.ts"
import { readResponse } from "./interactions.ts"
import { get, list, objects, text } from "./lookup.ts"
import type { Assembly, Payload } from "./streamed.ts"
import { append, at, compact, errorTypeOf, indexOf, object } from "./streamed.ts"

interface Step {
  start: Payload | undefined
  readonly content: Array<Record<string, unknown>>
  summary?: string | undefined
  arguments?: string | undefined
  readonly more: Record<string, unknown>
}

const addDelta = (step: Step, delta: Payload): void => {
  switch (delta.type) {
    case "text": {
      const last = step.content.at(-1)
      if (last?.["type"] === "text") last["text"] = append(text(last["text"]), delta.text)
      else step.content.push({ type: "text", text: text(delta.text) ?? "" })
      break
    }
    case "thought_summary":
      step.summary = append(step.summary, get(delta.content, "text") ?? delta.text)
      break
    case "arguments_delta":
      step.arguments = append(step.arguments, delta.arguments)
      break
    case "image":
    case "audio":
    case "video":
    case "document":
      step.content.push({ ...delta })
      break
    case "thought_signature":
    case "text_annotation":
      break
    default: {
      // The other deltas have the fields of their step.
      const { type: _, ...fields } = delta
      Object.assign(step.more, fields)
    }
  }
}

const whole = (step: Step): Payload => {
  const { content, more, start, summary } = step
  const type = text(start?.type) ??
    (summary !== undefined ? "thought" : more["name"] === undefined ? "model_output" : "function_call")
  const out: Record<PropertyKey, unknown> = { ...start, ...more, type }
  // In the first version of the API, each content is a separate step.
  if (type === "text") {
    out["text"] = (text(start?.text) ?? "") + content.map((part) => text(part["text"]) ?? "").join("")
  } else if (content.length > 0) out["content"] = [...list(start?.content), ...content]
  if (summary !== undefined) {
    out["summary"] = [{
      type: "text",
      text: objects(start?.summary).map((part) => text(part.text) ?? "").join("") + summary
    }]
  }
  if (step.arguments !== undefined) out["arguments"] = step.arguments
  return out
}

class InteractionAssembly implements Assembly {
  errorType: string | undefined = undefined
  readonly #steps: Array<Step | undefined> = []
  #interaction: Payload | undefined = undefined
  #usage: unknown = undefined
  #status: unknown = undefined

  add(event: Payload): void {
    const usage = object(event.usage) ?? object(get(event.metadata, "total_usage"))
    if (usage !== undefined) this.#usage = usage
    switch (get(event, "event_type")) {
      case "interaction.created":
      case "interaction.start":
      case "interaction.completed":
      case "interaction.complete": {
        const interaction = object(event.interaction)
        if (interaction === undefined) break
        this.#interaction = { ...this.#interaction, ...interaction }
        this.#status = interaction.status ?? this.#status
        this.#usage = object(interaction.usage) ?? this.#usage
        break
      }
      case "interaction.status_update":
        this.#status = event.status ?? this.#status
        break
      case "step.start":
      case "content.start":
        this.#step(event).start = object(event.step) ?? object(event.content)
        break
      case "step.delta":
      case "content.delta": {
        const delta = object(event.delta)
        if (delta !== undefined) addDelta(this.#step(event), delta)
        break
      }
      case "error":
        this.errorType = errorTypeOf(event.error)
        break
    }
  }

  #step(event: Payload): Step {
    return at(this.#steps, indexOf(event.index), (): Step => ({ start: undefined, content: [], more: {} }))
  }

  facts(): LlmCall | undefined {
    const reportedSteps = list(this.#interaction?.steps ?? this.#interaction?.outputs)
    return readResponse({
      ...this.#interaction,
      status: this.#status,
      usage: this.#usage,
      steps: reportedSteps.length > 0 ? reportedSteps : compact(this.#steps).map(whole)
    })
  }
}

/** @internal */
export const make = (): Assembly => new InteractionAssembly()
