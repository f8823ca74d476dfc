/**
 * The lowest and highest tested version of each peer. They are written down, so that the tests do not change from day
 * to day. Other packages that tests compare with keep the repository's version, and install their own dependencies.
 * need themselves.
 */

/** The replacements of a package's version. */
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
