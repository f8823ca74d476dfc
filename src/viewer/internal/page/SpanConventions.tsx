/** One span in each convention, which the user selects. */
import { useState } from "preact/hooks"
import type { Node } from "../../Tree.ts"
import { Attributes, Empty, Problem } from "./parts.tsx"
import { source } from "./source.ts"
import { useLoaded } from "./useLoaded.ts"

export const SpanConventions = ({ node: { span }, traceId }: { readonly traceId: string; readonly node: Node }) => {
  const { error, isLoading, reload, value } = useLoaded(
    () => source.conventions(traceId, span.spanId),
    `${traceId} ${span.spanId}`,
    (changed) => changed === traceId
  )
  const [chosen, setChosen] = useState(0)
  if (error !== undefined) return <Problem error={error} retry={reload} />
  const shown = value?.[chosen]
  if (value === undefined || shown === undefined) {
    return isLoading ? <div aria-busy="true" /> : (
      <Empty title="Not in this page">
        <p>
          The page was saved without it. <code>npx effect-agentops view FILE</code> shows it.
        </p>
      </Empty>
    )
  }
  return (
    <div>
      <div class="chips inner" role="group" aria-label="Convention">
        {value.map(({ convention }, i) => (
          <button
            key={convention}
            type="button"
            class={i === chosen ? "chip on" : "chip"}
            aria-pressed={i === chosen}
            onClick={() => setChosen(i)}
          >
            {convention}
          </button>
        ))}
      </div>
      <p class="sub">
        {`${shown.name} · ${shown.kind} · ${Object.keys(shown.attributes).length} attributes`}
      </p>
      <Attributes attributes={shown.attributes} />
    </div>
  )
}
