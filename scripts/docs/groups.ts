/**
 * The how-to pages in the order in which a reader needs them. A test checks that each page is in one group.
 */
export const howTo: ReadonlyArray<readonly [title: string, pages: ReadonlyArray<string>]> = [
  ["Trace", [
    "sessions",
    "sdks",
    "streaming",
    "serverless",
    "steps",
    "approvals",
    "workflows",
    "suspend-and-resume",
    "services",
    "past-events"
  ]],
  ["Sessions", ["input-output", "conversations", "cost", "budgets", "sampling"]],
  ["Where traces go", [
    "destinations",
    "agentops",
    "collector",
    "jaeger",
    "grafana",
    "prometheus",
    "phoenix",
    "langfuse",
    "mlflow",
    "viewer",
    "opentelemetry",
    "devtools"
  ]],
  ["Privacy", ["content", "redaction", "media"]],
  ["Test and judge", ["test-an-agent", "replay", "evaluate", "read-traces"]],
  ["Extend", ["own-kind", "processors", "own-exporter", "own-convention", "own-integration"]]
]
