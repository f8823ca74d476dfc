/** The recorded exchanges with OpenAI and Anthropic, where they are at hand. */
import * as fs from "node:fs"
import * as path from "node:path"

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

const directory = path.resolve(import.meta.dirname, "../../../../shared/data/recordings")

export const recordings: ReadonlyArray<Recording> = fs.existsSync(directory)
  ? fs.readdirSync(directory).filter((file) => file.endsWith(".json")).sort().map((file) => {
    const raw = JSON.parse(fs.readFileSync(path.join(directory, file), "utf8"))
    return {
      name: file.replace(/\.json$/, ""),
      provider: raw.provider,
      path: new URL(raw.request.url).pathname,
      request: raw.request.body,
      response: { ...raw.response, stream: raw.response.contentType.startsWith("text/event-stream") }
    }
  })
  : []

if (recordings.length === 0) console.log(`no recordings at ${directory}: the tests that read them are skipped`)

export const recording = (name: string): Recording | undefined => recordings.find((one) => one.name === name)

/** The data of a recorded event stream, each parsed, without the closing `[DONE]`. */
export const eventsOf = (body: string): ReadonlyArray<Record<string, unknown>> =>
  body.split(/\r?\n\r?\n/).flatMap((event) => {
    const data = event.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim())
    return data.length === 0 || data[0] === "[DONE]" ? [] : [JSON.parse(data.join("\n"))]
  })
