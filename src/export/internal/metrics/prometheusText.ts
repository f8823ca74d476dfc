/**
 * Metrics in the text that Prometheus scrapes.
 *
 * Names, units and labels follow OpenTelemetry's "Prometheus and OpenMetrics Compatibility".
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @internal
 */
import type { Attributes } from "../../../core/Attribute.ts"
import * as Attribute from "../../../core/Attribute.ts"
import type { Metric, Point } from "./snapshot.ts"

const units: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  "%": "percent"
}

const cleaned = (text: string): string => text.replace(/[^a-zA-Z0-9_:]/g, "_").replace(/_{2,}/g, "_")

// What is in braces says what is counted, which is no unit.
const unitWord = (unit: string): string => {
  const bare = unit.replace(/\{[^}]*\}/g, "")
  if (bare === "" || bare === "1") return ""
  const [first, second] = bare.split("/", 2)
  const word = (part: string) => units[part] ?? part
  const text = second === undefined ? word(bare) : `${word(first!)}_per_${word(second).replace(/s$/, "")}`
  return cleaned(text).replace(/^_|_$/g, "")
}

/** The name of a metric in Prometheus, with its unit and, for a counter, `_total`. @internal */
export const prometheusName = ({ name, type, unit }: Pick<Metric, "name" | "type" | "unit">): string => {
  let text = cleaned(name)
  if (/^[0-9]/.test(text)) text = `_${text}`
  if (type === "counter") text = text.replace(/_total$/, "")
  const word = unit === "1" && type === "gauge" ? "ratio" : unitWord(unit)
  if (word !== "" && text !== word && !text.endsWith(`_${word}`)) text += `_${word}`
  return type === "counter" ? `${text}_total` : text
}

const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")

const labelName = (name: string): string => {
  const text = cleaned(name).replaceAll(":", "_")
  return /^[0-9]/.test(text) ? `key_${text}` : text
}

const labelValue = (value: unknown): string =>
  escapeHelp(typeof value === "string" ? value : Attribute.toJson(value)).replaceAll("\"", "\\\"")

const labelsOf = (attributes: Attributes): Map<string, string> => {
  const labels = new Map<string, string>()
  for (const name of Object.keys(attributes).sort()) {
    const key = labelName(name)
    const value = labelValue(attributes[name])
    const other = labels.get(key)
    // Two attributes may have one name in Prometheus: it keeps both values.
    labels.set(key, other === undefined ? value : `${other};${value}`)
  }
  return labels
}

const number = (value: number): string => value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value)

const line = (name: string, labels: Iterable<readonly [string, string]>, value: number): string => {
  const text = Array.from(labels, ([key, value]) => `${key}="${value}"`).join(",")
  return `${name}${text === "" ? "" : `{${text}}`} ${number(value)}`
}

const pointLines = (name: string, point: Point, labels: ReadonlyMap<string, string>): Array<string> => {
  if (point.distribution === undefined) return [line(name, labels, point.value)]
  const { boundaries, count, counts, sum } = point.distribution
  const lines: Array<string> = []
  let below = 0
  for (let i = 0; i < boundaries.length; i++) {
    below += counts[i]!
    lines.push(line(`${name}_bucket`, [...labels, ["le", number(boundaries[i]!)]], below))
  }
  lines.push(line(`${name}_bucket`, [...labels, ["le", "+Inf"]], count))
  lines.push(line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, count))
  return lines
}

interface Family {
  readonly type: string
  readonly help: string
  readonly lines: Array<string>
}

const typeWord = (type: Metric["type"]): string => type === "sum" ? "gauge" : type

/** The whole answer to a scrape. @internal */
export const prometheusText = (metrics: ReadonlyArray<Metric>, resource: Attributes): string => {
  const families = new Map<string, Family>()
  for (const metric of metrics) {
    const name = prometheusName(metric)
    const type = typeWord(metric.type)
    let family = families.get(name)
    if (family === undefined) families.set(name, family = { type, help: metric.description, lines: [] })
    // Prometheus takes one type for a name: the first one that had it stays.
    if (family.type !== type) continue
    const scope = { otel_scope_name: metric.scope.name, otel_scope_version: metric.scope.version ?? "" }
    for (const point of metric.points) {
      for (const text of pointLines(name, point, labelsOf({ ...point.attributes, ...scope }))) family.lines.push(text)
    }
  }
  const text = [
    "# HELP target_info Target metadata",
    "# TYPE target_info gauge",
    line("target_info", labelsOf(resource), 1)
  ]
  for (const [name, { help, lines, type }] of families) {
    if (help !== "") text.push(`# HELP ${name} ${escapeHelp(help)}`)
    text.push(`# TYPE ${name} ${type}`)
    for (const line of lines) text.push(line)
  }
  return `${text.join("\n")}\n`
}
