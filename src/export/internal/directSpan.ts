/**
 * Encodes a span in one pass from its event into the bytes of a request, redacted and limited, without a record of its
 * attributes and without {@link SpanData}.
 *
 * The bytes are identical to those of `encodeSpan` with the protobuf encoder. Most spans are encoded this way. The pass
 * is abandoned for a span with events or links, with a repeated attribute, or beyond the limits, and that span is
 * encoded the general way.
 *
 * @internal
 */
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { Convention } from "../../convention/Convention.ts"
import type { Options, Writing } from "../../convention/Encoding.ts"
import { doublesOf } from "../../convention/internal/doubles.ts"
import { writingOf } from "../../convention/internal/writing.ts"
import type { AttributeValue, Writer } from "../../core/Attribute.ts"
import * as Attribute from "../../core/Attribute.ts"
import { randomFlag } from "../../core/internal/traceState.ts"
import type { Status } from "../../core/SpanData.ts"
import type { Slice } from "../../otlp/internal/protobufWriter.ts"
import { encodeKey, SpanWriter } from "../../otlp/internal/spanWriter.ts"
import type { Prefilter } from "../../privacy/internal/prefilter.ts"
import { prefilterOf } from "../../privacy/internal/prefilter.ts"
import { redactName, redactValue } from "../../privacy/internal/redact.ts"
import type { Redactor } from "../../privacy/Redactor.ts"
import { none } from "../../privacy/Redactor.ts"
import { isRemote } from "../../trace/internal/otelSpanContext.ts"
import { RecordedSpan } from "../../trace/internal/span.ts"
import type { Span } from "../../trace/Span.ts"
import { lengthOf } from "./bounds.ts"
import { redactedText, textLengthOf } from "./encodeSpan.ts"

/** An attribute's name, with the facts found at its first occurrence. */
interface Key {
  readonly bytes: Uint8Array
  /** Whether the redactor judges the value alone, independent of the name. */
  readonly isPlain: boolean
  /** Whether a record would order or rename the attribute differently. */
  readonly isOdd: boolean
  /** The last span with this attribute. */
  seen: number
  /** The last short text that the rules left unchanged. Most keys have the same text in each span. */
  clean: string | undefined
}

const maxKeys = 2048
const longestKey = 256

/** Encodes the spans of one convention in one pass. @internal */
export class DirectSpans implements Writer {
  readonly #out = new SpanWriter()
  readonly #convention: Convention
  readonly #options: Options
  readonly #writing: Writing
  #redactor: Redactor = none
  #prefilter: Prefilter | undefined
  #keys = new Map<string, Key>()
  /** Span names that the redactor leaves unchanged. */
  #names = new Set<string>()
  readonly #path: Array<string | number> = ["attributes", ""]
  // The state of the span that is being written.
  #span = 0
  #count = 0
  #length = 0
  #longest = 0
  #isGivenUp = false
  #doubles: ReadonlySet<string> = new Set()

  constructor(convention: Convention, options: Options) {
    this.#convention = convention
    this.#options = options
    this.#writing = writingOf(convention)
  }

  /** The encoded span, or `undefined` if it has to be encoded the general way. */
  write(span: Span): Slice | undefined {
    if (span.events.length > 0 || span.links.length > 0) return undefined
    // User code of a convention, a field or a rule may throw. The general way handles that.
    try {
      return this.#write(span)
    } catch {
      this.#out.reset()
      return undefined
    }
  }

  /** Copies a span that was encoded the general way. */
  whole(span: Uint8Array): Slice {
    return this.#out.whole(span)
  }

  #write(span: Span): Slice | undefined {
    const { limits, redactor } = span.settings
    if (redactor !== this.#redactor) {
      this.#redactor = redactor
      this.#prefilter = prefilterOf(redactor)
      this.#keys = new Map()
      this.#names = new Set()
    }
    const { doubles, kind, name, status } = this.#writing.head(span, this.#options)
    if (typeof name !== "string" || (status.message !== undefined && typeof status.message !== "string")) {
      return undefined
    }
    const out = this.#out
    const textLength = textLengthOf(limits)
    const parent = Option.getOrUndefined(span.parent)
    const { traceState } = span
    out.beginSpan(span.traceId)
    writeId(out, span, false)
    if (traceState !== undefined) out.traceState(redactedText(redactor, ["traceState"], traceState, Infinity))
    if (parent !== undefined) writeId(out, parent, true)
    out.head(this.#name(name, textLength), kind, span.startTime, span.endTime)
    this.#span++
    this.#count = 0
    this.#length = 0
    this.#longest = 0
    this.#isGivenUp = false
    this.#doubles = doubles ?? doublesOf(span)
    this.#writing.attributes(span, this.#options, this)
    if (
      this.#isGivenUp || this.#length > limits.spanLength || this.#longest > limits.attributeValueLength ||
      this.#count > Math.max(limits.attributeCount, this.#convention.attributeCount ?? 0)
    ) {
      out.reset()
      return undefined
    }
    return out.end(
      { attributes: span.droppedAttributes, events: span.droppedEvents, links: span.droppedLinks },
      this.#status(redactor, status, textLength),
      { sampled: span.sampled, random: (span.traceFlags & randomFlag) !== 0 },
      parent !== undefined && isRemote(parent) && parent.spanId !== ""
    )
  }

