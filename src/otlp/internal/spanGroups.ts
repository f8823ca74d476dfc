/**
 * Groups spans by resource and scope, as in every OTLP body.
 *
 * @internal
 */
import * as Equal from "effect/Equal"
import type { Scoped } from "../../core/internal/scoped.ts"
import type { InstrumentationScope, Resource } from "../../core/SpanData.ts"

/**
 * The spans of one scope in their original order.
 *
 * @internal
 */
export interface ScopeGroup<A> {
  readonly scope: InstrumentationScope
  readonly spans: ReadonlyArray<A>
}

/**
 * The spans of one resource by scope.
 *
 * @internal
 */
export interface ResourceGroup<A> {
  readonly resource: Resource
  readonly scopes: ReadonlyArray<ScopeGroup<A>>
}

interface OpenScope<A> extends ScopeGroup<A> {
  readonly spans: Array<A>
}

interface OpenResource<A> extends ResourceGroup<A> {
  readonly scopes: Array<OpenScope<A>>
}

/** A known resource object with its known scope objects. */
interface Known<A> {
  readonly group: OpenResource<A>
  readonly scopes: Map<InstrumentationScope, OpenScope<A>>
}

const sameText = (a: string | undefined, b: string | undefined): boolean => (a ?? "") === (b ?? "")

const none = {}

const sameScope = (a: InstrumentationScope, b: InstrumentationScope): boolean =>
  a.name === b.name && sameText(a.version, b.version) && sameText(a.schemaUrl, b.schemaUrl) &&
  Equal.equals(a.attributes ?? none, b.attributes ?? none)

const sameResource = (a: Resource, b: Resource): boolean =>
  sameText(a.schemaUrl, b.schemaUrl) && Equal.equals(a.attributes, b.attributes)

/** The only group, if all spans have one scope. Most batches do, and their list is not copied. */
const onlyGroup = <A extends Scoped>(spans: ReadonlyArray<A>): ResourceGroup<A> | undefined => {
  if (spans.length === 0) return undefined
  const { resource, scope } = spans[0]!
  for (let i = 1; i < spans.length; i++) {
    if (spans[i]!.resource !== resource || spans[i]!.scope !== scope) return undefined
  }
  return { resource, scopes: [{ scope, spans }] }
}

/**
 * Groups spans by resource, then scope. Objects are looked up by identity, which is enough for a process with one
 * resource. A new object joins a group of equal content. Otherwise a resource that was read from disk would be in the
 * body twice.
 *
 * @internal
 */
export const groupSpans = <A extends Scoped>(spans: ReadonlyArray<A>): ReadonlyArray<ResourceGroup<A>> => {
  const only = onlyGroup(spans)
  if (only !== undefined) return [only]
  const groups: Array<OpenResource<A>> = []
  const resources = new Map<Resource, Known<A>>()
  for (let i = 0; i < spans.length; i++) {
    const span = spans[i]!
    let entry = resources.get(span.resource)
    if (entry === undefined) {
      let group = groups.find((group) => sameResource(group.resource, span.resource))
      if (group === undefined) {
        group = { resource: span.resource, scopes: [] }
        groups.push(group)
      }
      entry = { group, scopes: new Map() }
      resources.set(span.resource, entry)
    }
    let scope = entry.scopes.get(span.scope)
    if (scope === undefined) {
      scope = entry.group.scopes.find((group) => sameScope(group.scope, span.scope))
      if (scope === undefined) {
        scope = { scope: span.scope, spans: [] }
        entry.group.scopes.push(scope)
      }
      entry.scopes.set(span.scope, scope)
    }
    scope.spans.push(span)
  }
  return groups
}
