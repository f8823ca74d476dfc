import { pipe } from "effect"
import { AgentOps, type Content, Convention, Exporter, Redactor } from "effect-agentops"
import { expect, test } from "tstyche"

test("every convention has one signature, and each combinator returns a convention", () => {
  expect(Convention.standard).type.toBe<Convention.Convention>()
  expect(Convention.genAi("1.41")).type.toBe<Convention.Convention>()
  expect(Convention.agentOps).type.toBe<Convention.Convention>()
  expect(Convention.openInference).type.toBe<Convention.Convention>()
  expect(pipe(
    Convention.standard,
    Convention.rename({ a: "b" }),
    Convention.rename((key) => key.toLowerCase()),
    Convention.drop(["c"]),
    Convention.drop((key) => key.length > 9),
    Convention.when((span) => span.name === "x", Convention.agentOps),
    Convention.andThen((words) => ({ ...words, name: words.name.trim() }))
  )).type.toBe<Convention.Convention>()
  expect(Convention.genAi).type.not.toBeCallableWith("1.40")
  expect(Convention.andThen).type.not.toBeCallableWith(Convention.standard, () => ({ name: "x" }))
})

test("an exporter accepts a policy or a boolean", () => {
  expect(Exporter.otlp).type.toBeCallableWith({ content: "span", convention: Convention.openInference })
  expect(Exporter.otlp).type.toBeCallableWith({ content: true })
  expect(Exporter.otlp).type.not.toBeCallableWith({ content: "everything" })
  expect(Exporter.otlpLogs).type.toBeCallableWith({ content: "event", logsUrl: "http://localhost:4318/v1/logs" })
  // The option for the address has another name, because an address for traces would receive log records.
  expect(Exporter.otlpLogs).type.not.toBeCallableWith({ tracesUrl: "http://localhost:4318/v1/traces" })
  expect(Exporter.agentOps).type.toBeCallableWith({ logs: true, content: "both" })
  expect<Content.Policy>().type.toBe<"none" | "span" | "event" | "both">()
})

test("a redactor belongs to the whole tracing", () => {
  expect(Redactor.combine(Redactor.credentials, Redactor.personalData)).type.toBe<Redactor.Redactor>()
  expect(pipe(Redactor.credentials, Redactor.combine(Redactor.make(Redactor.emails)))).type.toBe<Redactor.Redactor>()
  expect(AgentOps.layer).type.toBeCallableWith({ serviceName: "x", redactor: Redactor.none })
  expect(AgentOps.layer).type.not.toBeCallableWith({ serviceName: "x", redactor: Redactor.emails })
  expect(Redactor.make).type.not.toBeCallableWith({ name: "x", decide: () => "drop" })
})