  /** The redacted name. Programs have few names, so the result is cached. */
  #name(name: string, length: number): string {
    if (this.#names.has(name)) return name
    const redacted = redactedText(this.#redactor, ["name"], name, length)
    if (redacted !== name || name.length > longestKey) return redacted
    if (this.#names.size >= maxKeys) this.#names = new Set()
    this.#names.add(name)
    return name
  }

  #status(redactor: Redactor, status: Status, length: number): Status {
    return status.message === undefined
      ? status
      : { code: status.code, message: redactedText(redactor, ["status", "message"], status.message, length) }
  }

  put(key: string, value: AttributeValue | undefined): void {
    if (value === undefined || this.#isGivenUp) return
    const known = this.#keys.get(key) ?? this.#meet(key)
    if (known === undefined || known.isOdd || known.seen === this.#span) {
      this.#isGivenUp = true
      return
    }
    known.seen = this.#span
    if (typeof value === "string" && known.isPlain && this.#putText(known, value)) return
    const redacted = this.#redacted(known, key, value)
    if (redacted === undefined) return
    this.#note(lengthOf(redacted))
    this.#out.attribute(known.bytes, redacted, typeof redacted !== "string" && this.#doubles.has(key))
  }

  #note(length: number): void {
    this.#count++
    this.#length += length
    if (length > this.#longest) this.#longest = length
  }

  /**
   * Writes text and inspects the written bytes, which is faster. If the rules have to be applied, it takes the text
   * back.
   */
  #putText(key: Key, value: string): boolean {
    const prefilter = this.#prefilter
    const out = this.#out
    if (prefilter === undefined) return false
    const { mark } = out
    const at = out.textAttribute(key.bytes, value)
    if (value !== key.clean) {
      if (at === undefined ? !prefilter.text(value) : !prefilter.ascii(value, out.written, at)) {
        out.rewind(mark)
        return false
      }
      if (value.length <= longestKey) key.clean = value
    }
    this.#note(value.length)
    return true
  }

  /** The redacted value. */
  #redacted(key: Key, name: string, given: AttributeValue): AttributeValue | undefined {
    const value = wellFormed(given)
    if (value === undefined) {
      this.#isGivenUp = true
      return undefined
    }
    if (key.isPlain && this.#prefilter !== undefined && isKept(this.#prefilter, value)) return value
    this.#path[1] = name
    return redactValue(this.#redactor, this.#path, value)
  }

  #meet(name: string): Key | undefined {
    if (name.length > longestKey) return undefined
    if (this.#keys.size >= maxKeys) {
      this.#keys = new Map()
      return undefined
    }
    const key: Key = {
      bytes: encodeKey(name),
      isPlain: this.#prefilter?.key(name) === true,
      // In a record, numeric names come first, and `__proto__` would set its prototype.
      isOdd: /^\d+$/.test(name) || name === "__proto__" || redactName(this.#redactor, ["attributes"], name) !== name,
      seen: 0,
      clean: undefined
    }
    this.#keys.set(name, key)
    return key
  }
}

const writeId = (out: SpanWriter, span: Span | Tracer.AnySpan, isParent: boolean): void => {
  if (span instanceof RecordedSpan && span.hasRandomId) return out.idBits(span.idHigh, span.idLow, isParent)
  if (!isParent || span.spanId !== "") out.idText(span.spanId, isParent)
}

/** A value that is valid as an attribute. A list is copied, because the program may own it. */
const wellFormed = (value: unknown): AttributeValue | undefined => {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return value
    default: {
      const list = Attribute.normalize(value)
      return typeof list === "object" ? list : undefined
    }
  }
}

/** Whether the redactor certainly leaves a value unchanged. */
const isKept = (prefilter: Prefilter, value: AttributeValue): boolean => {
  switch (typeof value) {
    case "string":
      return prefilter.text(value)
    case "number":
      return prefilter.numbers
    case "boolean":
      return true
    default:
      // In a longer list, an item may be the name of the next item's value.
      return value.length === 1 && typeof value[0] === "string" && prefilter.text(value[0])
  }
}
