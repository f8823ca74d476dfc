/**
 * A span with long content, which is encoded only when its batch is built. So the program that ended it does not wait
 * while a megabyte is redacted and copied.
 *
 * @internal
 */
import type { Scoped } from "../../core/internal/scoped.ts"
import type { InstrumentationScope, Resource } from "../../core/SpanData.ts"
import type { Slice } from "../../otlp/internal/protobufWriter.ts"

const nothing = new Uint8Array(0)

/** @internal */
export class LateSpan implements Slice, Scoped {
  page: Uint8Array = nothing
  from = 0
  to = 0
  readonly resource: Resource
  readonly scope: InstrumentationScope
  /** An estimate from the length of the content. */
  readonly size: number
  #encode: (() => Slice) | undefined

  constructor({ resource, scope }: Scoped, size: number, encode: () => Slice) {
    this.resource = resource
    this.scope = scope
    this.size = size
    this.#encode = encode
  }

  get isEncoded(): boolean {
    return this.#encode === undefined
  }

  encode(): void {
    if (this.#encode === undefined) return
    const { from, page, to } = this.#encode()
    this.#encode = undefined
    this.page = page
    this.from = from
    this.to = to
  }
}
