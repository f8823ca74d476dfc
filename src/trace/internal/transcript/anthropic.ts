/**
 * Reads conversations in Anthropic's messages, and the sessions of Claude Code, which consist of them.
 *
 * @internal
 */
import { get, named, object, objects, text } from "../../../model/internal/wire/lookup.ts"
import * as LlmCall from "../../../model/LlmCall.ts"
import { toFields } from "../../LlmEvent.ts"
import type { Payload, Recorded, Step, Times } from "./step.ts"
import { Problem, timeOf } from "./step.ts"

interface Call extends Times {
  readonly id: string | undefined
  readonly name: string
  readonly input: unknown
}

interface LoggedMessage {
  readonly message: Payload
  readonly path: string
  readonly time: bigint | undefined
}

const blockTypes: ReadonlySet<unknown> = new Set(["tool_use", "tool_result", "thinking"])

/** Whether messages have Anthropic's form: typical blocks, or instructions outside the messages. */
export const isAnthropic = (file: unknown): boolean => {
  const messages = objects(Array.isArray(file) ? file : get(file, "messages"))
  return messages.length > 0 && (
    messages.some((message) => objects(message.content).some((block) => blockTypes.has(block.type))) ||
    get(file, "system") !== undefined && messages.every((message) => message.role !== "system")
  )
}

const resultOf = (content: unknown): unknown => {
  const parts = objects(content)
  return Array.isArray(content) && parts.length > 0 && parts.every((part) => part.type === "text")
    ? parts.map((part) => text(part.text) ?? "").join("\n")
    : content
}

const toolStep = (call: Call, block: Payload | undefined, endTime: bigint | undefined): Step => {
  const result = resultOf(block?.content)
  return {
    _tag: "Tool",
    fields: { name: call.name, callId: call.id, parameters: call.input, result: result ?? undefined },
    error: block?.is_error === true ? typeof result === "string" ? result : "is_error" : undefined,
    startTime: call.startTime,
    endTime: endTime ?? call.startTime
  }
}

const stepsOf = (
  logged: ReadonlyArray<LoggedMessage>,
  model: string | undefined,
  system: unknown
): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  let waiting: Array<Call> = []
  let before: bigint | undefined
  const giveUp = () => {
    for (const call of waiting) steps.push(toolStep(call, undefined, undefined))
    waiting = []
  }
  logged.forEach(({ message, path, time }, i) => {
    const blocks = objects(message.content)
    if (message.role === "assistant") {
      giveUp()
      const request = LlmCall.readRequest(
        {
          model: text(message.model) ?? model,
          system,
          messages: logged.slice(0, i).map(({ message: { content, role } }) => ({ role, content }))
        },
        { api: "messages" }
      )
      const response = LlmCall.readResponse(message, { api: "messages" })
      steps.push({
        _tag: "Turn",
        fields: { ...toFields(request), ...toFields(response), model: request?.requestModel },
        startTime: before ?? time,
        endTime: time
      })
      waiting = blocks.flatMap((block): Array<Call> =>
        block.type === "tool_use"
          ? [{ id: named(block.id), name: named(block.name) ?? "unknown", input: block.input, startTime: time }]
          : []
      )
    } else {
      for (const [k, block] of blocks.entries()) {
        if (block.type !== "tool_result") continue
        const at = waiting.findIndex((call) => call.id === block.tool_use_id)
        if (at < 0) {
          throw new Problem(
            `${path}.content[${k}].tool_use_id`,
            `Expected the id of a call that has no result yet, got ${JSON.stringify(block.tool_use_id)}`
          )
        }
        steps.push(toolStep(waiting.splice(at, 1)[0]!, block, time))
      }
    }
    before = time ?? before
  })
  giveUp()
  return steps
}

const roles: ReadonlySet<unknown> = new Set(["user", "assistant", "system"])

export const ofMessages = (file: Payload): Recorded => {
  const model = text(file.model)
  const messages: ReadonlyArray<unknown> = Array.isArray(file) ? file : file.messages as ReadonlyArray<unknown>
  const logged = messages.map((raw, i) => {
    const path = `messages[${i}]`
    const message = object(raw)
    if (message === undefined || !roles.has(message.role)) {
      throw new Problem(`${path}.role`, `Expected "user" | "assistant", got ${JSON.stringify(message?.role)}`)
    }
    return { message, path, time: undefined }
  })
  return { model, steps: stepsOf(logged, model, file.system) }
}

/** Claude Code writes each block of an answer on its own line, with the usage of the whole answer. */
const joined = (lines: ReadonlyArray<unknown>): ReadonlyArray<LoggedMessage> => {
  const logged: Array<LoggedMessage> = []
  lines.forEach((line, i) => {
    const message = object(get(line, "message"))
    if (message === undefined || !roles.has(message.role)) return
    const time = timeOf(get(line, "timestamp"))
    const at = message.role === "assistant" && named(message.id) !== undefined
      ? logged.findIndex((one) => one.message.id === message.id)
      : -1
    if (at < 0) logged.push({ message, path: `line ${i + 1}: message`, time })
    else {
      const first = logged[at]!
      const content = [...objects(first.message.content), ...objects(message.content)]
      logged[at] = { ...first, message: { ...first.message, ...message, content }, time: time ?? first.time }
    }
  })
  return logged
}

export const ofClaudeCode = (lines: ReadonlyArray<unknown>): Recorded => {
  const logged = joined(lines)
  if (!logged.some(({ message }) => message.role === "assistant")) throw new Problem("", "no answer of the model in it")
  const of = (name: string) => lines.map((line) => text(get(line, name))).find((found) => found !== undefined)
  return {
    name: of("summary"),
    steps: stepsOf(logged, undefined, undefined),
    metadata: { sessionId: of("session_id") ?? of("sessionId") ?? null, cwd: of("cwd") ?? null }
  }
}
