/**
 * Assembles a request body as slices of the pages that hold the spans, so that most bytes are not copied.
 *
 * @internal
 */
import type { Scoped } from "../../core/internal/scoped.ts"
import { bytesOf, fieldSize, FIRST, SECOND, writer, writeResource, writeSchemaUrl, writeScope } from "./protobuf.ts"
import type { Slice } from "./protobufWriter.ts"
import { groupSpans } from "./spanGroups.ts"

/** A span or log record of a request, with tag and length. @internal */
export interface EncodedSlice extends Slice, Scoped {}

// Smaller chunks are joined by a copy instead of being written one by one.
const small = 4096

/** Collects the parts of a body in order. Parts that are adjacent in a page are joined. */
class Chunks {
  readonly done: Array<Uint8Array> = []
  #small: Array<Uint8Array> = []
  #page: Uint8Array | undefined
  #from = 0
  #to = 0

  add(page: Uint8Array, from: number, to: number): void {
    if (page === this.#page && from === this.#to) {
      this.#to = to
      return
    }
    this.#flush()
    this.#page = page
    this.#from = from
    this.#to = to
  }

  #flush(): void {
    if (this.#page === undefined || this.#from === this.#to) return
    const chunk = this.#page.subarray(this.#from, this.#to)
    if (chunk.length < small) {
      this.#small.push(chunk)
      return
    }
    this.#join()
    this.done.push(chunk)
  }

  #join(): void {
    if (this.#small.length === 0) return
    const whole = new Uint8Array(this.#small.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const chunk of this.#small) {
      whole.set(chunk, at)
      at += chunk.length
    }
    this.done.push(whole)
    this.#small = []
  }

  end(): ReadonlyArray<Uint8Array> {
    this.#flush()
    this.#join()
    return this.done
  }
}

const addWhole = (chunks: Chunks, bytes: Uint8Array): void => chunks.add(bytes, 0, bytes.length)

/**
 * The body of a request as successive chunks. Without spans there are none.
 *
 * @internal
 */
export const requestBody = (spans: ReadonlyArray<EncodedSlice>): ReadonlyArray<Uint8Array> => {
  const chunks = new Chunks()
  for (const { resource, scopes } of groupSpans(spans)) {
    const head = bytesOf(() => writeResource(resource))
    const url = bytesOf(() => writeSchemaUrl(resource.schemaUrl))
    const parts = scopes.map(({ scope, spans }) => {
      const head = bytesOf(() => writeScope(scope))
      const tail = bytesOf(() => writeSchemaUrl(scope.schemaUrl))
      let size = head.length + tail.length
      for (let i = 0; i < spans.length; i++) size += spans[i]!.to - spans[i]!.from
      return { head, tail, size, spans }
    })
    const size = parts.reduce((sum, { size }) => sum + fieldSize(size), head.length + url.length)
    addWhole(
      chunks,
      bytesOf(() => {
        writer.begin(FIRST, size)
        writer.append(head)
      })
    )
    for (const { head, size, spans, tail } of parts) {
      addWhole(
        chunks,
        bytesOf(() => {
          writer.begin(SECOND, size)
          writer.append(head)
        })
      )
      for (let i = 0; i < spans.length; i++) chunks.add(spans[i]!.page, spans[i]!.from, spans[i]!.to)
      addWhole(chunks, tail)
    }
    addWhole(chunks, url)
  }
  return chunks.end()
}
