/**
 * The demands of W3C Trace Context (Level 2) on a service that is called and calls another one: the headers that it
 * receives, and those that it sends. Headers are pairs, because one may occur twice.
 *
 * @see https://www.w3.org/TR/trace-context-2/
 */
export interface TraceContextCase {
  readonly name: string
  readonly sent: ReadonlyArray<readonly [name: string, value: string]>
  /** Whether the callee is in the caller's trace or in another one. */
  readonly trace: "continued" | "new"
  readonly flags?: string
  /** The complete state that is sent on, or `null` for none. */
  readonly state?: string | null
}

export const traceId = "4bf92f3577b34da6a3ce929d0e0e4736"
export const spanId = "00f067aa0ba902b7"
export const traceparent = `00-${traceId}-${spanId}-01`

type Sent = TraceContextCase["sent"]

const parents: ReadonlyArray<TraceContextCase> = [
  { name: "nothing", sent: [], trace: "new" },
  { name: "traceparent", sent: [["traceparent", traceparent]], trace: "continued", flags: "01" },
  { name: "not sampled", sent: [["traceparent", traceparent.replace(/01$/, "00")]], trace: "continued", flags: "00" },
  { name: "random", sent: [["traceparent", traceparent.replace(/01$/, "03")]], trace: "continued", flags: "03" },
  { name: "random alone", sent: [["traceparent", traceparent.replace(/01$/, "02")]], trace: "continued", flags: "02" },
  { name: "unknown flags", sent: [["traceparent", traceparent.replace(/01$/, "fd")]], trace: "continued", flags: "01" },
  { name: "name in title case", sent: [["TraceParent", traceparent]], trace: "continued" },
  { name: "name in upper case", sent: [["TRACEPARENT", traceparent]], trace: "continued" },
  { name: "name with a dash", sent: [["trace-parent", traceparent]], trace: "new" },
  { name: "name with a dot", sent: [["trace.parent", traceparent]], trace: "new" },
  { name: "twice", sent: [["traceparent", traceparent], ["traceparent", traceparent]], trace: "new" },
  { name: "white space around", sent: [["traceparent", ` \t${traceparent}\t `]], trace: "continued" },
  { name: "later version", sent: [["traceparent", `cc${traceparent.slice(2)}`]], trace: "continued", flags: "01" },
  { name: "later version, more parts", sent: [["traceparent", `cc${traceparent.slice(2)}-x`]], trace: "continued" },
  ...[
    ["version 00 with more parts", `${traceparent}-x`],
    ["version 00 with a dot", `${traceparent}.`],
    ["later version with a dot", `cc${traceparent.slice(2)}.x`],
    ["version ff", `ff${traceparent.slice(2)}`],
    ["version of no digit", `.0${traceparent.slice(2)}`],
    ["version of one digit", traceparent.slice(1)],
    ["version of three digits", `0${traceparent}`],
    ["version of four digits", `00${traceparent}`],
    ["trace id of zeros", `00-${"0".repeat(32)}-${spanId}-01`],
    ["trace id of no digit", `00-.${traceId.slice(1)}-${spanId}-01`],
    ["trace id in upper case", `00-${traceId.toUpperCase()}-${spanId}-01`],
    ["trace id too long", `00-${traceId}0-${spanId}-01`],
    ["trace id too short", `00-${traceId.slice(1)}-${spanId}-01`],
    ["parent id of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
    ["parent id of no digit", `00-${traceId}-${spanId.slice(1)}.-01`],
    ["parent id too long", `00-${traceId}-${spanId}0-01`],
    ["parent id too short", `00-${traceId}-${spanId.slice(1)}-01`],
    ["flags of no digit", `00-${traceId}-${spanId}-0.`],
    ["flags too long", `00-${traceId}-${spanId}-001`],
    ["flags too short", `00-${traceId}-${spanId}-1`],
    ["empty", ""]
  ].map(([name, value]): TraceContextCase => ({ name: name!, sent: [["traceparent", value!]], trace: "new" }))
]

const withState = (...values: ReadonlyArray<string>): Sent => [
  ["traceparent", traceparent],
  ...values.map((value) => ["tracestate", value] as const)
]

const count = (n: number) => Array.from({ length: n }, (_, i) => `k${i}=${i}`).join(",")
const lower = "abcdefghijklmnopqrstuvwxyz"
const characters = (from: number, to: number) =>
  String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, i) => from + i))
