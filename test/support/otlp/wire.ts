/**
 * Reads OTLP trace and log bodies, protobuf and JSON, into one form, so that bodies of different encodings and encoders
 * can be compared.
 *
 * It is driven by {@link messages}, the field numbers and types of opentelemetry/proto v1, and shares no code with the
 * encoders. The form is OTLP/JSON without defaults: ids in hex, 64-bit integers as decimal strings, bytes in base64,
 * enums as numbers. A field that is zero, empty or absent is left out, except for the alternatives of an `AnyValue`,
 * where presence matters. A field that is not in the tables or has the wrong wire type is an error.
 */

type Scalar =
  | "string"
  | "id"
  | "bytes"
  | "bool"
  | "uint32"
  | "enum"
  | "sint32"
  | "int64"
  | "uint64"
  | "double"
  | "fixed32"
  | "fixed64"
  | "sfixed64"

interface Field {
  readonly name: string
  readonly type: Scalar | MessageName
  readonly repeated?: true
  /** Whether the field is kept even if it is empty: one of several alternatives, or an optional one. */
  readonly presence?: true
}

type MessageName =
  | "ExportMetricsServiceRequest"
  | "ResourceMetrics"
  | "ScopeMetrics"
  | "Metric"
  | "Gauge"
  | "Sum"
  | "Histogram"
  | "ExponentialHistogram"
  | "Summary"
  | "NumberDataPoint"
  | "HistogramDataPoint"
  | "ExponentialHistogramDataPoint"
  | "Buckets"
  | "SummaryDataPoint"
  | "ValueAtQuantile"
  | "Exemplar"
  | "ExportTraceServiceRequest"
  | "ExportLogsServiceRequest"
  | "ResourceLogs"
  | "ScopeLogs"
  | "LogRecord"
  | "ResourceSpans"
  | "Resource"
  | "ScopeSpans"
  | "InstrumentationScope"
  | "Span"
  | "Event"
  | "Link"
  | "Status"
  | "KeyValue"
  | "AnyValue"
  | "ArrayValue"
  | "KeyValueList"

const times = {
  2: { name: "startTimeUnixNano", type: "fixed64" },
  3: { name: "timeUnixNano", type: "fixed64" }
} as const

