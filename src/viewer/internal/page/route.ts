/** The page's routes. They are in the fragment of the address, so that links into a saved file work too. */
import { useEffect, useState } from "preact/hooks"
import type { Query } from "../../Query.ts"
import { sorts } from "../../Query.ts"
import { states } from "../../SessionRow.ts"

export type Route =
  | { readonly view: "list"; readonly query: Query }
  | { readonly view: "session"; readonly traceId: string; readonly spanId: string | undefined }
  | { readonly view: "metrics" }
  | { readonly view: "compare"; readonly left: string; readonly right: string }

const numbers = ["minCost", "minDuration", "since"] as const
const texts = ["text", "tag", "model", "service"] as const

const queryOf = (search: URLSearchParams): Query => {
  const query: Record<string, unknown> = {}
  for (const key of texts) if (search.get(key)) query[key] = search.get(key)
  for (const key of numbers) if (search.get(key)) query[key] = Number(search.get(key))
  const state = states.find((state) => state === search.get("state"))
  const sort = sorts.find((sort) => sort === search.get("sort"))
  if (state !== undefined) query["state"] = state
  if (sort !== undefined) query["sort"] = sort
  if (search.get("ascending") === "true") query["ascending"] = true
  return query
}

// A malformed address must not break the page.
const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

export const parse = (hash: string): Route => {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?")
  const parts = path.split("/").map(decoded)
  const parameters = new URLSearchParams(search)
  if (parts[0] === "session" && parts[1]) {
    return { view: "session", traceId: parts[1], spanId: parameters.get("span") ?? undefined }
  }
  if (parts[0] === "compare" && parts[1] && parts[2]) return { view: "compare", left: parts[1], right: parts[2] }
  if (parts[0] === "metrics") return { view: "metrics" }
  return { view: "list", query: queryOf(parameters) }
}

export const listHref = (query: Query): string => {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "" && value !== false) search.set(key, String(value))
  }
  const text = search.toString()
  return text === "" ? "#/" : `#/?${text}`
}

export const sessionHref = (traceId: string, spanId?: string): string =>
  `#/session/${encodeURIComponent(traceId)}${spanId === undefined ? "" : `?span=${encodeURIComponent(spanId)}`}`

export const compareHref = (left: string, right: string): string =>
  `#/compare/${encodeURIComponent(left)}/${encodeURIComponent(right)}`

export const go = (href: string, options?: { readonly replace?: boolean }): void => {
  if (options?.replace === true) {
    history.replaceState(null, "", href)
    dispatchEvent(new HashChangeEvent("hashchange"))
  } else {
    location.hash = href.slice(1)
  }
}

// Moves the path of a server link, such as one that a program printed, into the fragment.
const fromPath = (): void => {
  if (location.protocol === "file:" || location.pathname === "/" || location.hash !== "") return
  history.replaceState(null, "", `/#${location.pathname}${location.search}`)
}

export const useRoute = (): Route => {
  const [route, setRoute] = useState(() => {
    fromPath()
    return parse(location.hash)
  })
  useEffect(() => {
    const onChange = () => setRoute(parse(location.hash))
    addEventListener("hashchange", onChange)
    return () => removeEventListener("hashchange", onChange)
  }, [])
  return route
}
