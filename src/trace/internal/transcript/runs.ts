/**
 * Reads traces of other tools: LangSmith's runs, those of the OpenAI Agents SDK, OTLP.
 *
 * @internal
 */
import { get, list, named, number, object, objects, text } from "../../../model/internal/wire/lookup.ts"
import * as LlmCall from "../../../model/LlmCall.ts"
import * as Usage from "../../../model/Usage.ts"
import { LlmEvent, toFields } from "../../LlmEvent.ts"
import { ToolEvent } from "../../ToolEvent.ts"
import type { Payload, Recorded, Step } from "./step.ts"
import { timeOf, valueOf } from "./step.ts"

const inOrder = (steps: ReadonlyArray<Step>): ReadonlyArray<Step> =>
  steps.toSorted((a, b) => {
    const from = a.startTime ?? BigInt(0)
    const to = b.startTime ?? BigInt(0)
    return from < to ? -1 : from > to ? 1 : 0
  })

const langChainRoles: Readonly<Record<string, string>> = {
  HumanMessage: "user",
  human: "user",
  AIMessage: "assistant",
  AIMessageChunk: "assistant",
  ai: "assistant",
  SystemMessage: "system",
  system: "system",
  ToolMessage: "tool",
  tool: "tool",
  FunctionMessage: "tool"
}

/** A message of LangChain, in any of its serialized forms, in OpenAI's form. */
const ofLangChain = (raw: unknown): Payload => {
  const message = object(raw) ?? { role: "user", content: raw }
  if (typeof message.role === "string") return message
  const inner = object(message.kwargs) ?? object(message.data) ?? message
  const kind = text(list(message.id).at(-1)) ?? text(inner.type) ?? text(message.type) ?? ""
  const calls = objects(inner.tool_calls).map((call) => ({
    id: call.id,
    function: { name: call.name ?? get(call.function, "name"), arguments: call.args ?? get(call.function, "arguments") }
  }))
  return {
    role: langChainRoles[kind] ?? "user",
    content: inner.content,
    tool_call_id: inner.tool_call_id,
    ...(calls.length === 0 ? undefined : { tool_calls: calls }),
    usage: inner.usage_metadata,
    response_metadata: inner.response_metadata
  }
}

const flat = (value: unknown): ReadonlyArray<unknown> =>
  list(value).flatMap((item) => Array.isArray(item) ? item : [item])

const answersOf = (outputs: unknown): ReadonlyArray<Payload> => {
  const generations = flat(get(outputs, "generations"))
  if (generations.length > 0) {
    return generations.map((one) =>
      object(get(one, "message")) === undefined
        ? { role: "assistant", content: get(one, "text") }
        : ofLangChain(get(one, "message"))
    )
  }
  const choices = objects(get(outputs, "choices"))
  if (choices.length > 0) {
    return choices.map((choice) => object(choice.message) ?? { role: "assistant", content: choice.text })
  }
  const messages = flat(get(outputs, "messages"))
  if (messages.length > 0) return [ofLangChain(messages.at(-1))]
  const output = get(outputs, "output") ?? get(outputs, "content")
  return output === undefined
    ? []
    : [typeof output === "string" ? { role: "assistant", content: output } : ofLangChain(output)]
}

const usageOf = (run: Payload, answers: ReadonlyArray<Payload>): Usage.Usage | undefined =>
  Usage.fromOpenAi(get(run.outputs, "usage")) ?? Usage.fromOpenAi(get(get(run.outputs, "llm_output"), "token_usage")) ??
    answers.map((answer) => Usage.fromOpenAi(answer.usage)).find((found) => found !== undefined) ??
    Usage.fromOpenAi(run)

