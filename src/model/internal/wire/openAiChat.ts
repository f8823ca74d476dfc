/**
 * OpenAI's chat completions, which many other servers implement.
 *
 * @see https://platform.openai.com/docs/api-reference/chat
 */
import * as Schema from "effect/Schema"
import { defined } from "../../../core/internal/defined.ts"
import { anything, boolean, field, finite, int, list, reader, string } from "../../../core/internal/lenient.ts"
import type { LlmCall } from "../../LlmCallFacts.ts"
import * as Message from "../../Message.ts"
import * as Usage from "../../Usage.ts"
import { argumentsOf, blob, file, finishReasonsOf, outputTypeOf, partOfUrl, partsOf, unknownPart } from "./content.ts"
import { get, list as listOf, named } from "./lookup.ts"
import { reportedCost } from "./usage.ts"

const Called = Schema.Struct({ name: string, arguments: anything, input: string })

const Audio = Schema.Struct({ id: string, data: string, transcript: string })

const WireMessage = Schema.Struct({
  role: string,
  name: string,
  content: anything,
  refusal: string,
  // Reasoning in the fields of DeepSeek, OpenRouter and others. OpenAI does not return it here.
  reasoning_content: string,
  reasoning: string,
  reasoning_details: list(Schema.Struct({ type: string, text: string, summary: string })),
  tool_call_id: string,
  tool_name: string,
  tool_calls: list(Schema.Struct({ id: string, type: string, function: field(Called), custom: field(Called) })),
  function_call: field(Called),
  audio: field(Audio),
  images: anything,
  annotations: anything
})

type WireMessage = typeof WireMessage.Type

const readPart = reader(Schema.Struct({
  type: string,
  text: string,
  refusal: string,
  image_url: field(Schema.Union([Schema.String, Schema.Struct({ url: Schema.String })])),
  input_audio: field(Schema.Struct({ data: Schema.String, format: string })),
  file: field(Schema.Struct({ file_id: string, file_data: string })),
  thinking: anything,
  summary: anything
}))

/** Reasoning as a text, or as a list of parts, as Mistral and Databricks have it. */
const thinkingOf = (thinking: unknown): string | undefined =>
  typeof thinking === "string"
    ? thinking
    : Array.isArray(thinking)
    ? thinking.map((part) => readPart(part)?.text ?? "").join("")
    : undefined

const toPart = (raw: unknown): Message.Part => {
  const part = readPart(raw)
  switch (part?.type) {
    case "text":
      if (part.text !== undefined) return Message.text(part.text)
      break
    case "thinking":
    case "reasoning": {
      const thought = thinkingOf(part.thinking) ?? thinkingOf(part.summary) ?? part.text
      if (thought !== undefined) return Message.reasoning(thought)
      break
    }
    case "refusal":
      if (part.refusal !== undefined) return Message.generic("refusal", { content: part.refusal })
      break
    case "image_url": {
      const image = part.image_url
      if (image !== undefined) return partOfUrl(typeof image === "string" ? image : image.url, "image")
      break
    }
    case "input_audio": {
      const audio = part.input_audio
      if (audio !== undefined) return blob(audio.data, "audio", audio.format && `audio/${audio.format}`)
      break
    }
    case "file":
      if (part.file?.file_id !== undefined) return file(part.file.file_id, "document")
      if (part.file?.file_data !== undefined) return partOfUrl(part.file.file_data, "document")
      break
  }
  return unknownPart(raw)
}

const audioParts = (audio: typeof Audio.Type): Array<Message.Part> => {
  const transcript = audio.transcript === undefined ? [] : [Message.text(audio.transcript)]
  return audio.data !== undefined
    ? [...transcript, blob(audio.data, "audio", undefined)]
    : audio.id !== undefined
    ? [...transcript, file(audio.id, "audio")]
    : transcript
}

const toolCall = (id: string | undefined, called: typeof Called.Type | undefined, type: string | undefined) =>
  Message.toolCall({
    id,
    name: called?.name ?? type ?? "unknown",
    arguments: called?.arguments === undefined ? called?.input : argumentsOf(called.arguments)
  })

/** Servers without reasoning often send an empty one. */
const reasoningOf = (message: WireMessage): string | undefined =>
  [
    message.reasoning_content,
    message.reasoning,
    message.reasoning_details?.map((detail) => detail.text ?? detail.summary ?? "").join("")
  ].find((reasoning) => reasoning !== undefined && reasoning !== "")

const toParts = (message: WireMessage): ReadonlyArray<Message.Part> => {
  const role = message.role
  if (role === "tool" || role === "function") {
    return [
      Message.toolResult({
        id: message.tool_call_id ?? message.tool_name,
        response: message.content ?? null
      })
    ]
  }
  const content = partsOf(message.content, toPart)
  const reasoning = reasoningOf(message)
  const parts = reasoning === undefined ? content : [Message.reasoning(reasoning), ...content]
  if (message.refusal !== undefined) parts.push(Message.generic("refusal", { content: message.refusal }))
  if (message.audio !== undefined) parts.push(...audioParts(message.audio))
  // Generated images and citations, in the fields of OpenRouter and others.
  for (const image of listOf(message.images)) parts.push(toPart(image))
  for (const annotation of listOf(message.annotations)) parts.push(unknownPart(annotation))
  for (const call of message.tool_calls ?? []) {
    parts.push(toolCall(call.id, call.function ?? call.custom, call.type))
  }
  if (message.function_call !== undefined) parts.push(toolCall(undefined, message.function_call, "function"))
  return parts
}

