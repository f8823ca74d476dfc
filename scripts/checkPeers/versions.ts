/**
 * The versions between which each optional peer is supported, as the tests meet them.
 *
 * A line of OpenTelemetry is many packages that go together, so those that the tests use beside the peers are in it
 * too. Versions are written down: what is tested does not change with the day.
 */

/** What a package is replaced by; an alias where it has another name in that line. */
export type Versions = Readonly<Record<string, string>>

const openTelemetry2_0: Versions = {
  "@opentelemetry/api": "1.9.0",
  "@opentelemetry/api-logs": "0.203.0",
  "@opentelemetry/context-async-hooks": "2.0.0",
  "@opentelemetry/core": "2.0.0",
  "@opentelemetry/exporter-trace-otlp-grpc": "0.203.0",
  "@opentelemetry/exporter-trace-otlp-http": "0.203.0",
  "@opentelemetry/exporter-trace-otlp-proto": "0.203.0",
  "@opentelemetry/instrumentation-http": "0.203.0",
  "@opentelemetry/instrumentation-undici": "0.14.0",
  "@opentelemetry/otlp-transformer": "0.203.0",
  "@opentelemetry/resources": "2.0.0",
  "@opentelemetry/sdk-logs": "0.203.0",
  "@opentelemetry/sdk-metrics": "2.0.0",
  "@opentelemetry/sdk-node": "0.203.0",
  "@opentelemetry/sdk-trace-base": "2.0.0",
  "@opentelemetry/sdk-trace-node": "2.0.0"
}

const openTelemetry3_1: Versions = {
  "@opentelemetry/api": "1.10.0",
  "@opentelemetry/context-async-hooks": "3.1.1",
  "@opentelemetry/core": "3.1.1",
  "@opentelemetry/exporter-trace-otlp-grpc": "0.301.0",
  "@opentelemetry/exporter-trace-otlp-http": "0.301.0",
  "@opentelemetry/exporter-trace-otlp-proto": "0.301.1",
  "@opentelemetry/instrumentation-http": "0.301.0",
  "@opentelemetry/instrumentation-undici": "0.34.0",
  "@opentelemetry/otlp-transformer": "0.301.1",
  "@opentelemetry/resources": "3.1.1",
  "@opentelemetry/sdk-logs": "3.1.1",
  "@opentelemetry/sdk-metrics": "3.1.1",
  "@opentelemetry/sdk-node": "0.301.0",
  // In this line the package has another name.
  "@opentelemetry/sdk-trace-base": "npm:@opentelemetry/sdk-trace@3.1.1"
}

export const lines: Readonly<Record<"lowest" | "highest", Versions>> = {
  lowest: {
    ...openTelemetry2_0,
    "@anthropic-ai/sdk": "0.60.0",
    "@effect/opentelemetry": "4.1.0",
    "@modelcontextprotocol/sdk": "1.20.0",
    ai: "7.0.0",
    effect: "4.1.0",
    openai: "6.0.0"
  },
  highest: {
    ...openTelemetry3_1,
    "@anthropic-ai/sdk": "1.14.0",
    "@effect/opentelemetry": "4.1.0",
    "@modelcontextprotocol/sdk": "1.32.2",
    ai: "7.0.173",
    effect: "4.1.0",
    openai: "7.57.0"
  }
}