const llmRun = (run: Payload): Step => {
  const params = get(run.extra, "invocation_params")
  const metadata = get(run.extra, "metadata")
  const answers = answersOf(run.outputs)
  const responseModel = get(answers[0]?.response_metadata, "model_name") ??
    get(get(run.outputs, "llm_output"), "model_name")
  const model = text(get(params, "model")) ?? text(get(params, "model_name")) ?? text(get(metadata, "ls_model_name"))
  const messages = flat(get(run.inputs, "messages"))
  const prompts = list(get(run.inputs, "prompts"))
  const request = LlmCall.readRequest(
    {
      model,
      messages: messages.length > 0 ? messages.map(ofLangChain) : prompts.map((content) => ({ role: "user", content }))
    },
    { api: "chat_completions" }
  )
  const response = LlmCall.readResponse({ choices: answers.map((message) => ({ message })) }, {
    api: "chat_completions"
  })
  return {
    _tag: "Turn",
    fields: {
      operation: "chat",
      provider: named(get(metadata, "ls_provider")),
      model,
      responseModel: text(responseModel),
      inputMessages: request?.inputMessages,
      outputMessages: response?.outputMessages,
      usage: usageOf(run, answers)
    },
    error: named(run.error),
    startTime: timeOf(run.start_time),
    endTime: timeOf(run.end_time)
  }
}

const toolRun = (run: Payload): Step => ({
  _tag: "Tool",
  fields: {
    name: text(run.name) ?? "unknown",
    type: run.run_type === "retriever" ? "datastore" : "function",
    callId: named(get(run.inputs, "tool_call_id")),
    parameters: valueOf(get(run.inputs, "input") ?? run.inputs ?? undefined),
    result: valueOf(get(run.outputs, "output") ?? run.outputs ?? undefined)
  },
  error: named(run.error),
  startTime: timeOf(run.start_time),
  endTime: timeOf(run.end_time)
})

const withChildren = (run: Payload): ReadonlyArray<Payload> => [run, ...objects(run.child_runs).flatMap(withChildren)]

/** One session for each trace. */
const byTrace = (
  all: ReadonlyArray<Payload>,
  traceOf: (one: Payload) => unknown,
  recorded: (trace: ReadonlyArray<Payload>, id: string) => Recorded
): ReadonlyArray<Recorded> => {
  const traces = new Map<string, Array<Payload>>()
  for (const one of all) {
    const id = String(traceOf(one) ?? "")
    const trace = traces.get(id)
    if (trace === undefined) traces.set(id, [one])
    else trace.push(one)
  }
  return [...traces].map(([id, trace]) => recorded(trace, id)).filter(({ steps }) => steps.length > 0)
}

export const ofLangSmith = (runs: ReadonlyArray<unknown>): ReadonlyArray<Recorded> => {
  const all = objects(runs).flatMap((run) =>
    withChildren(run).map((one) => ({ ...one, trace_id: run.trace_id ?? run.id }))
  )
  return byTrace(all, (run) => run["trace_id"], (trace, id) => ({
    name: text(trace.find((run) => run["parent_run_id"] === undefined || run["parent_run_id"] === null)?.["name"]),
    steps: inOrder(trace.flatMap((run): ReadonlyArray<Step> => {
      switch (run["run_type"]) {
        case "llm":
          return [llmRun(run)]
        case "tool":
        case "retriever":
          return [toolRun(run)]
        default:
          return []
      }
    })),
    metadata: { traceId: id }
  }))
}

const agentSpan = (span: Payload): ReadonlyArray<Step> => {
  const data = object(span.span_data)
  const times = {
    startTime: timeOf(span.started_at),
    endTime: timeOf(span.ended_at),
    error: text(get(span.error, "message"))
  }
  switch (data?.type) {
    case "generation": {
      const model = text(data.model)
      const request = LlmCall.readRequest({ model, messages: data.input, ...object(data.model_config) }, {
        api: "chat_completions"
      })
      const response = LlmCall.readResponse(
        { choices: objects(data.output).map((message) => ({ message: object(message.message) ?? message })) },
        { api: "chat_completions" }
      )
      return [{
        _tag: "Turn",
        fields: {
          operation: "chat",
          model,
          inputMessages: request?.inputMessages,
          outputMessages: response?.outputMessages,
          usage: Usage.fromOpenAi(data.usage)
        },
        ...times
      }]
    }
    case "response": {
      const request = LlmCall.readRequest({ input: data.input ?? data._input }, { api: "responses" })
      const response = LlmCall.readResponse(data.response ?? data._response, { api: "responses" })
      return [{
        _tag: "Turn",
        fields: { operation: "chat", responseId: text(data.response_id), ...toFields(request), ...toFields(response) },
        ...times
      }]
    }
    case "function":
      return [{
        _tag: "Tool",
        fields: { name: text(data.name) ?? "unknown", parameters: valueOf(data.input), result: valueOf(data.output) },
        ...times
      }]
    default:
      return []
  }
}