const toChatMessage = (message: WireMessage): Message.ChatMessage =>
  defined({ role: message.role ?? "user", parts: toParts(message), name: message.name })

const readCompletion = reader(Schema.Struct({
  id: string,
  model: string,
  choices: list(Schema.Struct({ message: field(WireMessage), finish_reason: string, usage: anything })),
  usage: anything,
  x_groq: anything,
  provider: string,
  citations: anything,
  search_results: anything,
  service_tier: string,
  system_fingerprint: string
}))

type Completion = NonNullable<ReturnType<typeof readCompletion>>

/** Model families that only one provider serves with OpenAI's API. The model's name identifies the provider. */
const families: ReadonlyArray<readonly [family: RegExp, provider: string]> = [
  [/^grok-/, "x_ai"],
  [/^(?:models\/)?gemini-/, "gcp.gemini"],
  [/^sonar(?:-|$)/, "perplexity"],
  [/^(?:kimi-|moonshot-)/, "moonshot_ai"],
  [/^deepseek-(?:chat|reasoner)$/, "deepseek"]
]

/** The provider, by fields or names that only it has among the servers with OpenAI's API. */
const providerOf = ({ id, model = "", provider, x_groq }: Completion): string =>
  x_groq !== undefined && x_groq !== null
    ? "groq"
    : provider !== undefined && id?.startsWith("gen-") === true
    ? "openrouter"
    : families.find(([family]) => family.test(model))?.[1] ?? "openai"

/** The usage in OpenAI's place, else in that of Groq or of Moonshot. */
const usageOf = ({ choices, usage, x_groq }: Completion): Usage.Usage | undefined =>
  Usage.fromOpenAi(usage) ?? Usage.fromOpenAi(get(x_groq, "usage")) ??
    choices?.map((choice) => Usage.fromOpenAi(choice.usage)).find((found) => found !== undefined)

export const readResponse = (value: unknown): LlmCall | undefined => {
  const completion = readCompletion(value)
  if (completion === undefined) return undefined
  const { choices } = completion
  const reasons = choices?.map((choice) => named(choice.finish_reason))
  return defined({
    provider: providerOf(completion),
    operation: "chat",
    apiType: "chat_completions",
    responseModel: named(completion.model),
    responseId: named(completion.id),
    finishReasons: reasons && finishReasonsOf(reasons),
    outputMessages: choices?.map(({ message }, i) =>
      Message.output(message === undefined ? [] : toParts(message), {
        role: message?.role,
        finishReason: reasons?.[i]
      })
    ),
    usage: usageOf(completion),
    ...reportedCost(completion.usage),
    responseServiceTier: named(completion.service_tier),
    systemFingerprint: named(completion.system_fingerprint)
  })
}

const Definition = Schema.Struct({ name: string, description: string, parameters: anything })

const readChatRequest = reader(Schema.Struct({
  model: string,
  messages: list(WireMessage),
  tools: list(Schema.Struct({ type: string, function: field(Definition), custom: field(Definition) })),
  functions: list(Definition),
  temperature: finite,
  top_p: finite,
  max_tokens: int,
  max_completion_tokens: int,
  frequency_penalty: finite,
  presence_penalty: finite,
  stop: field(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  seed: int,
  n: int,
  stream: boolean,
  response_format: field(Schema.Struct({ type: string })),
  modalities: field(Schema.Array(Schema.String)),
  reasoning_effort: string,
  // A field of OpenRouter.
  reasoning: field(Schema.Struct({ effort: string })),
  service_tier: string
}))

type ChatRequest = NonNullable<ReturnType<typeof readChatRequest>>

const toTools = (request: ChatRequest): ReadonlyArray<Message.ToolDefinition> | undefined => {
  const tools: Array<Message.ToolDefinition> = []
  for (const tool of request.tools ?? []) {
    const definition = tool.function ?? tool.custom
    if (definition?.name === undefined) continue
    tools.push(
      defined({ ...definition, type: tool.custom === undefined ? "function" : "custom", name: definition.name })
    )
  }
  for (const definition of request.functions ?? []) {
    if (definition.name !== undefined) tools.push({ ...definition, type: "function", name: definition.name })
  }
  return tools.length === 0 ? undefined : tools
}

export const readRequest = (body: unknown): LlmCall | undefined => {
  const request = readChatRequest(body)
  if (request === undefined) return undefined
  const { stop } = request
  return defined({
    provider: "openai",
    operation: "chat",
    apiType: "chat_completions",
    requestModel: request.model,
    inputMessages: request.messages?.map(toChatMessage),
    toolDefinitions: toTools(request),
    temperature: request.temperature,
    topP: request.top_p,
    maxTokens: request.max_completion_tokens ?? request.max_tokens,
    frequencyPenalty: request.frequency_penalty,
    presencePenalty: request.presence_penalty,
    stopSequences: typeof stop === "string" ? [stop] : stop,
    seed: request.seed,
    choiceCount: request.n,
    stream: request.stream,
    outputType: request.modalities?.includes("audio") === true ? "speech" : outputTypeOf(request.response_format?.type),
    reasoningLevel: request.reasoning_effort ?? request.reasoning?.effort,
    requestServiceTier: request.service_tier
  })
}