/** https://github.com/open-telemetry/opentelemetry-proto, version 1: trace, metrics, logs, resource and common. */
export const messages: Readonly<Record<MessageName, Readonly<Record<number, Field>>>> = {
  ExportMetricsServiceRequest: {
    1: { name: "resourceMetrics", type: "ResourceMetrics", repeated: true }
  },
  ResourceMetrics: {
    1: { name: "resource", type: "Resource" },
    2: { name: "scopeMetrics", type: "ScopeMetrics", repeated: true },
    3: { name: "schemaUrl", type: "string" }
  },
  ScopeMetrics: {
    1: { name: "scope", type: "InstrumentationScope" },
    2: { name: "metrics", type: "Metric", repeated: true },
    3: { name: "schemaUrl", type: "string" }
  },
  Metric: {
    1: { name: "name", type: "string" },
    2: { name: "description", type: "string" },
    3: { name: "unit", type: "string" },
    5: { name: "gauge", type: "Gauge" },
    7: { name: "sum", type: "Sum" },
    9: { name: "histogram", type: "Histogram" },
    10: { name: "exponentialHistogram", type: "ExponentialHistogram" },
    11: { name: "summary", type: "Summary" }
  },
  Gauge: { 1: { name: "dataPoints", type: "NumberDataPoint", repeated: true } },
  Sum: {
    1: { name: "dataPoints", type: "NumberDataPoint", repeated: true },
    2: { name: "aggregationTemporality", type: "enum" },
    3: { name: "isMonotonic", type: "bool" }
  },
  Histogram: {
    1: { name: "dataPoints", type: "HistogramDataPoint", repeated: true },
    2: { name: "aggregationTemporality", type: "enum" }
  },
  ExponentialHistogram: {
    1: { name: "dataPoints", type: "ExponentialHistogramDataPoint", repeated: true },
    2: { name: "aggregationTemporality", type: "enum" }
  },
  Summary: { 1: { name: "dataPoints", type: "SummaryDataPoint", repeated: true } },
  NumberDataPoint: {
    ...times,
    4: { name: "asDouble", type: "double", presence: true },
    5: { name: "exemplars", type: "Exemplar", repeated: true },
    6: { name: "asInt", type: "sfixed64", presence: true },
    7: { name: "attributes", type: "KeyValue", repeated: true },
    8: { name: "flags", type: "uint32" }
  },
  HistogramDataPoint: {
    ...times,
    4: { name: "count", type: "fixed64" },
    5: { name: "sum", type: "double", presence: true },
    6: { name: "bucketCounts", type: "fixed64", repeated: true },
    7: { name: "explicitBounds", type: "double", repeated: true },
    8: { name: "exemplars", type: "Exemplar", repeated: true },
    9: { name: "attributes", type: "KeyValue", repeated: true },
    10: { name: "flags", type: "uint32" },
    11: { name: "min", type: "double", presence: true },
    12: { name: "max", type: "double", presence: true }
  },
  ExponentialHistogramDataPoint: {
    ...times,
    1: { name: "attributes", type: "KeyValue", repeated: true },
    4: { name: "count", type: "fixed64" },
    5: { name: "sum", type: "double", presence: true },
    6: { name: "scale", type: "sint32" },
    7: { name: "zeroCount", type: "fixed64" },
    8: { name: "positive", type: "Buckets" },
    9: { name: "negative", type: "Buckets" },
    10: { name: "flags", type: "uint32" },
    11: { name: "exemplars", type: "Exemplar", repeated: true },
    12: { name: "min", type: "double", presence: true },
    13: { name: "max", type: "double", presence: true },
    14: { name: "zeroThreshold", type: "double" }
  },
  Buckets: {
    1: { name: "offset", type: "sint32" },
    2: { name: "bucketCounts", type: "uint64", repeated: true }
  },
  SummaryDataPoint: {
    ...times,
    4: { name: "count", type: "fixed64" },
    5: { name: "sum", type: "double" },
    6: { name: "quantileValues", type: "ValueAtQuantile", repeated: true },
    7: { name: "attributes", type: "KeyValue", repeated: true },
    8: { name: "flags", type: "uint32" }
  },
  ValueAtQuantile: { 1: { name: "quantile", type: "double" }, 2: { name: "value", type: "double" } },
  Exemplar: {
    2: { name: "timeUnixNano", type: "fixed64" },
    3: { name: "asDouble", type: "double", presence: true },
    4: { name: "spanId", type: "id" },
    5: { name: "traceId", type: "id" },
    6: { name: "asInt", type: "sfixed64", presence: true },
    7: { name: "filteredAttributes", type: "KeyValue", repeated: true }
  },
  ExportTraceServiceRequest: {
    1: { name: "resourceSpans", type: "ResourceSpans", repeated: true }
  },
  ExportLogsServiceRequest: {
    1: { name: "resourceLogs", type: "ResourceLogs", repeated: true }
  },
  ResourceLogs: {
    1: { name: "resource", type: "Resource" },
    2: { name: "scopeLogs", type: "ScopeLogs", repeated: true },
    3: { name: "schemaUrl", type: "string" }
  },
  ScopeLogs: {
    1: { name: "scope", type: "InstrumentationScope" },
    2: { name: "logRecords", type: "LogRecord", repeated: true },
    3: { name: "schemaUrl", type: "string" }
  },
  LogRecord: {
    1: { name: "timeUnixNano", type: "fixed64" },
    2: { name: "severityNumber", type: "enum" },
    3: { name: "severityText", type: "string" },
    5: { name: "body", type: "AnyValue" },
    6: { name: "attributes", type: "KeyValue", repeated: true },
    7: { name: "droppedAttributesCount", type: "uint32" },
    8: { name: "flags", type: "fixed32" },
    9: { name: "traceId", type: "id" },
    10: { name: "spanId", type: "id" },
    11: { name: "observedTimeUnixNano", type: "fixed64" },
    12: { name: "eventName", type: "string" }
  },
  ResourceSpans: {
    1: { name: "resource", type: "Resource" },
    2: { name: "scopeSpans", type: "ScopeSpans", repeated: true },
    3: { name: "schemaUrl", type: "string" }
  },
  Resource: {
    1: { name: "attributes", type: "KeyValue", repeated: true },
    2: { name: "droppedAttributesCount", type: "uint32" }
  },
  ScopeSpans: {
    1: { name: "scope", type: "InstrumentationScope" },
    2: { name: "spans", type: "Span", repeated: true },
    3: { name: "schemaUrl", type: "string" }
  },
  InstrumentationScope: {
    1: { name: "name", type: "string" },
    2: { name: "version", type: "string" },
    3: { name: "attributes", type: "KeyValue", repeated: true },
    4: { name: "droppedAttributesCount", type: "uint32" }
  },
  Span: {
    1: { name: "traceId", type: "id" },
    2: { name: "spanId", type: "id" },
    3: { name: "traceState", type: "string" },
    4: { name: "parentSpanId", type: "id" },
    5: { name: "name", type: "string" },
    6: { name: "kind", type: "enum" },
    7: { name: "startTimeUnixNano", type: "fixed64" },
    8: { name: "endTimeUnixNano", type: "fixed64" },
    9: { name: "attributes", type: "KeyValue", repeated: true },
    10: { name: "droppedAttributesCount", type: "uint32" },
    11: { name: "events", type: "Event", repeated: true },
    12: { name: "droppedEventsCount", type: "uint32" },
    13: { name: "links", type: "Link", repeated: true },
    14: { name: "droppedLinksCount", type: "uint32" },
    15: { name: "status", type: "Status" },
    16: { name: "flags", type: "fixed32" }
  },
  Event: {
    1: { name: "timeUnixNano", type: "fixed64" },
    2: { name: "name", type: "string" },
    3: { name: "attributes", type: "KeyValue", repeated: true },
    4: { name: "droppedAttributesCount", type: "uint32" }
  },
  Link: {
    1: { name: "traceId", type: "id" },
    2: { name: "spanId", type: "id" },
    3: { name: "traceState", type: "string" },
    4: { name: "attributes", type: "KeyValue", repeated: true },
    5: { name: "droppedAttributesCount", type: "uint32" },
    6: { name: "flags", type: "fixed32" }
  },
  Status: {
    2: { name: "message", type: "string" },
    3: { name: "code", type: "enum" }
  },
  KeyValue: {
    1: { name: "key", type: "string" },
    2: { name: "value", type: "AnyValue" }
  },
  AnyValue: {
    1: { name: "stringValue", type: "string" },
    2: { name: "boolValue", type: "bool" },
    3: { name: "intValue", type: "int64" },
    4: { name: "doubleValue", type: "double" },
    5: { name: "arrayValue", type: "ArrayValue" },
    6: { name: "kvlistValue", type: "KeyValueList" },
    7: { name: "bytesValue", type: "bytes" }
  },
  ArrayValue: {
    1: { name: "values", type: "AnyValue", repeated: true }
  },
  KeyValueList: {
    1: { name: "values", type: "KeyValue", repeated: true }
  }
}

