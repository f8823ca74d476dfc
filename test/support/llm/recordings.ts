/** Exchanges with OpenAI and Anthropic: our own, and others' recordings if they are available. */
import { filesOf } from "../recorded/files.ts"

export interface Recording {
  readonly name: string
  readonly provider: "openai" | "anthropic"
  readonly path: string
  readonly request: Record<string, unknown>
  readonly response: {
    readonly status: number
    readonly contentType: string
    readonly body: string
    readonly stream: boolean
  }
}

export const recordings: ReadonlyArray<Recording> = filesOf("recordings").map(({ name, text }) => {
  const raw = JSON.parse(text)
  return {
    name: name.replace(/\.json$/, ""),
    provider: raw.provider,
    path: new URL(raw.request.url).pathname,
    request: raw.request.body,
    response: { ...raw.response, stream: raw.response.contentType.startsWith("text/event-stream") }
  }
})

export const recording = (name: string): Recording | undefined => recordings.find((one) => one.name === name)

/** The parsed data of a recorded event stream, without the closing `[DONE]`. */
export const eventsOf = (body: string): ReadonlyArray<Record<string, unknown>> =>
  body.split(/\r?\n\r?\n/).flatMap((event) => {
    const data = event.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim())
    return data.length === 0 || data[0] === "[DONE]" ? [] : [JSON.parse(data.join("\n"))]
  })
