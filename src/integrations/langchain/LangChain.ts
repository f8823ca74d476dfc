/**
 * Tracing of LangChain and LangGraph, the `@langchain/core` package, with a callback handler.
 *
 * Pass {@link handler} in the `callbacks` of a call. Then chains and graphs, the nodes of a graph, model calls, tools
 * and retrievers are events of the program's session.
 *
 * It needs `@langchain/core`, version 0.3 or later.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import { nonEmpty, tryOrUndefined } from "../../core/internal/inspect.ts"
import { ActionEvent } from "../../trace/ActionEvent.ts"
import { AgentEvent } from "../../trace/AgentEvent.ts"
import { LlmEvent, toFields } from "../../trace/LlmEvent.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"
import { addFinder } from "../internal/ambient.ts"
import { Runs } from "../internal/runs.ts"
import { answerOf, object, parsed, requestOf } from "./internal/facts.ts"

/**
 * A callback handler, as `callbacks` accept it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Handler {
  readonly name: string
  readonly awaitHandlers: boolean
  handleChatModelStart(
    llm: unknown,
    messages: ReadonlyArray<ReadonlyArray<unknown>>,
    runId: string,
    parentRunId?: string,
    extraParams?: object,
    tags?: ReadonlyArray<string>,
    metadata?: object
  ): void
  handleLLMStart(
    llm: unknown,
    prompts: ReadonlyArray<string>,
    runId: string,
    parentRunId?: string,
    extraParams?: object,
    tags?: ReadonlyArray<string>,
    metadata?: object
  ): void
  handleLLMNewToken(token: string, index: unknown, runId: string): void
  handleLLMEnd(output: unknown, runId: string): void
  handleLLMError(error: unknown, runId: string): void
  handleChainStart(
    chain: unknown,
    inputs: unknown,
    runId: string,
    parentRunId?: string,
    tags?: ReadonlyArray<string>,
    metadata?: object,
    runType?: string,
    runName?: string
  ): void
  handleChainEnd(outputs: unknown, runId: string): void
  handleChainError(error: unknown, runId: string): void
  handleToolStart(
    tool: unknown,
    input: string,
    runId: string,
    parentRunId?: string,
    tags?: ReadonlyArray<string>,
    metadata?: object,
    runName?: string,
    toolCallId?: string
  ): void
  handleToolEnd(output: unknown, runId: string): void
  handleToolError(error: unknown, runId: string): void
  handleRetrieverStart(retriever: unknown, query: string, runId: string, parentRunId?: string): void
  handleRetrieverEnd(documents: unknown, runId: string): void
  handleRetrieverError(error: unknown, runId: string): void
}

const nameOf = (serialized: unknown): string | undefined => {
  const { id, name } = object(serialized)
  return nonEmpty(name) ?? (Array.isArray(id) ? nonEmpty(id.at(-1)) : undefined)
}

/** Whether LangGraph threw the error to wait for a human or to send a command to another graph. */
const isBubbling = (error: unknown): boolean =>
  tryOrUndefined(() => Predicate.hasProperty(error, "is_bubble_up") && error.is_bubble_up === true) === true

class LangChainHandler {
  readonly #runs: Runs
  /** The graph node of each run that is inside of one. */
  readonly #nodes = new Map<string, string>()

  constructor(runs: Runs) {
    this.#runs = runs
  }

