/**
 * Finds the function by which a platform keeps a function running after its response.
 *
 * @internal
 */
import { property, tryOrUndefined } from "../../../core/internal/inspect.ts"
import { lambdaWaitUntil } from "./lambda.ts"

/** @internal */
export type WaitUntil = (promise: Promise<unknown>) => void

const isObject = (value: unknown): value is object =>
  (typeof value === "object" && value !== null) || typeof value === "function"

const methodOf = (value: unknown): WaitUntil | undefined => {
  if (!isObject(value)) return undefined
  const method = property(value, "waitUntil")
  return typeof method === "function" ? (promise) => void (method as WaitUntil).call(value, promise) : undefined
}

/** The objects in which Next.js and Vercel keep the current request. */
const requestContexts = [Symbol.for("@next/request-context"), Symbol.for("@vercel/request-context")]

const fromRequestContext = (): WaitUntil | undefined => {
  for (const symbol of requestContexts) {
    const store = property(globalThis, symbol)
    const get = isObject(store) ? property(store, "get") : undefined
    if (typeof get !== "function") continue
    const found = methodOf(tryOrUndefined(() => (get as () => unknown).call(store)))
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The platform's `waitUntil`: Lambda's extension, an argument of the handler (the context of Cloudflare and Netlify, an
 * event of a service worker, the context of Hono), or the request context of Next.js and Vercel.
 *
 * @internal
 */
export const findWaitUntil = (args: ReadonlyArray<unknown>): WaitUntil | undefined => {
  const lambda = lambdaWaitUntil()
  if (lambda !== undefined) return lambda
  for (const arg of args) {
    // Hono's getter throws if the platform has none.
    const found = methodOf(arg) ?? (isObject(arg) ? methodOf(property(arg, "executionCtx")) : undefined)
    if (found !== undefined) return found
  }
  return fromRequestContext()
}
