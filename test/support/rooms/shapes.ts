/**
 * The shapes that a model call goes through until it has been sent, and what else its files declare.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { parseSync } from "vite"

/** A row of the table in ARCHITECTURE.md. */
export interface Shape {
  readonly name: string
  readonly file: string
}

/** The shapes that ARCHITECTURE.md names. */
export const shapesOf = (architecture: string): ReadonlyArray<Shape> => {
  const [, section = ""] = /^## Shapes$([^]*)/m.exec(architecture) ?? []
  return [...section.matchAll(/^\| `(\w+)` *\| `([\w/]+)` *\|/gm)].map(([, name, file]) => ({
    name: name!,
    file: `src/${file!}.ts`
  }))
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string }

/** What names no shape: functions, records of attributes, scalars and unions of them. */
const isPlain = (node: Node): boolean => {
  switch (node.type) {
    case "TSFunctionType":
    case "TSLiteralType":
    case "TSStringKeyword":
    case "TSNumberKeyword":
    case "TSBooleanKeyword":
    case "TSUndefinedKeyword":
      return true
    case "TSUnionType":
      return (node["types"] as ReadonlyArray<Node>).every(isPlain)
    case "TSTypeReference": {
      const parameters = (node["typeArguments"] as { readonly params: ReadonlyArray<Node> } | null)?.params ?? []
      const { name } = node["typeName"] as { readonly name?: string }
      return name === "Record" || ((name === "Readonly" || name === "ReadonlyArray") && parameters.every(isPlain))
    }
    default:
      return false
  }
}

/** A type that others may name, and the types that it extends or implements. */
export interface Declared extends Shape {
  readonly of: ReadonlyArray<string>
}

const nameOf = (node: Node): ReadonlyArray<string> => {
  const { name } = (node["expression"] ?? node["typeName"] ?? {}) as { readonly name?: string }
  return name === undefined ? [] : [name]
}

/** The interfaces, classes and object types that a file exports. */
export const declaredIn = (root: string, file: string): ReadonlyArray<Declared> => {
  const { program } = parseSync(file, fs.readFileSync(path.join(root, file), "utf8"))
  return (program.body as unknown as ReadonlyArray<Node>).flatMap((node) => {
    const declaration = node.type === "ExportNamedDeclaration" ? node["declaration"] as Node | null : null
    if (declaration === null) return []
    const { name } = (declaration["id"] ?? {}) as { readonly name?: string }
    switch (declaration.type) {
      case "TSInterfaceDeclaration":
        return [{ name: name!, file, of: (declaration["extends"] as ReadonlyArray<Node>).flatMap(nameOf) }]
      case "ClassDeclaration":
        return [{ name: name!, file, of: (declaration["implements"] as ReadonlyArray<Node>).flatMap(nameOf) }]
      case "TSTypeAliasDeclaration":
        return isPlain(declaration["typeAnnotation"] as Node) ? [] : [{ name: name!, file, of: [] }]
      default:
        return []
    }
  })
}

/** What the files on the way export beside the shapes, by why it is none. */
export const besideShapes = {
  /** Given by a program or an exporter, and read once: no span is in it. */
  settings: [
    "BatchBounds",
    "BodyCodec",
    "Bounds",
    "CallOptions",
    "DestinationOptions",
    "DestinationSettings",
    "Durability",
    "HttpTarget",
    "MeterOptions",
    "Options",
    "OtlpEndpoint",
    "ProcessorDisk",
    "ProcessorOptions",
    "ProcessorSettings",
    "SenderOptions",
    "SpanCodec",
    "StaticOptions",
    "Tls",
    "TracerOptions"
  ],
  /** Lives longer than a call, as a tracer, a queue or a count does. */
  state: [
    "AgentOpsTracer",
    "BatchProcessor",
    "Connection",
    "Counts",
    "Destination",
    "DirectSpans",
    "Failure",
    "Flushes",
    "HttpClient",
    "MemoryQueue",
    "MeterHub",
    "MetricSink",
    "Next",
    "Observer",
    "OwnTracer",
    "Phase",
    "ProtobufWriter",
    "Provided",
    "Registry",
    "Sender",
    "SenderState",
    "Slots",
    "SpanBackend",
    "SpanTracer",
    "SpanWriter",
    "Transport",
    "Waiting"
  ],
  /** A part of a shape, or a view of one, by inheritance. */
  view: ["EncodedSlice", "Purpose", "Slice", "Writer"],
  /** Of another way than that of a model call: streams, sessions, calls inside of calls, other libraries, other formats. */
  elsewhere: [
    "ChunkTimes",
    "Folded",
    "Holder",
    "MeasuredIn",
    "StartOptions",
    "Started",
    "WaitingData",
    "WaitingJson",
    "WaitingSession"
  ],
  /** Names what is in a batch, or what was answered: the data of a span is not in it. */
  outcome: ["Field", "PartialSuccess", "ResourceGroup", "ScopeGroup"]
} as const satisfies Readonly<Record<string, ReadonlyArray<string>>>
