/**
 * Converts the spans of one run, as Mastra's observability reports them, to events.
 *
 * @internal
 */
import type * as Context from "effect/Context"
import { nonEmpty } from "../../../core/internal/inspect.ts"
import * as Message from "../../../model/Message.ts"
import { ActionEvent } from "../../../trace/ActionEvent.ts"
import { AgentEvent } from "../../../trace/AgentEvent.ts"
import { LlmEvent, toFields } from "../../../trace/LlmEvent.ts"
import { ToolEvent } from "../../../trace/ToolEvent.ts"
import { Runs } from "../../internal/runs.ts"
import { answerOf, errorOf, object, requestOf, timeOf } from "./facts.ts"

/** @internal */
export interface Span {
  readonly id: string
  readonly parentSpanId?: string | undefined
  readonly name: string
  readonly type: string
}

/** A generation in progress and its step. Older versions report a step only after its first chunk. */
interface Generation {
  readonly span: Span
  step: string | undefined
  steps: number
  /** The input of the generation. A later step's input also has the earlier answers and tool results. */
  readonly asked: ReadonlyArray<Message.ChatMessage> | undefined
  answers: Array<Message.ChatMessage>
  results: Array<Message.ChatMessage>
  /** The start of the step's first tool, which is the end of the model call. Mastra ends the step after its tools. */
  until: bigint | undefined
}

interface Failed {
  readonly id: string
  /** Missing if Mastra reports the failure without its reason. */
  readonly error: Error | undefined
  readonly endTime: bigint | undefined
}

interface Adding {
  readonly add: (fields: object | undefined) => void
}

const isTool = ({ type }: Span): boolean => type.endsWith("tool_call")

const requestIn = (generation: Generation | undefined, step: Span) => {
  const asked = generation?.asked === undefined ? undefined : [...generation.asked, ...generation.answers]
  return toFields(requestOf(generation?.span, step, asked))
}

const resultOf = (tool: Span): Message.ChatMessage => {
  const { attributes, errorInfo, output } = object(tool)
  const id = nonEmpty(object(attributes)["toolCallId"])
  return { role: "tool", parts: [Message.toolResult({ id, response: output ?? object(errorInfo)["message"] ?? null })] }
}

/** @internal */
export class Run {
  readonly #runs: Runs
  readonly #generations = new Map<string, Generation>()
  /** The step of each inference. Older versions do not have inferences. */
  readonly #inferences = new Map<string, string>()
  /** The open spans, and whether each is a model call or a tool. */
  readonly #open = new Map<string, boolean>()
  #failed: Array<Failed> | undefined = []
  #whenIdle: (() => void) | undefined = undefined

  constructor(context: Context.Context<never>) {
    this.#runs = new Runs(context)
  }

  /** Whether a span of this run is open. */
  has(id: string): boolean {
    return this.#open.has(id)
  }

