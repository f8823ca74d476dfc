/**
 * The types in which a model call is held from its start until it has been sent, and the other types of their files.
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

/** Whether a type cannot be a shape: a function, a record of attributes, a scalar, or a union of these. */
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

/** An exported type, and the types that it extends or implements. */
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

/** The other exported types of the shapes' files, by the reason why they are no shapes. */
export const besideShapes = {
  /** Options of a program or an exporter. They contain no span. */
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
  /** Objects that live longer than a call, such as tracers, queues and counts. */
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
  /** Parts or views of a shape, by inheritance. */
  view: ["EncodedSlice", "Purpose", "Slice", "Writer"],
  /** Types that a plain model call does not use: streams, sessions, nested calls, other libraries and formats. */
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
  /** Groups of a batch and responses. They contain no data of a span. */
  outcome: ["Field", "PartialSuccess", "ResourceGroup", "ScopeGroup"]
} as const satisfies Readonly<Record<string, ReadonlyArray<string>>>
