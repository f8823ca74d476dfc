/** Small components that all views share. */
import type { ComponentChildren } from "preact"
import type { SessionRow, SessionState } from "../../SessionRow.ts"
import type { SpanView } from "../../SpanView.ts"
import { pretty } from "./format.ts"

const letters: Readonly<Record<string, readonly [letter: string, name: string]>> = {
  session: ["S", "session"],
  agent: ["A", "agent"],
  llm: ["M", "model call"],
  embeddings: ["E", "embeddings"],
  tool: ["T", "tool"],
  action: ["F", "action"],
  attempt: ["·", "attempt"],
  retrieval: ["R", "retrieval"],
  rerank: ["K", "rerank"],
  guardrail: ["G", "guardrail"],
  memory: ["Y", "memory"],
  approval: ["P", "approval"],
  handoff: ["H", "handoff"],
  evaluation: ["V", "evaluation"],
  chain: ["C", "step"],
  error: ["!", "error"],
  span: ["•", "span"]
}

export const categoryName = (category: string): string => letters[category]?.[1] ?? category

export const Badge = ({ category }: { readonly category: SpanView["category"] }) => {
  const [letter, name] = letters[category] ?? ["•", category]
  return <span class={`k k-${category}`} title={name} aria-hidden="true">{letter}</span>
}

const words: Readonly<Record<SessionState, string>> = {
  Running: "running",
  Success: "success",
  Fail: "failed",
  Indeterminate: "indeterminate"
}

export const stateName = (state: SessionState): string => words[state]

export const State = ({ row }: { readonly row: Pick<SessionRow, "state"> }) => (
  <span class="state">
    <i class={`dot s-${row.state}`} aria-hidden="true" />
    {words[row.state]}
  </span>
)

export const Json = ({ value }: { readonly value: unknown }) => <pre tabIndex={0}>{pretty(value)}</pre>

/** Attributes, sorted by name. */
export const Attributes = ({ attributes }: { readonly attributes: Readonly<Record<string, unknown>> }) => (
  <dl class="kv raw">
    {Object.entries(attributes).sort(([a], [b]) => a < b ? -1 : 1).map(([key, value]) => (
      <>
        <dt>{key}</dt>
        <dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd>
      </>
    ))}
  </dl>
)

/** The message of an empty view: what it means, and what to do. */
export const Empty = ({ children, title }: { readonly title: string; readonly children: ComponentChildren }) => (
  <div class="empty" role="status">
    <h2>{title}</h2>
    {children}
  </div>
)

export const Problem = ({ error, retry }: { readonly error: Error; readonly retry: () => void }) => (
  <div class="empty" role="alert">
    <h2>This could not be read</h2>
    <p>{error.message}</p>
    <p>
      Is the viewer still running? <code>npx effect-agentops dev</code> starts it.
    </p>
    <button type="button" onClick={retry}>Try again</button>
  </div>
)
