/**
 * Reads conversations in the messages of OpenAI's chat, and in similar formats.
 *
 * @internal
 */
import { get, list, named, object, objects, text } from "../../../model/internal/wire/lookup.ts"
import * as LlmCall from "../../../model/LlmCall.ts"
import { toFields } from "../../LlmEvent.ts"
import type { Payload, Recorded, Step } from "./step.ts"
import { errorOf, Problem, rewardOf, valueOf } from "./step.ts"

const roles = ["system", "developer", "user", "assistant", "tool", "function"]

interface Call {
  readonly id: string | undefined
  readonly name: string
  readonly arguments: unknown
}

const show = (value: unknown): string => JSON.stringify(value) ?? "nothing"

const check = (raw: unknown, path: string): Payload => {
  const message = object(raw)
  if (message === undefined) throw new Problem(path, `Expected an object with role and content, got ${show(raw)}`)
  if (!roles.includes(message.role as string)) {
    throw new Problem(
      `${path}.role`,
      `Expected ${roles.map((role) => `"${role}"`).join(" | ")}, got ${show(message.role)}`
    )
  }
  const { content } = message
  if (!(content === undefined || content === null || typeof content === "string" || Array.isArray(content))) {
    throw new Problem(`${path}.content`, `Expected string, a list of parts or null, got ${show(content)}`)
  }
  return message
}

const callsOf = (message: Payload, path: string): Array<Call> => {
  const calls = list(message.tool_calls).map((raw, i): Call => {
    const called = object(get(raw, "function")) ?? object(get(raw, "custom")) ?? object(raw)
    const name = named(called?.name)
    if (name === undefined) {
      throw new Problem(`${path}.tool_calls[${i}].function.name`, "Expected the tool's name, but there is none")
    }
    return { id: named(get(raw, "id")), name, arguments: valueOf(called?.arguments ?? called?.input) }
  })
  const legacy = object(message.function_call)
  const name = named(legacy?.name)
  return name === undefined ? calls : [...calls, { id: undefined, name, arguments: valueOf(legacy?.arguments) }]
}

/** The call of a result: by its id, otherwise by the tool's name, otherwise the only waiting call. */
const callOf = (waiting: Array<Call>, result: Payload, path: string): Call => {
  const id = named(result.tool_call_id)
  const name = named(result.name) ?? named(result.tool_name)
  const at = id !== undefined
    ? waiting.findIndex((call) => call.id === id)
    : name !== undefined
    ? waiting.findIndex((call) => call.name === name)
    : waiting.length === 1
    ? 0
    : -1
  if (at < 0) {
    const what = id === undefined && name !== undefined ? "name" : "tool_call_id"
    throw new Problem(
      `${path}.${what}`,
      `Expected the ${what === "name" ? "name" : "id"} of a call that has no result yet, got ${show(id ?? name)}`
    )
  }
  return waiting.splice(at, 1)[0]!
}

const toolStep = (call: Call, result: unknown): Step => ({
  _tag: "Tool",
  fields: { name: call.name, callId: call.id, parameters: call.arguments, result: valueOf(result) ?? undefined },
  error: errorOf(result)
})

/** The agent's turns, each followed by its tool calls. */
export const chatSteps = (messages: unknown, model: string | undefined, path: string): ReadonlyArray<Step> => {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new Problem(path, "Expected a list of at least one message")
  }
  const steps: Array<Step> = []
  let waiting: Array<Call> = []
  const giveUp = () => {
    for (const call of waiting) steps.push(toolStep(call, undefined))
    waiting = []
  }
  messages.forEach((raw, i) => {
    const at = `${path}[${i}]`
    const message = check(raw, at)
    if (message.role === "tool" || message.role === "function") {
      steps.push(toolStep(callOf(waiting, message, at), message.content ?? undefined))
    } else if (message.role === "assistant") {
      giveUp()
      const request = LlmCall.readRequest({ model, messages: messages.slice(0, i) }, { api: "chat_completions" })
      const response = LlmCall.readResponse({ choices: [{ message }] }, { api: "chat_completions" })
      steps.push({
        _tag: "Turn",
        fields: {
          operation: "chat",
          model,
          inputMessages: request?.inputMessages,
          outputMessages: response?.outputMessages
        }
      })
      waiting = callsOf(message, at)
    }
  })
  giveUp()
  return steps
}

/** `{ messages, model?, task_id?, reward?, user_cost? }`, or the list of messages alone. */
export const ofChat = (json: unknown): Recorded => {
  const file = Array.isArray(json) ? { messages: json } : object(json)!
  const reward = get(file, "reward")
  if (reward !== undefined && typeof reward !== "number") {
    throw new Problem("reward", `Expected a number, got ${show(reward)}`)
  }
  const model = text(get(file, "model"))
  return {
    model,
    steps: chatSteps(get(file, "messages"), model, "messages"),
    outcome: rewardOf(reward),
    metadata: { taskId: get(file, "task_id") ?? null, userCost: get(file, "user_cost") ?? null }
  }
}