  #fail(runId: string, error: unknown): void {
    if (isBubbling(error)) this.#runs.end(runId, Exit.interrupt())
    else this.#runs.fail(runId, error)
  }

  #add(runId: string, fields: object | undefined): void {
    const event = this.#runs.get(runId) as { readonly add: (fields: object | undefined) => void } | undefined
    event?.add(fields)
  }

  #startCall(input: unknown, runId: string, parent: string | undefined, extra: unknown, metadata: unknown): void {
    this.#runs.start(runId, parent, LlmEvent, { read: () => toFields(requestOf(input, extra, metadata)) })
  }

  handler(): Handler {
    const runs = this.#runs
    return {
      name: "effect-agentops",
      // Otherwise LangChain's queue would call the handler when the run is over.
      awaitHandlers: true,
      handleChatModelStart: (_llm, messages, runId, parentRunId, extra, _tags, metadata) =>
        this.#startCall(messages[0], runId, parentRunId, extra, metadata),
      handleLLMStart: (_llm, prompts, runId, parentRunId, extra, _tags, metadata) =>
        this.#startCall(prompts, runId, parentRunId, extra, { ls_model_type: "llm", ...metadata }),
      handleLLMNewToken: (_token, _index, runId) => runs.get(runId)?.chunk(),
      handleLLMEnd: (output, runId) => {
        this.#add(runId, toFields(tryOrUndefined(() => answerOf(output))))
        runs.end(runId)
      },
      handleLLMError: (error, runId) => this.#fail(runId, error),
      // The order of the actual call. LangChain's types have the parent last.
      handleChainStart: (chain, inputs, runId, parentRunId, _tags, metadata, _runType, runName) => {
        const name = nonEmpty(runName) ?? nameOf(chain) ?? "chain"
        const { langgraph_checkpoint_ns: place, langgraph_node: node } = object(metadata)
        const here = node === undefined ? undefined : `${String(place)} ${String(node)}`
        // A node contains further runs with its name. The graph's own nodes have names such as `__start__`.
        const begins = here !== undefined && node === name && !name.startsWith("__") &&
          this.#nodes.get(parentRunId ?? "") !== here
        if (here !== undefined) this.#nodes.set(runId, here)
        if (parentRunId === undefined) runs.start(runId, parentRunId, AgentEvent, { name, input: inputs as object })
        else if (begins) runs.start(runId, parentRunId, ActionEvent, { type: name, parameters: inputs as object })
        else runs.pass(runId, parentRunId)
      },
      handleChainEnd: (outputs, runId) => {
        this.#nodes.delete(runId)
        this.#add(runId, { output: outputs, result: outputs })
        runs.end(runId)
      },
      handleChainError: (error, runId) => {
        this.#nodes.delete(runId)
        this.#fail(runId, error)
      },
      handleToolStart: (tool, input, runId, parentRunId, _tags, _metadata, runName, callId) =>
        void runs.start(runId, parentRunId, ToolEvent, {
          name: nonEmpty(runName) ?? nameOf(tool) ?? "unknown",
          callId,
          type: "function",
          parameters: parsed(input) as object
        }),
      handleToolEnd: (output, runId) => {
        const { content, status } = object(output)
        this.#add(runId, { result: content ?? output })
        if (status === "error") runs.get(runId)?.unsuccessful("tool_error")
        runs.end(runId)
      },
      handleToolError: (error, runId) => this.#fail(runId, error),
      handleRetrieverStart: (_retriever, query, runId, parentRunId) =>
        void runs.start(runId, parentRunId, ActionEvent, { type: "retrieval", parameters: { query } }),
      handleRetrieverEnd: (documents, runId) => {
        this.#add(runId, { result: documents })
        runs.end(runId)
      },
      handleRetrieverError: (error, runId) => this.#fail(runId, error)
    }
  }
}

const storageKey = Symbol.for("ls:tracing_async_local_storage")

const configKey = Symbol.for("lc:child_config")

interface Stored {
  readonly getStore?: () => { readonly extra?: { readonly [configKey]?: unknown } } | undefined
}

/** The id of the LangChain run around the current function. */
const runIdHere = (): string | undefined => {
  const storage = (globalThis as { readonly [storageKey]?: Stored })[storageKey]
  const { callbacks } = object(storage?.getStore?.()?.extra?.[configKey])
  const { getParentRunId } = object(callbacks)
  return typeof getParentRunId === "function" ? nonEmpty(getParentRunId.call(callbacks)) : undefined
}

/**
 * The callback handler for the session in which the effect runs.
 *
 * **Details**
 *
 * Each run without a parent, such as a graph or a chain, is an agent event, each node of a graph an action, each model
 * call an LLM event, each tool a tool event, and each retrieval an action. Runs between them, such as the steps of a
 * sequence, have no event. A graph that stops to wait for a human is interrupted and has not failed. Runs that are open
 * when the scope closes are interrupted.
 *
 * A call of a traced client in a node or a tool, such as the client of `OpenAi.wrap(client).use`, is an event inside of
 * it.
 *
 * **Example** (in an effect)
 *
 * ```ts no-run
 * import { ChatOpenAI } from "@langchain/openai"
 * import { Effect } from "effect"
 * import * as LangChain from "effect-agentops/langchain"
 *
 * const model = new ChatOpenAI({ model: "gpt-4o" })
 *
 * const ask = (question: string) =>
 *   Effect.scoped(Effect.gen(function*() {
 *     const handler = yield* LangChain.handler
 *     const answer = yield* Effect.tryPromise((signal) => model.invoke(question, { callbacks: [handler], signal }))
 *     return answer.text
 *   }))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const handler: Effect.Effect<Handler, never, Scope.Scope> = Effect.gen(function*() {
  const scope = yield* Scope.Scope
  const runs = new Runs(Context.omit(Scope.Scope)(yield* Effect.context<Scope.Scope>()))
  const remove = addFinder(() => {
    const id = runIdHere()
    return id !== undefined && runs.has(id) ? runs.contextOf(id) : undefined
  })
  yield* Scope.addFinalizer(
    scope,
    Effect.sync(() => {
      remove()
      runs.close()
    })
  )
  return new LangChainHandler(runs).handler()
})
