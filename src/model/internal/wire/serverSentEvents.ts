/**
 * Reads the data of server-sent events, or lines of JSON, from text as it arrives.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */

// The maximum size of one event, so that a body that is not an event stream cannot fill the memory.
const maximum = 8 * 1024 * 1024

/** @internal */
export class ServerSentEvents {
  readonly #onData: (data: string) => void
  readonly #decoder = new TextDecoder()
  #rest = ""
  #data: string | undefined = undefined

  constructor(onData: (data: string) => void) {
    this.#onData = onData
  }

  push(piece: string | Uint8Array): void {
    const text = this.#rest + (typeof piece === "string" ? piece : this.#decoder.decode(piece, { stream: true }))
    let start = 0
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      this.#line(text.slice(start, text[end - 1] === "\r" && end > start ? end - 1 : end))
      start = end + 1
    }
    this.#rest = text.length - start > maximum ? "" : text.slice(start)
  }

  #line(line: string): void {
    if (line === "") {
      const data = this.#data
      this.#data = undefined
      if (data !== undefined) this.#onData(data)
    } else if (line.startsWith("{") || line.startsWith("[{")) {
      // A line of JSON without an event, as Ollama streams it.
      this.#onData(line)
    } else if (line.startsWith("data:")) {
      const data = line.slice(line[5] === " " ? 6 : 5)
      this.#data = this.#data === undefined ? data : `${this.#data}\n${data}`
    }
  }
}
