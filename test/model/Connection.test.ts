/** Errors of broken connections in each runtime, and errors with other causes. */
import { assert, describe, it } from "@effect/vitest"
import { isConnectionLost } from "../../src/model/internal/connection.ts"

const coded = (code: string, message = "no") => Object.assign(new Error(message), { code })

const lost: ReadonlyArray<readonly [string, unknown]> = [
  ["undici, in the body", new TypeError("terminated", { cause: coded("UND_ERR_SOCKET", "other side closed") })],
  ["undici, before the head", new TypeError("fetch failed", { cause: coded("ECONNREFUSED") })],
  ["a reset", coded("ECONNRESET", "aborted")],
  ["a name that is not known", new Error("Connection error.", { cause: coded("ENOTFOUND") })],
  ["Node's streams", coded("ERR_STREAM_PREMATURE_CLOSE", "Premature close")],
  ["HTTP/2", coded("ERR_HTTP2_STREAM_ERROR")],
  ["Node's parser", coded("HPE_INVALID_CONSTANT", "Parse Error")],
  ["Chromium", new TypeError("network error")],
  ["Firefox", new TypeError("NetworkError when attempting to fetch resource.")],
  ["Safari", new TypeError("Load failed")],
  ["Deno", new TypeError("error reading a body from connection: end of file before message length reached")],
  ["Bun", coded("ConnectionClosed", "The socket connection was closed unexpectedly.")],
  ["workerd", new Error("Network connection lost.")]
]

const other: ReadonlyArray<readonly [string, unknown]> = [
  ["a fault of the program", new TypeError("x is not a function")],
  ["an answer that is no JSON", new SyntaxError("Unexpected token < in JSON at position 0")],
  ["an abort", new DOMException("This operation was aborted", "AbortError")],
  ["a file that is not there", coded("ENOENT")],
  ["an API's own code", coded("rate_limit_exceeded", "Slow down")],
  ["no error", undefined],
  ["a text", "terminated"],
  [
    "an error that cannot be read",
    new Proxy(new Error("x"), {
      get: () => {
        throw new Error("no")
      }
    })
  ]
]

describe("isConnectionLost", () => {
  it.each(lost)("accepts %s", (_, error) => assert.isTrue(isConnectionLost(error)))
  it.each(other)("rejects %s", (_, error) => assert.isFalse(isConnectionLost(error)))

  it("ends if causes form a cycle", () => {
    const error = new Error("a")
    error.cause = error
    assert.isFalse(isConnectionLost(error))
  })
})
