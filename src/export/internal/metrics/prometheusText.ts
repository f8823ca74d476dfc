/**
 * Formats metrics in Prometheus's text format and in OpenMetrics, which has exemplars.
 *
 * Labels follow OpenTelemetry's "Prometheus and OpenMetrics Compatibility".
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @see https://prometheus.io/docs/specs/om/open_metrics_spec/
 * @internal
 */
import type { Attributes } from "../../../core/Attribute.ts"
import * as Attribute from "../../../core/Attribute.ts"
import type { Distribution, Exemplar, Metric, Point } from "../../../core/MetricData.ts"
import { labelName, prometheusName } from "./prometheusName.ts"

/** @internal */
export type Format = "text" | "openMetrics"

const escapeHelp = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")

const labelValue = (value: unknown): string =>
  escapeHelp(typeof value === "string" ? value : Attribute.toJson(value)).replaceAll("\"", "\\\"")

const labelsOf = (attributes: Attributes): Map<string, string> => {
  const labels = new Map<string, string>()
  for (const name of Object.keys(attributes).sort()) {
    const key = labelName(name)
    const value = labelValue(attributes[name])
    const other = labels.get(key)
    // Two attributes may have the same name in Prometheus. The label then has both values.
    labels.set(key, other === undefined ? value : `${other};${value}`)
  }
  return labels
}

const number = (value: number): string => value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value)

const line = (name: string, labels: Iterable<readonly [string, string]>, value: number, exemplar = ""): string => {
  const text = Array.from(labels, ([key, value]) => `${key}="${value}"`).join(",")
  return `${name}${text === "" ? "" : `{${text}}`} ${number(value)}${exemplar}`
}

const exemplarText = (exemplar: Exemplar | undefined): string => {
  if (exemplar === undefined || exemplar.traceId === "") return ""
  const { spanId, time, traceId, value } = exemplar
  return ` # {trace_id="${traceId}",span_id="${spanId}"} ${number(value)} ${Number(time / 1_000_000n) / 1000}`
}

const distributionLines = (
  name: string,
  distribution: Distribution,
  labels: ReadonlyMap<string, string>,
  exemplars: ReadonlyArray<Exemplar>
): Array<string> => {
  const { boundaries, count, counts, quantiles, sum } = distribution
  const lines: Array<string> = []
  if (quantiles === undefined) {
    let below = 0
    let bound = -Infinity
    for (const boundary of [...boundaries, Infinity]) {
      below += counts[Math.min(lines.length, boundaries.length)] ?? 0
      const exemplar = exemplars.findLast(({ value }) => value > bound && value <= boundary)
      const total = boundary === Infinity ? count : below
      lines.push(line(`${name}_bucket`, [...labels, ["le", number(boundary)]], total, exemplarText(exemplar)))
      bound = boundary
    }
  } else {
    for (const [quantile, value] of quantiles) {
      lines.push(line(name, [...labels, ["quantile", String(quantile)]], value))
    }
  }
  lines.push(line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, count))
  return lines
}

const pointLines = (
  name: string,
  point: Point,
  labels: ReadonlyMap<string, string>,
  isOpen: boolean
): Array<string> => {
  const exemplars = isOpen ? point.exemplars ?? [] : []
  return point.distribution === undefined
    // For single values, OpenMetrics allows exemplars on counters only.
    ? [line(name, labels, point.value, name.endsWith("_total") ? exemplarText(exemplars[0]) : "")]
    : distributionLines(name, point.distribution, labels, exemplars)
}

interface Family {
  readonly type: string
  readonly help: string
  readonly lines: Array<string>
}

const typeWord = (type: Metric["type"]): string => type === "sum" ? "gauge" : type

/** The whole response to a scrape. @internal */
export const prometheusText = (
  metrics: ReadonlyArray<Metric>,
  resource: Attributes,
  format: Format = "text"
): string => {
  const isOpen = format === "openMetrics"
  const families = new Map<string, Family>()
  for (const metric of metrics) {
    const name = prometheusName(metric)
    const type = typeWord(metric.type)
    let family = families.get(name)
    if (family === undefined) families.set(name, family = { type, help: metric.description, lines: [] })
    // Prometheus accepts one type for a name, so the first one is kept.
    if (family.type !== type) continue
    const scope = { otel_scope_name: metric.scope.name, otel_scope_version: metric.scope.version ?? "" }
    for (const point of metric.points) {
      for (const text of pointLines(name, point, labelsOf({ ...point.attributes, ...scope }), isOpen)) {
        family.lines.push(text)
      }
    }
  }
  const text = isOpen
    ? ["# TYPE target info", "# HELP target Target metadata", line("target_info", labelsOf(resource), 1)]
    : [
      "# HELP target_info Target metadata",
      "# TYPE target_info gauge",
      line("target_info", labelsOf(resource), 1)
    ]
  for (const [name, { help, lines, type }] of families) {
    // A counter's samples end in `_total` in both formats, but its family only in the older one.
    const family = isOpen && type === "counter" ? name.replace(/_total$/, "") : name
    if (help !== "") {
      text.push(`# HELP ${family} ${isOpen ? escapeHelp(help).replaceAll("\"", "\\\"") : escapeHelp(help)}`)
    }
    text.push(`# TYPE ${family} ${type}`)
    for (const line of lines) text.push(line)
  }
  if (isOpen) text.push("# EOF")
  return `${text.join("\n")}\n`
}