const octets = characters(0x20, 0x2b) + characters(0x2d, 0x3c) + characters(0x3e, 0x7e)

const kept: ReadonlyArray<readonly [name: string, values: ReadonlyArray<string>, state: string]> = [
  ["one", ["foo=1"], "foo=1"],
  ["order", ["foo=1,bar=2"], "foo=1,bar=2"],
  ["OpenTelemetry's own", ["ot=th:8;rv:0123456789abcd,foo=1"], "ot=th:8;rv:0123456789abcd,foo=1"],
  ["several headers", ["foo=1,bar=2", "rojo=1", "baz=3"], "foo=1,bar=2,rojo=1,baz=3"],
  ["an empty one after", ["foo=1", ""], "foo=1"],
  ["an empty one before", ["", "foo=1"], "foo=1"],
  ["empty members", [",foo=1,, ,bar=2,"], "foo=1,bar=2"],
  ["white space", [" foo=1 \t , \t bar=2\t"], "foo=1,bar=2"],
  ["space within a value", ["foo= a b"], "foo= a b"],
  ["a key twice", ["foo=1,foo=1"], "foo=1"],
  ["a key twice with two values", ["foo=1,bar=2,foo=3"], "foo=1,bar=2"],
  ["every character", [`${lower}0123456789_-*/@=${octets}`], `${lower}0123456789_-*/@=${octets}`],
  ["keys that begin with digits", ["0a=1"], "0a=1"],
  ["tenant keys", ["foo@=1,a@b@c=2,d@@e=3"], "foo@=1,a@b@c=2,d@@e=3"],
  ["a key of 256 characters", [`${"z".repeat(256)}=1`], `${"z".repeat(256)}=1`],
  ["a value of 256 characters", [`a=${"z".repeat(256)}`], `a=${"z".repeat(256)}`],
  ["32 members", [count(32)], count(32)],
  ["512 characters", [`a=${"x".repeat(250)},b=${"y".repeat(257 - 2)}`], `a=${"x".repeat(250)},b=${"y".repeat(255)}`],
  ["past 512 characters the last long member goes", [
    `a=${"x".repeat(250)},b=${"y".repeat(250)},c=${"z".repeat(100)}`
  ], `a=${"x".repeat(250)},c=${"z".repeat(100)}`],
  ["past 512 characters of short members the last goes", [
    Array.from({ length: 6 }, (_, i) => `k${i}=${"x".repeat(100)}`).join(",")
  ], Array.from({ length: 4 }, (_, i) => `k${i}=${"x".repeat(100)}`).join(",")]
]

const dropped: ReadonlyArray<readonly [name: string, value: string]> = [
  ["empty", ""],
  ["only commas", " , ,"],
  ["33 members", count(33)],
  ["a key with a space", "foo =1"],
  ["a key in upper case", "FOO=1"],
  ["a key with a dot", "foo.bar=1"],
  ["a key that begins with an at sign", "@foo=1,bar=2"],
  ["a key of 257 characters", `foo=1,${"z".repeat(257)}=1`],
  ["no key", "=1"],
  ["no equals sign", "foo"],
  ["an equals sign in a value", "foo=bar=baz"],
  ["an empty value beside a good one", "foo=,bar=3"],
  ["a value of 257 characters", `a=${"z".repeat(257)}`],
  ["a value with a tab", "foo=a\tb"]
]

const states: ReadonlyArray<TraceContextCase> = [
  ...kept.map(([name, values, state]): TraceContextCase => ({
    name: `tracestate: ${name}`,
    sent: withState(...values),
    trace: "continued",
    state
  })),
  ...dropped.map(([name, value]): TraceContextCase => ({
    name: `tracestate: ${name}`,
    sent: withState(value),
    trace: "continued",
    state: null
  })),
  { name: "tracestate: without a traceparent", sent: [["tracestate", "foo=1"]], trace: "new", state: null },
  {
    name: "tracestate: with a bad traceparent",
    sent: [["traceparent", `ff${traceparent.slice(2)}`], ["tracestate", "foo=1"]],
    trace: "new",
    state: null
  },
  {
    name: "tracestate: a name with a dash",
    sent: [...withState(), ["trace-state", "a=1"]],
    trace: "continued",
    state: null
  },
  {
    name: "tracestate: a name in any case",
    sent: [...withState(), ["TraceState", "a=1"]],
    trace: "continued",
    state: "a=1"
  }
]

export const traceContextCases: ReadonlyArray<TraceContextCase> = [...parents, ...states]
