/** The steps of a session on a time axis, each with its duration and cost. Only visible rows are drawn. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import type { Node, Step } from "../../Tree.ts"
import * as Tree from "../../Tree.ts"
import { duration, money } from "./format.ts"
import { Badge, categoryName } from "./parts.tsx"

export const rowHeight = 28

const colorOf = (node: Node): string => node.span.state === "failed" ? "b-err" : `b-${node.span.category}`

interface Range {
  readonly start: number
  readonly length: number
}

const place = (range: Range, start: number, length: number) => ({
  left: `${Math.max(0, Math.min(100, 100 * (start - range.start) / range.length))}%`,
  width: `max(2px, ${Math.min(100, 100 * length / range.length)}%)`
})

const Bars = ({ node, range }: { readonly node: Node; readonly range: Range }) => {
  const { attempts, span } = node
  if (attempts.length > 1) {
    return (
      <>
        <div class={`bar quiet ${colorOf(node)}`} style={place(range, span.start, span.duration)} />
        {attempts.map((attempt) => (
          <div
            key={attempt.spanId}
            class={`bar ${attempt.state === "failed" ? "b-err" : colorOf(node)}`}
            style={place(range, attempt.start, attempt.duration)}
          />
        ))}
      </>
    )
  }
  const isHolder = span.category === "session" || span.category === "agent" || span.category === "chain"
  if (span.timeToFirstChunk === undefined) {
    return (
      <div class={`bar ${isHolder ? "quiet " : ""}${colorOf(node)}`} style={place(range, span.start, span.duration)} />
    )
  }
  // A streamed call is drawn as waiting until its first chunk.
  const first = Math.min(span.duration, span.timeToFirstChunk * 1000)
  return (
    <>
      <div class={`bar quiet ${colorOf(node)}`} style={place(range, span.start, span.duration)} />
      <div class={`bar ${colorOf(node)}`} style={place(range, span.start + first, span.duration - first)} />
      <div class="tick" style={{ left: place(range, span.start + first, 0).left }} />
    </>
  )
}

const Row = ({ isClosed, isSelected, onSelect, onToggle, range, service, step, top }: {
  /** The service of the step if it differs from its parent's. */
  readonly service: string | undefined
  readonly step: Step
  readonly top: number
  readonly range: Range
  readonly isSelected: boolean
  readonly isClosed: boolean
  readonly onSelect: () => void
  readonly onToggle: () => void
}) => {
  const { depth, node } = step
  const { span } = node
  const hasChildren = node.children.length > 0
  return (
    <div
      id={`step-${span.spanId}`}
      class={isSelected ? "row sel" : "row"}
      style={{ top: `${top}px` }}
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isSelected}
      aria-expanded={hasChildren ? !isClosed : undefined}
      onClick={onSelect}
    >
      <div class="t" style={{ paddingLeft: `${Math.min(depth, 24) * 14}px` }}>
        <span
          class={hasChildren ? "twist" : "twist none"}
          onClick={(event) => {
            event.stopPropagation()
            onToggle()
          }}
        >
          {hasChildren ? (isClosed ? "▸" : "▾") : ""}
        </span>
        <Badge category={span.category} />
        <span class="hidden">{categoryName(span.category)}</span>
        <span class={span.state === "failed" ? "x bad" : "x"}>
          {Tree.labelOf(node)}
          {span.state === "failed"
            ? ` ✗ ${span.errorType ?? ""}`
            : span.state === "interrupted"
            ? " ◌ interrupted"
            : ""}
          {service === undefined ? null : <span class="sub">{` in ${service}`}</span>}
          {node.attempts.length > 1 ? <span class="sub">{` ${node.attempts.length} attempts`}</span> : null}
          {node.isOrphan ? <span class="sub" title="Its parent is not here">{" ⤴ parent missing"}</span> : null}
        </span>
      </div>
      <div class="num">{duration(span.duration)}</div>
      <div class={span.cost === undefined ? "num zero" : "num"}>
        {span.cost === undefined ? "–" : `${span.costIsEstimated ? "~" : ""}${money(span.cost)}`}
      </div>
      <div class="track">
        <Bars node={node} range={range} />
      </div>
    </div>
  )
}

