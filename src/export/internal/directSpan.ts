/**
 * A span in one pass, from its event into the bytes of a request: redacted and within its limits, without a record of
 * its attributes and without {@link SpanData}.
 *
 * What `encodeSpan` and protobuf make of a span is what this makes of it, byte by byte. Most spans take this way. One
 * that has something to say beside attributes, says an attribute twice, or too much, is given up and goes the other.
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
import type { Quick } from "../../privacy/internal/quick.ts"
import { quickOf } from "../../privacy/internal/quick.ts"
import { redactName, redactValue } from "../../privacy/internal/redact.ts"
import type { Redactor } from "../../privacy/Redactor.ts"
import { none } from "../../privacy/Redactor.ts"
import { isRemote } from "../../trace/internal/otelSpanContext.ts"
import { RecordedSpan } from "../../trace/internal/span.ts"
import type { Span } from "../../trace/Span.ts"
import { lengthOf } from "./bounds.ts"
import { redactedText, textLengthOf } from "./encodeSpan.ts"

/** The name of an attribute, as it was met first. */
interface Key {
  readonly bytes: Uint8Array
  /** Whether what stands under it is judged by itself alone, and not by the name. */
  readonly isPlain: boolean
  /** Whether a record would have it elsewhere, or under another name. */
  readonly isOdd: boolean
  /** The last span that had it. */
  seen: number
}

const maxKeys = 2048
const longestKey = 256

/** Writes spans of one convention in one pass. @internal */
export class DirectSpans implements Writer {
  readonly #out = new SpanWriter()
  readonly #convention: Convention
  readonly #options: Options
  readonly #writing: Writing
  #redactor: Redactor = none
  #quick: Quick | undefined
  #keys = new Map<string, Key>()
  /** Names of spans that are left as they are. */
  #names = new Set<string>()
  readonly #path: Array<string | number> = ["attributes", ""]
  // Of the span that is being written.
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

  /** A span as it stands in a request; nothing where it has to go the other way. */
  write(span: Span): Slice | undefined {
    if (span.events.length > 0 || span.links.length > 0) return undefined
    // A convention, a field or a rule may be a user's: what it throws is for the other way to deal with.
    try {
      return this.#write(span)
    } catch {
      this.#out.reset()
      return undefined
    }
  }

  /** A span that went the other way. */
  whole(span: Uint8Array): Slice {
    return this.#out.whole(span)
  }

  #write(span: Span): Slice | undefined {
    const { limits, redactor } = span.settings
    if (redactor !== this.#redactor) {
      this.#redactor = redactor
      this.#quick = quickOf(redactor)
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
      parent !== undefined && parent.spanId !== "" && isRemote(parent)
    )
  }

  /** The name as it may leave: programs have few. */
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

  /** Writes text and looks at it where it stands, which is faster; takes it back where rules have to be asked. */
  #putText({ bytes }: Key, value: string): boolean {
    const quick = this.#quick
    const out = this.#out
    if (quick === undefined) return false
    const { mark } = out
    const at = out.textAttribute(bytes, value)
    if (at === undefined ? quick.text(value) : quick.ascii(value, out.written, at)) {
      this.#note(value.length)
      return true
    }
    out.rewind(mark)
    return false
  }

  /** The value as it may leave. */
  #redacted(key: Key, name: string, given: AttributeValue): AttributeValue | undefined {
    const value = wellFormed(given)
    if (value === undefined) {
      this.#isGivenUp = true
      return undefined
    }
    if (key.isPlain && this.#quick !== undefined && isLeft(this.#quick, value)) return value
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
      isPlain: this.#quick?.key(name) === true,
      // A record has numbers first, and this one is its prototype.
      isOdd: /^\d+$/.test(name) || name === "__proto__" || redactName(this.#redactor, ["attributes"], name) !== name,
      seen: 0
    }
    this.#keys.set(name, key)
    return key
  }
}

const writeId = (out: SpanWriter, span: Span | Tracer.AnySpan, isParent: boolean): void => {
  if (span instanceof RecordedSpan && span.hasRandomId) return out.idBits(span.idHigh, span.idLow, isParent)
  if (!isParent || span.spanId !== "") out.idText(span.spanId, isParent)
}

/** A value as an attribute may have it, of whatever a convention gave. A list may be the program's own. */
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

/** Whether it is known that a redactor leaves a value as it is. */
const isLeft = (quick: Quick, value: AttributeValue): boolean => {
  switch (typeof value) {
    case "string":
      return quick.text(value)
    case "number":
      return quick.numbers
    case "boolean":
      return true
    default:
      // In a longer list the one before may be the name of the next.
      return value.length === 1 && typeof value[0] === "string" && quick.text(value[0])
  }
}
