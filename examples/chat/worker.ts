// The same app as a Cloudflare Worker.
import { makeApp } from "./app.ts"

interface Env {
  readonly COLLECTOR: string
  readonly MODEL: string
}

interface ExecutionContext {
  readonly waitUntil: (promise: Promise<unknown>) => void
  readonly passThroughOnException: () => void
  readonly props: unknown
}

let app: ReturnType<typeof makeApp> | undefined

export default {
  fetch: (request: Request, env: Env, context: ExecutionContext) => {
    app ??= makeApp(env.COLLECTOR, env.MODEL)
    return app.fetch(request, env, context)
  }
}