  #get(id: string): Adding | undefined {
    return this.#runs.get(id) as Adding | undefined
  }

  /** The generation of a step, or of an inference within a step. */
  #around(id: string | undefined): Generation | undefined {
    if (id === undefined) return undefined
    const step = this.#inferences.get(id) ?? id
    return [...this.#generations.values()].find((generation) => generation.step === step)
  }

  start(span: Span): void {
    const { id, name, parentSpanId: parent, type } = span
    const { attributes, entityId, entityName, input, startTime } = object(span)
    this.#open.set(id, type === "model_step" || isTool(span))
    switch (type) {
      case "agent_run":
      case "workflow_run":
        this.#runs.start(id, parent, AgentEvent, {
          name: nonEmpty(entityName) ?? name,
          id: nonEmpty(entityId),
          input: input as object
        })
        return
      case "model_generation":
        this.#generations.set(id, {
          span,
          asked: requestOf(span)?.inputMessages,
          step: undefined,
          steps: 0,
          answers: [],
          results: [],
          until: undefined
        })
        return this.#runs.pass(id, parent)
      case "model_inference":
        if (parent !== undefined) this.#inferences.set(id, parent)
        return this.#runs.pass(id, parent)
      case "model_step":
        return this.#startStep(span)
      case "tool_call":
      case "mcp_tool_call":
      case "client_tool_call": {
        const generation = this.#around(parent)
        if (generation !== undefined) generation.until ??= timeOf(startTime)
        this.#runs.start(id, generation?.span.id ?? parent, ToolEvent, {
          name: nonEmpty(entityName) ?? name,
          callId: nonEmpty(object(attributes)["toolCallId"]),
          description: nonEmpty(object(attributes)["toolDescription"]),
          type: type === "mcp_tool_call" ? "extension" : "function",
          parameters: input as object
        })
        return
      }
      case "workflow_step":
      case "rag_action":
      case "rag_vector_operation":
      case "memory_operation":
        this.#runs.start(id, parent, ActionEvent, { type: name, parameters: input as object })
        return
    }
    this.#runs.pass(id, parent)
  }

  #startStep(span: Span): void {
    const generation = this.#generations.get(span.parentSpanId ?? "")
    if (generation !== undefined) {
      generation.step = span.id
      generation.steps++
      generation.until = undefined
    }
    this.#runs.start(span.id, span.parentSpanId, LlmEvent, { read: () => requestIn(generation, span) })
  }

  end(span: Span): void {
    // Mastra reports a span that marks a moment only once.
    if (!this.#open.has(span.id)) this.start(span)
    const { attributes, endTime, errorInfo, output } = object(span)
    const error = errorOf(errorInfo)
    let until: bigint | undefined
    if (span.type === "model_generation") this.#endGeneration(span, error)
    else if (span.type === "model_step") until = this.#endStep(span)
    else if (span.type === "model_inference") {
      this.#get(this.#inferences.get(span.id) ?? "")?.add(toFields(answerOf(span)))
      this.#inferences.delete(span.id)
    } else {
      if (isTool(span)) this.#around(span.parentSpanId)?.results.push(resultOf(span))
      this.#get(span.id)?.add({ result: output, output })
    }
    this.#open.delete(span.id)
    if (error !== undefined || span.type === "model_step" && object(attributes)["finishReason"] === "error") {
      this.#fail({ id: span.id, error, endTime: timeOf(endTime) })
    } else this.#runs.end(span.id, undefined, until)
    if (this.#open.size === 0) this.#whenIdle?.()
  }

  #endStep(span: Span): bigint | undefined {
    const generation = this.#generations.get(span.parentSpanId ?? "")
    const event = this.#get(span.id)
    const answer = answerOf(span)
    event?.add(toFields(answer))
    event?.add(requestIn(generation, span))
    if (generation?.step !== span.id) return undefined
    generation.step = undefined
    const answered = answer?.outputMessages?.map(({ parts, role }) => ({ role, parts })) ?? []
    generation.answers = [...generation.answers, ...answered, ...generation.results]
    generation.results = []
    return generation.until
  }

  /** Ends a failed generation, and with it the failed step, which Mastra may not have reported. */
  #endGeneration(span: Span, error: Error | undefined): void {
    const generation = this.#generations.get(span.id)
    this.#generations.delete(span.id)
    if (error === undefined || generation === undefined) return
    const { step, steps } = generation
    if (step !== undefined) return this.#fail({ id: step, error, endTime: undefined })
    if (steps > 0) return
    const id = `${span.id} failed`
    this.#runs.start(id, span.id, LlmEvent, { read: () => toFields(requestOf(span)) })
    this.#fail({ id, error, endTime: undefined })
  }

  #fail(failed: Failed): void {
    if (this.#failed === undefined) this.#runs.fail(failed.id, failed.error ?? new Error("error"))
    else this.#failed.push(failed)
  }

  /** Ends the failed events. If the thrown error is the same one, it is used, because only it has the API's code. */
  endFailed(cause?: unknown): void {
    const failed = this.#failed ?? []
    this.#failed = undefined
    const known = failed.findLast(({ error }) => error !== undefined)?.error
    for (const { endTime, error, id } of failed) {
      const own = error ?? known
      const thrown = cause instanceof Error && (own === undefined || own.message === cause.message)
      this.#runs.fail(id, thrown ? cause : own ?? new Error("error"), endTime)
    }
  }

  /**
   * Calls `done` when no span is open. A stream's text is complete before Mastra reports the end of the agent. If a model
   * call or a tool is open, the program has not read the stream to its end, and `done` is called immediately.
   */
  onIdle(done: () => void): void {
    if (this.#open.size === 0 || [...this.#open.values()].some((waits) => waits)) return done()
    this.#whenIdle = done
  }

  close(): void {
    this.endFailed()
    this.#runs.close()
  }
}
