/**
 * A local server with Anthropic's Messages API, streams included. Each answer depends only on its request, so that
 * requests can arrive in any order.
 */
import * as Effect from "effect/Effect"
import * as http from "node:http"
import type { AddressInfo } from "node:net"

type Part = Readonly<Record<string, unknown>>

interface Request {
  readonly model: string
  readonly stream?: boolean
  readonly messages: ReadonlyArray<{ readonly content: string | ReadonlyArray<Part> }>
}

/** The parts of a message, or the status and the type of an error. `undefined` leaves the request without an answer. */
export type Reply = ReadonlyArray<Part> | { readonly status: number; readonly type: string } | undefined

export interface AnthropicServer {
  readonly url: string
  readonly requests: Array<{ readonly said: string; aborted: boolean }>
}

/** The usage of every answer. */
export const usage = {
  input_tokens: 10,
  output_tokens: 50,
  cache_read_input_tokens: 3,
  cache_creation_input_tokens: 2
}

export const text = (text: string): Part => ({ type: "text", text })

export const toolUse = (id: string, name: string, input: object): Part => ({ type: "tool_use", id, name, input })

const eventsOf = (message: Part, content: ReadonlyArray<Part>, stop_reason: string): ReadonlyArray<Part> => [
  { type: "message_start", message: { ...message, content: [], usage: { ...usage, output_tokens: 1 } } },
  ...content.flatMap((part, index) => {
    const [empty, delta] = part["type"] === "text"
      ? [{ type: "text", text: "" }, { type: "text_delta", text: part["text"] }]
      : [{ ...part, input: {} }, { type: "input_json_delta", partial_json: JSON.stringify(part["input"]) }]
    return [
      { type: "content_block_start", index, content_block: empty },
      { type: "content_block_delta", index, delta },
      { type: "content_block_stop", index }
    ]
  }),
  { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: usage.output_tokens } },
  { type: "message_stop" }
]

const answer = (response: http.ServerResponse, id: string, { model, stream }: Request, reply: Reply): void => {
  if (reply === undefined) return
  if ("status" in reply) {
    const { status, type } = reply
    response.writeHead(status, { "content-type": "application/json", "retry-after-ms": "1" })
    return void response.end(JSON.stringify({ type: "error", error: { type, message: `It is ${type}` } }))
  }
  const stop_reason = reply.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn"
  const message = { id, type: "message", role: "assistant", model, stop_reason: null, stop_sequence: null }
  response.writeHead(200, { "content-type": stream === true ? "text/event-stream" : "application/json" })
  if (stream !== true) return void response.end(JSON.stringify({ ...message, content: reply, stop_reason, usage }))
  for (const event of eventsOf(message, reply, stop_reason)) {
    response.write(`event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`)
  }
  response.end()
}

/** Starts a server, which stops with the scope. `reply` gets the last message as JSON. */
export const anthropicServer = (reply: (said: string, number: number) => Reply) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      new Promise<AnthropicServer & { readonly server: http.Server }>((resolve) => {
        const requests: AnthropicServer["requests"] = []
        const server = http.createServer((request, response) => {
          const pieces: Array<Buffer> = []
          request.on("data", (piece: Buffer) => pieces.push(piece))
          request.on("end", () => {
            const asked = JSON.parse(Buffer.concat(pieces).toString() || "{}") as Partial<Request>
            if (request.method !== "POST" || asked.messages === undefined) return void response.writeHead(404).end("{}")
            const one = { said: JSON.stringify(asked.messages.at(-1)), aborted: false }
            const number = requests.push(one)
            response.on("close", () => {
              if (!response.writableFinished) one.aborted = true
            })
            answer(response, `msg_${number}`, asked as Request, reply(one.said, number))
          })
        })
        server.listen(0, "127.0.0.1", () => {
          resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, server })
        })
      })
    ),
    ({ server }) =>
      Effect.promise(() =>
        new Promise<void>((closed) => {
          server.close(() => closed())
          server.closeAllConnections()
        })
      )
  ).pipe(Effect.map((server): AnthropicServer => server))
