/**
 * Reads OTLP requests in protobuf from any sender: `ExportTraceServiceRequest` and `ExportLogsServiceRequest`. A body
 * that is truncated or not protobuf throws a `RangeError`.
 *
 * @internal
 */
import type { Attributes, AttributeValue } from "../../core/Attribute.ts"
import type { LogData } from "../../core/LogData.ts"
import type { InstrumentationScope, Resource, SpanData } from "../../core/SpanData.ts"
import { decodeSpan, readAnyValue, readKeyValue } from "./protobufReader.ts"
import { Reader } from "./wireReader.ts"

const readAttributes = (reader: Reader, of: number, onOther?: (field: number, reader: Reader) => void): Attributes => {
  const attributes: Record<string, AttributeValue> = {}
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === of) readKeyValue(reader.message(), attributes)
    else if (onOther === undefined) reader.skip()
    else onOther(field, reader)
  }
  return attributes
}

const readScope = (reader: Reader): InstrumentationScope => {
  const scope = { name: "", version: undefined as string | undefined }
  const attributes = readAttributes(reader, 3, (field, reader) => {
    if (field === 1) scope.name = reader.text()
    else if (field === 2) scope.version = reader.text()
    else reader.skip()
  })
  return Object.keys(attributes).length === 0 ? scope : { ...scope, attributes }
}

const noResource: Resource = { attributes: {} }
const noScope: InstrumentationScope = { name: "" }

/**
 * Calls `onItem` with each item, its resource and its scope. On the wire, a resource may come after its items.
 * @internal
 */
export const readGroups = (
  bytes: Uint8Array,
  onItem: (item: Uint8Array, resource: Resource, scope: InstrumentationScope) => void
): void => {
  const request = new Reader(bytes)
  for (let field = request.next(); field !== 0; field = request.next()) {
    if (field !== 1) {
      request.skip()
      continue
    }
    const ofResource = request.message()
    const groups: Array<Uint8Array> = []
    let resource = noResource
    for (let field = ofResource.next(); field !== 0; field = ofResource.next()) {
      if (field === 1) resource = { attributes: readAttributes(ofResource.message(), 1) }
      else if (field === 2) groups.push(ofResource.bytes())
      else ofResource.skip()
    }
    for (const group of groups) {
      const ofScope = new Reader(group)
      const items: Array<Uint8Array> = []
      let scope = noScope
      for (let field = ofScope.next(); field !== 0; field = ofScope.next()) {
        if (field === 1) scope = readScope(ofScope.message())
        else if (field === 2) items.push(ofScope.bytes())
        else ofScope.skip()
      }
      for (const item of items) onItem(item, resource, scope)
    }
  }
}

/** The spans of an `ExportTraceServiceRequest`. @internal */
export const readTraces = (bytes: Uint8Array): Array<SpanData> => {
  const spans: Array<SpanData> = []
  readGroups(bytes, (bytes, resource, scope) => spans.push(decodeSpan({ bytes, resource, scope })))
  return spans
}

const readLog = (bytes: Uint8Array, resource: Resource): LogData => {
  const log = {
    traceId: "",
    spanId: "",
    time: 0n,
    severityNumber: 0,
    severityText: "",
    eventName: undefined as string | undefined,
    body: undefined as unknown
  }
  let observed = 0n
  const attributes = readAttributes(new Reader(bytes), 6, (field, reader) => {
    if (field === 1) log.time = reader.fixed64()
    else if (field === 2) log.severityNumber = reader.uint()
    else if (field === 3) log.severityText = reader.text()
    else if (field === 5) log.body = readAnyValue(reader.message())
    else if (field === 9) log.traceId = reader.hex()
    else if (field === 10) log.spanId = reader.hex()
    else if (field === 11) observed = reader.fixed64()
    else if (field === 12) log.eventName = reader.text()
    else reader.skip()
  })
  return { ...log, time: log.time === 0n ? observed : log.time, attributes, resource }
}

/** The records of an `ExportLogsServiceRequest`. @internal */
export const readLogs = (bytes: Uint8Array): Array<LogData> => {
  const logs: Array<LogData> = []
  readGroups(bytes, (bytes, resource) => logs.push(readLog(bytes, resource)))
  return logs
}
