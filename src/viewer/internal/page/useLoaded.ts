/** Loads a value from the source, and reloads it when something changes. */
import { useEffect, useRef, useState } from "preact/hooks"
import { source } from "./source.ts"

export interface Loaded<A> {
  readonly value: A | undefined
  readonly error: Error | undefined
  readonly isLoading: boolean
  readonly reload: () => void
}

// Milliseconds without a change before a reload, because spans arrive in bursts.
const quiet = 300

/** `concerns` decides whether a grown session requires a reload. */
export const useLoaded = <A>(
  load: () => Promise<A>,
  key: string,
  concerns: (traceId: string) => boolean = () => true
): Loaded<A> => {
  const [state, setState] = useState<Omit<Loaded<A>, "reload">>({ value: undefined, error: undefined, isLoading: true })
  const latest = useRef(0)
  const run = () => {
    const turn = ++latest.current
    load().then(
      (value) => turn === latest.current && setState({ value, error: undefined, isLoading: false }),
      (error: unknown) =>
        turn === latest.current &&
        setState((before) => ({
          ...before,
          error: error instanceof Error ? error : new Error(String(error)),
          isLoading: false
        }))
    )
  }
  useEffect(() => {
    run()
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = source.watch((traceId) => {
      if (!concerns(traceId) || timer !== undefined) return
      timer = setTimeout(() => {
        timer = undefined
        run()
      }, quiet)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [key])
  return { ...state, reload: run }
}
