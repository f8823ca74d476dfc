import type { Stream } from "effect"
import { Effect, pipe } from "effect"
import { LlmStream, traceLlmStream, traceLlmStreamWith } from "effect-agentops"
import { describe, expect, it } from "tstyche"

interface Chunk {
  readonly at: number
}

interface Db {
  readonly _: unique symbol
}

declare const chunks: Stream.Stream<Chunk, "failed", Db>

describe("traceLlmStream", () => {
  it("keeps the type of the stream, with and without options", () => {
    expect(pipe(chunks, traceLlmStream)).type.toBe<Stream.Stream<Chunk, "failed", Db>>()
    expect(pipe(chunks, traceLlmStreamWith({ model: "gpt-4o" }))).type.toBe<Stream.Stream<Chunk, "failed", Db>>()
    expect(traceLlmStreamWith(chunks, { model: "gpt-4o" })).type.toBe<Stream.Stream<Chunk, "failed", Db>>()
  })

  it("infers the element type of `chunk`", () => {
    expect(pipe(chunks, traceLlmStreamWith({ chunk: (element) => element.at }))).type.toBe<
      Stream.Stream<Chunk, "failed", Db>
    >()
    expect(traceLlmStreamWith).type.not.toBeCallableWith(chunks, { chunk: (element: string) => element })
  })

  it("rejects a field of a wrong type, and a function of a value that a stream does not have", () => {
    expect(traceLlmStreamWith).type.not.toBeCallableWith({ temperature: "high" })
    expect(traceLlmStreamWith).type.not.toBeCallableWith({ model: () => "gpt-4o" })
  })
})

describe("traceAsyncIterable", () => {
  it("keeps the type of the effect", () => {
    const start = Effect.succeed(undefined as unknown as AsyncIterable<Chunk>) as Effect.Effect<
      AsyncIterable<Chunk>,
      "failed",
      Db
    >
    expect(pipe(start, LlmStream.traceAsyncIterable({ model: "gpt-4o" }))).type.toBe<
      Effect.Effect<AsyncIterable<Chunk>, "failed", Db>
    >()
  })
})
