/**
 * The versions between which each peer is supported, as the tests meet them. They are written down: what is tested does
 * not change with the day. Other packages that tests compare with stay at the repository's version, and bring what they
 * need themselves.
 */

/** What a package is replaced by. */
export type Versions = Readonly<Record<string, string>>

const openTelemetry2: Versions = {
  "@opentelemetry/api": "1.9.0",
  "@opentelemetry/context-async-hooks": "2.1.0",
  "@opentelemetry/resources": "2.1.0",
  "@opentelemetry/sdk-metrics": "2.1.0",
  "@opentelemetry/sdk-trace-base": "2.1.0"
}

const openTelemetry3: Versions = {
  "@opentelemetry/api": "1.10.0",
  "@opentelemetry/context-async-hooks": "3.1.1",
  "@opentelemetry/exporter-trace-otlp-grpc": "0.301.0",
  "@opentelemetry/exporter-trace-otlp-http": "0.301.0",
  "@opentelemetry/exporter-trace-otlp-proto": "0.301.1",
  "@opentelemetry/otlp-transformer": "0.301.1",
  "@opentelemetry/resources": "3.1.1",
  "@opentelemetry/sdk-logs": "3.1.1",
  "@opentelemetry/sdk-metrics": "3.1.1",
  "@opentelemetry/sdk-trace-base": "npm:@opentelemetry/sdk-trace@3.1.1"
}

export const lines: Readonly<Record<"lowest" | "highest", Versions>> = {
  lowest: {
    ...openTelemetry2,
    "@anthropic-ai/sdk": "0.85.0",
    "@effect/opentelemetry": "4.1.0",
    "@modelcontextprotocol/sdk": "1.23.0",
    ai: "7.0.129",
    effect: "4.1.0",
    openai: "6.0.0"
  },
  highest: {
    ...openTelemetry3,
    "@anthropic-ai/sdk": "1.14.0",
    "@effect/opentelemetry": "4.1.0",
    "@modelcontextprotocol/sdk": "1.32.2",
    ai: "7.0.173",
    effect: "4.1.0",
    openai: "7.57.0"
  }
}