export const ofTauBench = (runs: ReadonlyArray<unknown>): ReadonlyArray<Recorded> =>
  runs.map((run, i) => ({
    steps: chatSteps(get(run, "traj"), text(get(run, "model")), `[${i}].traj`),
    outcome: rewardOf(get(run, "reward")),
    metadata: { taskId: get(run, "task_id") ?? null, trial: get(run, "trial") ?? null }
  }))

const speakers: Readonly<Record<string, string>> = {
  system: "system",
  human: "user",
  user: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  bing: "assistant",
  assistant: "assistant",
  model: "assistant",
  tool: "tool",
  observation: "tool",
  function_response: "tool",
  function_call: "assistant",
  tool_call: "assistant"
}

/** In ShareGPT a function call is a turn of its own, whose text is JSON. */
const spoken = (raw: unknown, path: string, calls: Array<Call>): Payload => {
  const from = text(get(raw, "from")) ?? text(get(raw, "role"))
  const value = get(raw, "value") ?? get(raw, "content")
  const role = speakers[from ?? ""]
  if (role === undefined) {
    throw new Problem(`${path}.from`, `Expected who speaks, such as "human" or "gpt", got ${show(from)}`)
  }
  if (role === "tool") {
    const call = calls.shift()
    if (call === undefined) throw new Problem(path, "Expected a function_call before what a tool gave back")
    return { role, tool_call_id: call.id, content: value }
  }
  if (from !== "function_call" && from !== "tool_call") return { role, content: value }
  const json = valueOf(value)
  const made = (Array.isArray(json) ? json : [json]).map((one, i): Call => {
    const name = named(get(one, "name"))
    if (name === undefined) {
      throw new Problem(`${path}.value`, "Expected JSON with the name and arguments of a function")
    }
    return { id: `${path}.${i}`, name, arguments: get(one, "arguments") ?? get(one, "parameters") }
  })
  calls.push(...made)
  return {
    role,
    content: null,
    tool_calls: made.map((call) => ({ id: call.id, function: { name: call.name, arguments: call.arguments } }))
  }
}

export const ofShareGpt = (all: ReadonlyArray<unknown>): ReadonlyArray<Recorded> =>
  all.map((one, i) => {
    const path = `[${i}].conversations`
    const calls: Array<Call> = []
    const messages = list(get(one, "conversations")).map((raw, k) => spoken(raw, `${path}[${k}]`, calls))
    const model = text(get(one, "model"))
    const system = named(get(one, "system"))
    return {
      model,
      steps: chatSteps(
        system === undefined ? messages : [{ role: "system", content: system }, ...messages],
        model,
        path
      ),
      metadata: { id: get(one, "id") ?? null }
    }
  })

/** SWE-agent: the model's answers, the commands in them, and the observations. */
export const ofSweAgent = (file: Payload): Recorded => {
  const messages: Array<Payload> = objects(file.history).filter((message, i, all) =>
    (message.role === "system" || message.role === "user") &&
    !all.slice(0, i).some((before) => before.role === "assistant")
  ).map(({ content, role }) => ({ role, content }))
  const model = text(get(get(file, "info"), "model")) ?? text(get(file, "model"))
  const steps = objects(file.trajectory).flatMap((step): Array<Step> => {
    const content = text(step.response) ?? text(step.thought) ?? ""
    const request = LlmCall.readRequest({ model, messages: [...messages] }, { api: "chat_completions" })
    const response = LlmCall.readResponse({ choices: [{ message: { role: "assistant", content } }] }, {
      api: "chat_completions"
    })
    const action = named(step.action)
    messages.push({ role: "assistant", content })
    if (typeof step.observation === "string") messages.push({ role: "user", content: step.observation })
    const turn: Step = {
      _tag: "Turn",
      fields: {
        ...toFields(request),
        provider: undefined,
        apiType: undefined,
        model,
        operation: "chat",
        outputMessages: response?.outputMessages
      }
    }
    return action === undefined ? [turn] : [turn, {
      _tag: "Tool",
      fields: { name: action.trim().split(/\s/, 1)[0]!, parameters: action, result: step.observation ?? undefined }
    }]
  })
  if (steps.length === 0) throw new Problem("trajectory", "Expected a list of at least one step")
  const status = text(get(get(file, "info"), "exit_status"))
  return {
    model,
    steps,
    outcome: ["Indeterminate", status ?? "no exit_status"],
    metadata: { environment: get(file, "environment") ?? null }
  }
}
