/**
 * Names of metrics and labels in Prometheus, derived as by the OpenTelemetry Collector and by Prometheus itself. So a
 * dashboard works whichever way the metrics arrive.
 *
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 * @internal
 */
import type { Metric } from "../../../core/MetricData.ts"

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
  TiBy: "tibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "1": "",
  "%": "percent"
}

/** Units after a slash, where `m` is a minute. */
const perUnits: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year"
}

const own = (table: Readonly<Record<string, string>>, unit: string): string =>
  Object.hasOwn(table, unit) ? table[unit]! : unit

const cleaned = (unit: string): string => unit.replace(/[^a-zA-Z0-9:]+/g, "_").replace(/^_/, "")

/** Text in braces names what is counted and is not a unit. */
const word = (part: string | undefined, table: Readonly<Record<string, string>>): string => {
  const unit = part?.trim() ?? ""
  return unit === "" || /[{}]/.test(unit) ? "" : own(table, unit)
}

const unitWords = (unit: string): ReadonlyArray<string> => {
  const slash = unit.indexOf("/")
  const main = cleaned(word(slash < 0 ? unit : unit.slice(0, slash), units))
  const per = word(slash < 0 ? undefined : unit.slice(slash + 1), perUnits)
  const perWord = per === "" ? "" : cleaned(`per_${per}`).replace(/_$/, "")
  return [perWord === "" ? main : main.replace(/_$/, ""), perWord]
}

/** The name of a metric, with its unit and, for a counter, `_total`. @internal */
export const prometheusName = ({ name, type, unit }: Pick<Metric, "name" | "type" | "unit">): string => {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== "")
  const given = new Set(words)
  for (const word of unitWords(unit)) if (word !== "" && !given.has(word)) words.push(word)
  const last = type === "counter" ? "total" : type === "gauge" && unit === "1" ? "ratio" : undefined
  if (last !== undefined) words = [...words.filter((word) => word !== last), last]
  const text = words.join("_")
  return /^[0-9]/.test(text) ? `_${text}` : text
}

/** The name of a label. @internal */
export const labelName = (name: string): string => {
  const text = name.replace(/[^a-zA-Z0-9]+/g, "_")
  return /^[0-9]/.test(text) ? `key_${text}` : text
}
