import { assert, describe, it } from "@effect/vitest"
import * as ErrorType from "../../src/core/ErrorType.ts"
import * as ApiError from "../../src/model/ApiError.ts"

class APIConnectionTimeoutError extends Error {}

const named = (name: string, more: object) => Object.assign(new Error("no"), { name }, more)

const cases: ReadonlyArray<readonly [name: string, error: unknown, said: Partial<ApiError.ApiError>]> = [
  ["OpenAI", { status: 429, code: "rate_limit_exceeded", type: "requests", requestID: "req_1", message: "429 Slow" }, {
    code: "rate_limit_exceeded",
    status: 429,
    requestId: "req_1"
  }],
  ["OpenAI without a code", { status: 400, code: null, type: "invalid_request_error" }, {
    code: "invalid_request_error"
  }],
  ["Anthropic", { status: 529, error: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } } }, {
    code: "overloaded_error",
    message: "Overloaded",
    status: 529
  }],
  ["Groq", {
    status: 401,
    headers: new Headers({ "x-request-id": "r" }),
    error: { error: { code: "invalid_api_key" } }
  }, {
    code: "invalid_api_key",
    status: 401,
    requestId: "r"
  }],
  ["Gemini, in the message", {
    status: 429,
    message: "got status: 429. {\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"Quota\"}}"
  }, { code: "RESOURCE_EXHAUSTED", message: "Quota", status: 429 }],
  ["Gemini, in a list", { message: "[{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}]" }, {
    code: "UNAVAILABLE",
    status: 503
  }],
  ["AWS", named("ThrottlingException", { $fault: "client", $metadata: { httpStatusCode: 429, requestId: "a-1" } }), {
    code: "ThrottlingException",
    status: 429,
    requestId: "a-1"
  }],
  ["Mistral, in the body", {
    statusCode: 401,
    body: "{\"object\":\"error\",\"message\":\"Unauthorized\",\"type\":\"invalid_api_key\",\"code\":\"1401\"}"
  }, { code: "invalid_api_key", status: 401, message: "Unauthorized" }],
  ["Cohere has no code", named("TooManyRequestsError", { statusCode: 429, body: { message: "too many" } }), {
    code: "429",
    status: 429,
    message: "too many"
  }],
  ["Ollama has no code", named("ResponseError", { status_code: 404, error: "model not found" }), {
    code: "404",
    status: 404
  }],
  ["the AI SDK's last try", { lastError: { statusCode: 429, data: { error: { code: "slow_down" } } } }, {
    code: "slow_down",
    status: 429
  }],
  ["JSON-RPC", Object.assign(new Error("no such tool"), { code: -32602 }), { code: "-32602", status: undefined }],
  ["nobody there", Object.assign(new TypeError("fetch failed"), { cause: { code: "ECONNREFUSED" } }), {
    code: "ECONNREFUSED"
  }],
  ["a timeout", new APIConnectionTimeoutError("Request timed out."), { code: "timeout" }],
  ["an abort", new DOMException("aborted", "AbortError"), { interrupted: true }],
  ["an error class", new RangeError("far"), { code: "RangeError", interrupted: false }],
  ["an error of ours", { [ErrorType.TypeId]: "sold_out", code: "other" }, { code: "sold_out" }],
  ["prose is no code", { code: "something went wrong", status: 500 }, { code: "500" }],
  ["text", "no", { code: "_OTHER", message: "no" }],
  ["nothing", undefined, { code: "_OTHER" }],
  [
    "what cannot be looked at",
    new Proxy({}, {
      get: () => {
        throw new Error("boom")
      }
    }),
    { code: "_OTHER" }
  ]
]

describe("read", () => {
  for (const [name, error, said] of cases) {
    it(name, () => {
      const read = ApiError.read(error)
      assert.deepStrictEqual({ ...read, ...said }, read)
    })
  }

  it("ends if errors contain each other", () => {
    const error: Record<string, unknown> = { message: "round" }
    error["error"] = error
    assert.strictEqual(ApiError.read(error).message, "round")
  })
})
