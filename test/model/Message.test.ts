import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Message from "../../src/model/Message.ts"

/** The examples of the convention's JSON schemas, one of each kind. */
const parts: ReadonlyArray<Message.Part> = [
  { type: "text", content: "What is the weather in Paris?" },
  { type: "reasoning", content: "The user asks for the weather." },
  { type: "tool_call", id: "call_1", name: "get_weather", arguments: { location: "Paris" } },
  { type: "tool_call", id: null, name: "now" },
  { type: "tool_call_response", id: "call_1", response: "rainy, 57°F" },
  { type: "server_tool_call", id: "srv_1", name: "search", server_tool_call: { type: "web_search", query: "Paris" } },
  {
    type: "server_tool_call_response",
    id: "srv_1",
    server_tool_call_response: { type: "web_search_result", results: [{ url: "https://example.com" }] }
  },
  { type: "blob", modality: "image", mime_type: "image/png", content: "aGVsbG8=" },
  { type: "file", modality: "document", file_id: "file-1" },
  { type: "uri", modality: "video", uri: "https://example.com/a.mp4", mime_type: null },
  { type: "compaction", id: "cmp_1", content: "They spoke of Paris." },
  { type: "refusal", content: "I cannot." }
]

const messages = [Message.InputMessages, Message.OutputMessages, Message.SystemInstructions, Message.ToolDefinitions]

const inputMessages = Arbitrary.schema(Message.InputMessages)

describe("Message", () => {
  describe("the schemas", () => {
    it("accept every part of the convention unchanged", () => {
      const decode = Schema.decodeUnknownOption(Message.Part)
      for (const part of parts) {
        assert.deepStrictEqual(decode(JSON.parse(JSON.stringify(part))), Option.some(part))
        assert.deepStrictEqual(Schema.encodeSync(Message.Part)(part), part)
      }
    })

    it("have an encoding that is the identity", () => {
      for (const schema of messages) assert.strictEqual(Schema.toEncoded(schema).ast, schema.ast)
    })

    it.prop("read back the JSON that was written", [inputMessages], ([value]) => {
      const json: unknown = JSON.parse(JSON.stringify(value))
      assert.deepStrictEqual(Schema.decodeUnknownOption(Message.InputMessages)(json), Option.some(json))
    })

    it("reject values that are not messages", () => {
      const decode = Schema.decodeUnknownOption(Message.ChatMessage)
      for (const value of ["hello", { role: "user" }, { role: "user", parts: "hello" }, { parts: [] }]) {
        assert.deepStrictEqual(decode(value), Option.none(), JSON.stringify(value))
      }
      assert.deepStrictEqual(decode({ role: "user", parts: [{ content: "hello" }] }), Option.none())
    })

    it("keep the finish reason of an answer and the extra fields of an unknown tool", () => {
      const answer = { role: "assistant", parts: [{ type: "text", content: "Hi" }], finish_reason: "stop" }
      assert.deepStrictEqual(Schema.decodeUnknownOption(Message.OutputMessage)(answer), Option.some(answer))
      const tools = [
        { type: "function", name: "search", parameters: { type: "object" } },
        { type: "web_search", name: "web_search", max_uses: 3 }
      ]
      assert.deepStrictEqual(Schema.decodeUnknownOption(Message.ToolDefinitions)(tools), Option.some(tools))
    })
  })

  describe("guards", () => {
    it("distinguish parts", () => {
      const types = parts.filter(Message.isKnownPart).map((part) => part.type)
      assert.deepStrictEqual(types, parts.slice(0, -1).map((part) => part.type))
      assert.deepStrictEqual(parts.filter(Message.isPart("uri")).map((part) => part.uri), ["https://example.com/a.mp4"])
    })

    it("check a type's fields and not only its name", () => {
      const impostor: Message.Part = { type: "text", text: "Hi" }
      assert.isFalse(Message.isPart("text")(impostor))
      assert.isFalse(Message.isKnownPart(impostor))
    })

    it.prop("agree with each other", [Arbitrary.schema(Message.Part)], ([part]) => {
      assert.strictEqual(
        Message.isKnownPart(part),
        Message.KnownPart.members.some((member) => Message.isPart(member.fields.type.literal)(part))
      )
    })
  })

  describe("constructors", () => {
    it("make messages from text or parts", () => {
      assert.deepStrictEqual(Message.system("Be brief."), {
        role: "system",
        parts: [{ type: "text", content: "Be brief." }]
      })
      assert.deepStrictEqual(Message.user([Message.reasoning("Hm.")], { name: "ada" }), {
        role: "user",
        parts: [{ type: "reasoning", content: "Hm." }],
        name: "ada"
      })
      assert.deepStrictEqual(Message.output("Done.", { finishReason: "stop" }), {
        role: "assistant",
        parts: [{ type: "text", content: "Done." }],
        finish_reason: "stop"
      })
      assert.notProperty(Message.output("Done."), "finish_reason")
    })

    it("leave out absent fields", () => {
      assert.deepStrictEqual(Object.keys(Message.toolCall({ name: "now" })), ["type", "name"])
      assert.deepStrictEqual(Object.keys(Message.toolResult({ response: null })), ["type", "response"])
    })

    it("keep the type of a generic part, whatever its fields contain", () =>
      assert.deepStrictEqual(Message.generic("refusal", { type: "text", content: "No." }), {
        type: "refusal",
        content: "No."
      }))

    it("make values that the schemas accept", () => {
      const conversation = [
        Message.system("Be brief."),
        Message.user("Weather in Paris?"),
        Message.assistant([Message.toolCall({ id: "1", name: "weather", arguments: { city: "Paris" } })]),
        Message.tool([Message.toolResult({ id: "1", response: { sky: "rain" } })])
      ]
      assert.isTrue(Schema.is(Message.InputMessages)(conversation))
    })
  })

  it("returns the text of a message", () =>
    assert.strictEqual(
      Message.toText(Message.assistant([Message.reasoning("Hm."), Message.text("One."), Message.text("Two.")])),
      "One.\nTwo."
    ))
})
