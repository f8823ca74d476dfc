/** The page: a header, and the view that the address selects. */
import { render } from "preact"
import { useEffect, useRef, useState } from "preact/hooks"
import { Compare } from "./Compare.tsx"
import { Metrics } from "./Metrics.tsx"
import { go, listHref, type Route, useRoute } from "./route.ts"
import { SessionList } from "./SessionList.tsx"
import { SessionPage } from "./SessionPage.tsx"
import { source } from "./source.ts"

const stored = (): string | null => {
  try {
    return localStorage.getItem("theme")
  } catch {
    // Storage may be forbidden for a page that was opened from a file.
    return null
  }
}

const Theme = () => {
  const [theme, setTheme] = useState(
    () => stored() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")
  )
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme
    try {
      localStorage.setItem("theme", theme)
    } catch {
      // Storage may be forbidden here too.
    }
  }, [theme])
  const other = theme === "dark" ? "light" : "dark"
  return (
    <button type="button" class="link" aria-label={`Use the ${other} colours`} onClick={() => setTheme(other)}>
      {theme === "dark" ? "☀" : "☾"}
    </button>
  )
}

const Search = ({ route }: { readonly route: Route }) => {
  const field = useRef<HTMLInputElement>(null)
  const query = route.view === "list" ? route.query : {}
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.target instanceof HTMLInputElement) return
      event.preventDefault()
      field.current?.focus()
    }
    addEventListener("keydown", onKey)
    return () => removeEventListener("keydown", onKey)
  }, [])
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        go(listHref({ ...query, text: field.current?.value || undefined }))
      }}
    >
      <input
        ref={field}
        class="search"
        type="search"
        key={query.text ?? ""}
        defaultValue={query.text ?? ""}
        placeholder="Search names, messages, errors, ids"
        aria-label="Search names, messages, errors and ids. Press / to come here"
      />
    </form>
  )
}

const crumbs = { list: "Sessions", session: "Session", compare: "Comparison", metrics: "Metrics" } as const

const crumb = (route: Route): string => crumbs[route.view]

const App = () => {
  const route = useRoute()
  useEffect(() => {
    document.title = `${crumb(route)} · effect-agentops`
  }, [route])
  return (
    <div class="app">
      <header>
        <a class="brand" href="#/">effect-agentops</a>
        <nav class="crumb" aria-label="Views">
          <a href="#/" aria-current={route.view === "list" ? "page" : undefined}>Sessions</a>
          <a href="#/metrics" aria-current={route.view === "metrics" ? "page" : undefined}>Metrics</a>
        </nav>
        <span class="live">
          {source.isLive ? <i aria-hidden="true" /> : null}
          {source.isLive ? `live on ${source.name}` : source.name}
        </span>
        <span class="grow" />
        <Search route={route} />
        <Theme />
      </header>
      {route.view === "list" ? <SessionList query={route.query} /> : null}
      {route.view === "metrics" ? <Metrics /> : null}
      {route.view === "session"
        ? <SessionPage key={route.traceId} traceId={route.traceId} spanId={route.spanId} />
        : null}
      {route.view === "compare" ? <Compare left={route.left} right={route.right} /> : null}
    </div>
  )
}

render(<App />, document.getElementById("app")!)
