/** All facts of one span. */
import { failureOf, type LogView, type SpanView } from "../../SpanView.ts"
import type { Node } from "../../Tree.ts"
import { clock, count, duration, money } from "./format.ts"
import { Attributes, categoryName, Json } from "./parts.tsx"
import { sessionHref } from "./route.ts"

const Facts = ({ facts }: { readonly facts: ReadonlyArray<readonly [name: string, value: string | undefined]> }) => (
  <dl class="kv">
    {facts.filter(([, value]) => value !== undefined && value !== "").map(([name, value]) => (
      <>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </>
    ))}
  </dl>
)

/** The output tokens per second after the first chunk. */
const speed = ({ duration: took, timeToFirstChunk, usage }: SpanView): string | undefined => {
  if (timeToFirstChunk === undefined || usage === undefined) return undefined
  const seconds = took / 1000 - timeToFirstChunk
  return seconds <= 0 ? undefined : `${count(Math.round(usage.outputTokens / seconds))} tokens/s`
}

const factsOf = ({ attempts, span }: Node): ReadonlyArray<readonly [string, string | undefined]> => [
  ["kind", categoryName(span.category)],
  ["name", span.name],
  ["state", span.state],
  ["error", failureOf(span)],
  ["started", clock(span.start)],
  ["took", duration(span.duration)],
  ["attempts", attempts.length > 1 ? count(attempts.length) : undefined],
  ["model", span.responseModel ?? span.model],
  ["provider", span.provider],
  ["finish reasons", span.finishReasons?.join(", ")],
  ["input tokens", span.usage === undefined ? undefined : count(span.usage.inputTokens)],
  ["of them cached", span.usage?.cacheReadTokens === undefined ? undefined : count(span.usage.cacheReadTokens)],
  ["written to cache", span.usage?.cacheWriteTokens === undefined ? undefined : count(span.usage.cacheWriteTokens)],
  ["output tokens", span.usage === undefined ? undefined : count(span.usage.outputTokens)],
  ["of them reasoning", span.usage?.reasoningTokens === undefined ? undefined : count(span.usage.reasoningTokens)],
  ["first chunk after", span.timeToFirstChunk === undefined ? undefined : duration(span.timeToFirstChunk * 1000)],
  ["then", speed(span)],
  [
    "cost",
    span.cost === undefined
      ? undefined
      : `${money(span.cost)}${span.costIsEstimated ? ", estimated from the tokens" : ""}`
  ],
  ["agent", span.agentName],
  ["user", span.userId],
  ["conversation", span.conversationId],
  ["service", span.service],
  ["told in the words of", span.vocabulary]
]

const Section = ({ children, title }: { readonly title: string; readonly children: preact.ComponentChildren }) => (
  <section>
    <h2>{title}</h2>
    {children}
  </section>
)

const Attempts = ({ attempts }: { readonly attempts: ReadonlyArray<SpanView> }) =>
  attempts.length < 2 ? null : (
    <Section title="Attempts">
      <ol>
        {attempts.map((attempt) => (
          <li key={attempt.spanId} class={attempt.state === "failed" ? "bad" : undefined}>
            {`${duration(attempt.duration)} ${
              attempt.state === "failed"
                ? failureOf(attempt)
                : "succeeded"
            }`}
          </li>
        ))}
      </ol>
    </Section>
  )

const Links = ({ span }: { readonly span: SpanView }) =>
  span.links.length === 0 ? null : (
    <Section title="Links">
      <ul>
        {span.links.map((link) => (
          <li key={link.spanId}>
            <a href={sessionHref(link.traceId, link.spanId)}>{`${link.traceId} / ${link.spanId}`}</a>
          </li>
        ))}
      </ul>
    </Section>
  )

export const LogList = ({ logs, start }: { readonly logs: ReadonlyArray<LogView>; readonly start: number }) => (
  <ol class="logs">
    {logs.map((log, i) => (
      <li key={i} class={log.severityNumber >= 17 ? "bad" : undefined}>
        <span class="sub">{`+${duration(Math.max(0, log.time - start))} ${log.severity}`}</span>
        <div class="text">{typeof log.body === "string" ? log.body : JSON.stringify(log.body)}</div>
        {Object.keys(log.attributes).length > 0 ? <Json value={log.attributes} /> : null}
      </li>
    ))}
  </ol>
)

export const SpanFacts = ({ logs, node }: { readonly node: Node; readonly logs: ReadonlyArray<LogView> }) => {
  const { span } = node
  const own = logs.filter(({ spanId }) =>
    spanId === span.spanId || node.attempts.some((attempt) => attempt.spanId === spanId)
  )
  const isCall = span.category === "llm" || span.category === "embeddings"
  return (
    <div>
      <Facts facts={factsOf(node)} />
      <Attempts attempts={node.attempts} />
      {!isCall && span.input !== undefined
        ? (
          <Section title="Input">
            <Json value={span.input} />
          </Section>
        )
        : null}
      {!isCall && span.output !== undefined
        ? (
          <Section title="Output">
            <Json value={span.output} />
          </Section>
        )
        : null}
      {isCall && span.inputMessages !== undefined
        ? (
          <Section title="Messages sent">
            <Json value={span.inputMessages} />
          </Section>
        )
        : null}
      {isCall && span.outputMessages !== undefined
        ? (
          <Section title="Messages answered">
            <Json value={span.outputMessages} />
          </Section>
        )
        : null}
      {span.stack === undefined ? null : (
        <Section title="Stack">
          <Json value={span.stack} />
        </Section>
      )}
      {span.events.length === 0 ? null : (
        <Section title="Events">
          <ol class="logs">
            {span.events.map((event, i) => (
              <li key={i}>
                <span class="sub">{`+${duration(Math.max(0, event.time - span.start))} ${event.name}`}</span>
                {Object.keys(event.attributes).length > 0 ? <Json value={event.attributes} /> : null}
              </li>
            ))}
          </ol>
        </Section>
      )}
      {own.length === 0 ? null : (
        <Section title="Logs">
          <LogList logs={own} start={span.start} />
        </Section>
      )}
      <Links span={span} />
    </div>
  )
}

export const SpanRaw = ({ node: { span } }: { readonly node: Node }) => (
  <div>
    <Section title="Attributes">
      <Attributes attributes={span.attributes} />
    </Section>
    <Section title="Resource">
      <Json value={span.resource} />
    </Section>
    <Section title="Ids">
      <Facts
        facts={[
          ["trace", span.traceId],
          ["span", span.spanId],
          ["parent", span.parentSpanId],
          ["span kind", span.kind],
          ["scope", span.scope]
        ]}
      />
    </Section>
  </div>
)