export interface Message {
  readonly [field: string]: Value
}

export type Value = string | number | boolean | Message | ReadonlyArray<Value>

const isMessage = (type: Field["type"]): type is MessageName => type in messages

const wireTypes: Readonly<Record<Scalar, number>> = {
  string: 2,
  id: 2,
  bytes: 2,
  bool: 0,
  uint32: 0,
  enum: 0,
  sint32: 0,
  int64: 0,
  uint64: 0,
  double: 1,
  fixed32: 5,
  fixed64: 1,
  sfixed64: 1
}

const isDefault = (value: Value): boolean =>
  value === "" || value === "0" || value === 0 || value === false || (Array.isArray(value) && value.length === 0)

/** Adds a field according to the tables: to a list, or in place of an earlier value, unless it is empty. */
const add = (message: Record<string, Value>, name: MessageName, field: Field, value: Value): void => {
  if (field.repeated) {
    const list = (message[field.name] ??= []) as Array<Value>
    list.push(value)
  } else if (name === "AnyValue" || field.presence || !isDefault(value)) {
    message[field.name] = value
  }
}

class Reader {
  private readonly bytes: Buffer
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new Error(`${length} bytes at ${this.at} are cut short`)
    return this.bytes.subarray(this.at, this.at += length)
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new Error("a varint has more than ten bytes")
  }

  length(): number {
    return Number(this.varint())
  }

  scalar(type: Scalar): Value {
    switch (type) {
      case "string":
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(this.length()))
      case "id":
        return this.take(this.length()).toString("hex")
      case "bytes":
        return this.take(this.length()).toString("base64")
      case "bool":
        return this.varint() !== 0n
      case "uint32":
      case "enum":
        return Number(this.varint())
      case "sint32": {
        const value = Number(this.varint())
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      }
      case "uint64":
        return this.varint().toString()
      case "sfixed64":
        return this.take(8).readBigInt64LE().toString()
      case "int64":
        return BigInt.asIntN(64, this.varint()).toString()
      case "double":
        return canonicalDouble(this.take(8).readDoubleLE())
      case "fixed32":
        return this.take(4).readUInt32LE()
      case "fixed64":
        return this.take(8).readBigUInt64LE().toString()
    }
  }

  message(name: MessageName): Message {
    const message: Record<string, Value> = {}
    while (!this.isAtEnd) {
      const key = this.length()
      const field = messages[name][key >>> 3]
      if (field === undefined) throw new Error(`${name} has no field ${key >>> 3}`)
      const { type } = field
      const wireType = isMessage(type) ? 2 : wireTypes[type]
      if (field.repeated && !isMessage(type) && wireType !== 2 && (key & 7) === 2) {
        // Repeated numbers are packed.
        const packed = new Reader(this.take(this.length()))
        while (!packed.isAtEnd) add(message, name, field, packed.scalar(type))
        continue
      }
      if ((key & 7) !== wireType) throw new Error(`${name}.${field.name} has wire type ${key & 7}`)
      add(
        message,
        name,
        field,
        isMessage(field.type) ? new Reader(this.take(this.length())).message(field.type) : this.scalar(field.type)
      )
    }
    return message
  }
}

