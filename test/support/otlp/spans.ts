/** Handwritten spans for tests of one feature. */
import type { SpanData } from "../../../src/core/SpanData.ts"

/** A plain span with the given fields. */
export const makeSpan = (fields: Partial<SpanData> = {}): SpanData => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentSpanId: undefined,
  parentIsRemote: false,
  traceState: undefined,
  sampled: true,
  random: false,
  name: "span",
  kind: "internal",
  status: { code: "unset" },
  startTime: 1_762_000_000_123_456_789n,
  endTime: 1_762_000_001_000_000_001n,
  attributes: {},
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
  resource: { attributes: { "service.name": "test" } },
  scope: { name: "effect-agentops" },
  ...fields
})

/** A span that uses every field. */
export const fullSpan: SpanData = makeSpan({
  parentSpanId: "00f067aa0ba902b7",
  parentIsRemote: true,
  traceState: "vendor=x:1,other=y",
  random: true,
  name: "agent.run – 日本 😀",
  kind: "client",
  status: { code: "error", message: "it broke" },
  attributes: {
    text: "héllo",
    empty: "",
    yes: true,
    no: false,
    zero: 0,
    negative: -1,
    large: 2 ** 53 - 1,
    ratio: 0.25,
    texts: ["a", "ü", ""],
    numbers: [1, -2],
    fractions: [0.5, -2.25],
    flags: [true, false],
    none: []
  },
  droppedAttributesCount: 3,
  events: [{
    name: "exception",
    time: 1_762_000_000_500_000_007n,
    attributes: { "exception.type": "Error" },
    droppedAttributesCount: 1
  }],
  droppedEventsCount: 4,
  links: [{
    traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
    spanId: "00f067aa0ba902b8",
    traceState: "linked=1",
    sampled: false,
    random: true,
    isRemote: true,
    attributes: { reason: "retry" },
    droppedAttributesCount: 2
  }],
  droppedLinksCount: 5,
  resource: { attributes: { "service.name": "support-bot" }, schemaUrl: "https://opentelemetry.io/schemas/1.38.0" },
  scope: { name: "effect-agentops", version: "0.1.0", schemaUrl: "https://opentelemetry.io/schemas/1.37.0" }
})