/** The export of the Agents SDK: traces and spans, in one batch or one a line. */
export const ofAgents = (items: ReadonlyArray<unknown>): ReadonlyArray<Recorded> => {
  const all = objects(items).flatMap((item) => Array.isArray(item.data) ? objects(item.data) : [item])
  const names = new Map(
    all.filter((item) => item["object"] === "trace").map((item) => [item["id"], text(item["workflow_name"])])
  )
  return byTrace(all.filter((item) => item["object"] === "trace.span"), (span) => span["trace_id"], (trace, id) => ({
    name: names.get(id),
    steps: inOrder(trace.flatMap(agentSpan)),
    metadata: { traceId: id }
  }))
}

const attributeValue = (value: unknown): unknown =>
  get(value, "stringValue") ?? number(get(value, "intValue")) ?? get(value, "doubleValue") ?? get(value, "boolValue") ??
    (get(value, "arrayValue") === undefined
      ? undefined
      : list(get(get(value, "arrayValue"), "values")).map(attributeValue))

const nanos = (raw: unknown): bigint | undefined => {
  const count = typeof raw === "number" ? String(raw) : text(raw)
  return count !== undefined && /^\d{1,20}$/.test(count) ? BigInt(count) : undefined
}

const operations = /^(chat|text_completion|generate_content|embeddings)(?: (.+))?$/

const otlpSpan = (span: Payload): ReadonlyArray<Step> => {
  const attributes: Record<string, never> = {}
  for (const pair of objects(span.attributes)) {
    const value = attributeValue(pair.value)
    if (value !== undefined) attributes[String(pair.key)] = value as never
  }
  const name = text(span.name) ?? ""
  const status = object(span.status)
  const times = {
    startTime: nanos(get(span, "start_time_unix_nano")),
    endTime: nanos(get(span, "end_time_unix_nano")),
    error: status?.code === 2 || status?.code === "STATUS_CODE_ERROR" ? text(status.message) ?? "error" : undefined
  }
  const operation = attributes["gen_ai.operation.name"] as string | undefined
  const [, operationName, model] = operations.exec(name) ?? []
  const tool = /^execute_tool (.+)$/.exec(name)?.[1]
  if (attributes["gen_ai.tool.name"] !== undefined || operation === "execute_tool" || tool !== undefined) {
    const fields = ToolEvent.fromAttributes(attributes)
    return [{ _tag: "Tool", fields: { ...fields, name: fields.name ?? tool ?? "unknown" }, ...times }]
  }
  const isCall = attributes["agentops.event.kind"] === "llm" || operationName !== undefined ||
    operation !== undefined && operations.test(operation)
  if (!isCall || attributes["agentops.attempt"] !== undefined) return []
  const fields = LlmEvent.fromAttributes(attributes)
  return [{
    _tag: "Turn",
    fields: { ...fields, operation: fields.operation ?? operationName, model: fields.model ?? model },
    ...times
  }]
}

export const ofOtlp = (batches: ReadonlyArray<unknown>): ReadonlyArray<Recorded> => {
  const spans = objects(batches).flatMap((batch) =>
    objects(get(batch, "resource_spans")).flatMap((resource) =>
      objects(get(resource, "scope_spans")).flatMap((scope) => objects(scope.spans))
    )
  )
  return byTrace(spans, (span) => get(span, "trace_id"), (trace, id) => ({
    name: text(trace.find((span) => !named(get(span, "parent_span_id")))?.["name"]),
    steps: inOrder(trace.flatMap(otlpSpan)),
    metadata: { traceId: id }
  }))
}