const canonicalDouble = (value: number): Value => Number.isFinite(value) ? value : String(value)

/** A JSON reader replaces half of a surrogate pair by U+FFFD. */
const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, "\ufffd")

const jsonScalar = (type: Scalar, json: unknown): Value => {
  switch (type) {
    case "int64":
    case "uint64":
    case "fixed64":
    case "sfixed64":
      return BigInt(json as string | number).toString()
    case "double":
      return canonicalDouble(Number(json))
    case "string":
      if (typeof json !== "string") throw new Error(`no string: ${String(json)}`)
      return wellFormed(json)
    default:
      return json as Value
  }
}

const jsonMessage = (name: MessageName, json: Readonly<Record<string, unknown>>): Message => {
  const fields = Object.values(messages[name])
  const message: Record<string, Value> = {}
  for (const [key, json_] of Object.entries(json)) {
    // OpenTelemetry's serializer also writes the schema URL inside of the resource, where no proto has it.
    if (name === "Resource" && key === "schemaUrl") continue
    const field = fields.find((field) => field.name === key)
    if (field === undefined) throw new Error(`${name} has no field ${key}`)
    for (const item of field.repeated ? json_ as ReadonlyArray<unknown> : [json_]) {
      add(
        message,
        name,
        field,
        isMessage(field.type)
          ? jsonMessage(field.type, item as Readonly<Record<string, unknown>>)
          : jsonScalar(field.type, item)
      )
    }
  }
  return message
}

/** The request in a protobuf body. */
export const decodeProtobuf = (bytes: Uint8Array, name: MessageName = "ExportTraceServiceRequest"): Message =>
  new Reader(bytes).message(name)

/** The request in a JSON body. */
export const decodeJson = (text: string, name: MessageName = "ExportTraceServiceRequest"): Message =>
  jsonMessage(name, JSON.parse(text) as Readonly<Record<string, unknown>>)
