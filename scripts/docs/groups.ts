/**
 * The pages in the order in which a reader needs them. A test checks that each page is in one group.
 */

/** The how-to pages. */
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

/** The pages of reference. */
export const reference: ReadonlyArray<string> = [
  "combinators",
  "options",
  "exporters",
  "environment",
  "metrics",
  "conventions",
  "models",
  "delivery",
  "kill-safe",
  "grpc",
  "interop",
  "compliance"
]

/** The pages of explanation. */
export const explanation: ReadonlyArray<string> = [
  "session-is-a-trace",
  "where-a-session-ends",
  "delivery",
  "disk",
  "metrics",
  "what-it-costs",
  "import-cost",
  "testing"
]