const rangeOf = (steps: ReadonlyArray<Step>): Range => {
  let start = Infinity
  let end = -Infinity
  for (const { node: { span } } of steps) {
    start = Math.min(start, span.start)
    end = Math.max(end, span.start + span.duration)
  }
  return { start, length: Math.max(0.001, end - start) }
}

/** The services of the steps whose parent is in another service. */
const changesOfService = (nodes: ReadonlyArray<Node>): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  for (const { node } of Tree.flatten(nodes)) {
    for (const { span } of node.children) {
      if (span.service !== node.span.service) found.set(span.spanId, span.service)
    }
  }
  return found
}

export const Waterfall = ({ nodes, onSelect, selected }: {
  readonly nodes: ReadonlyArray<Node>
  readonly selected: string | undefined
  readonly onSelect: (spanId: string) => void
}) => {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [top, setTop] = useState(0)
  const [height, setHeight] = useState(600)
  const box = useRef<HTMLDivElement>(null)
  const steps = useMemo(() => Tree.flatten(nodes, closed), [nodes, closed])
  const range = useMemo(() => rangeOf(Tree.flatten(nodes)), [nodes])
  const serviceOf = useMemo(() => changesOfService(nodes), [nodes])
  const at = steps.findIndex(({ node }) => node.span.spanId === selected)

  const toggle = (spanId: string, close?: boolean) => {
    const next = new Set(closed)
    if (close ?? !closed.has(spanId)) next.add(spanId)
    else next.delete(spanId)
    setClosed(next)
  }

  useEffect(() => {
    const element = box.current
    if (element === null) return
    const watcher = new ResizeObserver(() => setHeight(element.clientHeight))
    watcher.observe(element)
    return () => watcher.disconnect()
  }, [])

  useEffect(() => {
    const element = box.current
    if (element === null || at < 0) return
    const y = at * rowHeight
    if (y < element.scrollTop) element.scrollTop = y
    else if (y + rowHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = y + rowHeight - element.clientHeight
    }
  }, [at])

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step = steps[at]
    const to = (index: number) => {
      const next = steps[Math.max(0, Math.min(steps.length - 1, index))]
      if (next !== undefined) onSelect(next.node.span.spanId)
    }
    const page = Math.max(1, Math.floor(height / rowHeight) - 1)
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => to(at + 1),
      j: () => to(at + 1),
      ArrowUp: () => to(at - 1),
      k: () => to(at - 1),
      PageDown: () => to(at + page),
      PageUp: () => to(at - page),
      Home: () => to(0),
      End: () => to(steps.length - 1),
      ArrowLeft: () => {
        if (step === undefined) return
        if (step.node.children.length > 0 && !closed.has(step.node.span.spanId)) toggle(step.node.span.spanId, true)
        else to(steps.findLastIndex(({ depth }, i) => i < at && depth < step.depth))
      },
      ArrowRight: () => {
        if (step !== undefined && closed.has(step.node.span.spanId)) toggle(step.node.span.spanId, false)
        else to(at + 1)
      }
    }
    const act = keys[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }

  const from = Math.max(0, Math.floor(top / rowHeight) - 10)
  const until = Math.min(steps.length, Math.ceil((top + height) / rowHeight) + 10)
  const marks = [0, 0.25, 0.5, 0.75, 1]
  return (
    <div class="waterfall">
      <div class="ruler" aria-hidden="true">
        <span>Step</span>
        <span class="num">time</span>
        <span class="num">cost</span>
        <span class="r">
          {marks.map((mark) => <span key={mark}>{mark === 0 ? "0" : duration(range.length * mark)}</span>)}
        </span>
      </div>
      <div
        ref={box}
        class="rows"
        role="tree"
        tabIndex={0}
        aria-label={`${steps.length} steps`}
        aria-activedescendant={at >= from && at < until ? `step-${selected}` : undefined}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
      >
        <div class="space" role="presentation" style={{ height: `${steps.length * rowHeight}px` }}>
          {steps.slice(from, until).map((step, i) => (
            <Row
              key={step.node.span.spanId}
              step={step}
              service={serviceOf.get(step.node.span.spanId)}
              top={(from + i) * rowHeight}
              range={range}
              isSelected={step.node.span.spanId === selected}
              isClosed={closed.has(step.node.span.spanId)}
              onSelect={() => onSelect(step.node.span.spanId)}
              onToggle={() => toggle(step.node.span.spanId)}
            />
          ))}
        </div>
      </div>
    </div>
  )
}
