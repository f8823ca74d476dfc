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
    "@anthropic-ai/claude-agent-sdk": "0.2.20",
    "@anthropic-ai/sdk": "0.85.0",
    "@aws-sdk/client-bedrock-runtime": "3.600.0",
    "@effect/opentelemetry": "4.1.0",
    "@effect/platform-node": "4.1.0",
    "@google/genai": "1.0.0",
    "@langchain/core": "0.3.58",
    "@langchain/langgraph": "0.4.0",
    "@langchain/openai": "0.5.0",
    "@mastra/core": "1.0.4",
    "@mastra/observability": "1.0.0",
    "@mistralai/mistralai": "1.0.3",
    "@modelcontextprotocol/client": "2.0.0",
    "@modelcontextprotocol/sdk": "1.23.0",
    "@modelcontextprotocol/server": "2.0.0",
    "@openai/agents-core": "0.8.0",
    "@openai/agents-openai": "0.8.0",
    "@pydantic/genai-prices": "0.1.7",
    "@smithy/node-http-handler": "3.0.1",
    ai: "7.0.129",
    "cohere-ai": "7.17.0",
    effect: "4.1.0",
    "groq-sdk": "0.20.1",
    ollama: "0.5.6",
    openai: "6.0.0"
  },
  highest: {
    ...openTelemetry3,
    "@anthropic-ai/claude-agent-sdk": "0.3.332",
    "@anthropic-ai/sdk": "1.14.0",
    "@aws-sdk/client-bedrock-runtime": "3.1164.0",
    "@effect/opentelemetry": "4.1.0",
    "@effect/platform-node": "4.1.0",
    "@google/genai": "3.3.0",
    "@langchain/core": "1.4.0",
    "@langchain/langgraph": "1.7.3",
    "@langchain/openai": "1.5.8",
    "@mastra/core": "1.71.0",
    "@mastra/observability": "1.17.9",
    "@mistralai/mistralai": "2.7.0",
    "@modelcontextprotocol/client": "2.4.0",
    "@modelcontextprotocol/sdk": "1.32.2",
    "@modelcontextprotocol/server": "2.4.0",
    "@openai/agents-core": "0.20.0",
    "@openai/agents-openai": "0.20.0",
    "@pydantic/genai-prices": "0.1.8",
    ai: "7.0.173",
    "cohere-ai": "8.1.0",
    effect: "4.1.0",
    "groq-sdk": "1.6.0",
    ollama: "0.6.4",
    openai: "7.57.0"
  }
}
