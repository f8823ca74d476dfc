/**
 * Where a call of a client of promises belongs.
 *
 * Such a client is lent for an effect, and its calls belong there, unless a framework
 * in between makes them: then they belong in that framework's run. Frameworks keep
 * their run in an `AsyncLocalStorage` of their own; each integration tells here how to
 * find its event.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Tracer from "effect/Tracer"
import { attempt } from "../../core/internal/look.ts"

type Find = () => Context.Context<never> | undefined

const finders = new Set<Find>()

/** Makes a framework's runs known, until the function that comes back is called. @internal */
export const addFinder = (find: Find): () => void => {
  // Two runs of one framework have the same one.
  const own: Find = () => find()
  finders.add(own)
  return () => void finders.delete(own)
}

const traceOf = (context: Context.Context<never>): string | undefined =>
  Context.getOrUndefined(context, Tracer.ParentSpan)?.traceId

/** The context of a framework's run here, if it is of the same trace; else the one that is given. @internal */
export const ambient = (given: Context.Context<never>): Context.Context<never> => {
  for (const find of finders) {
    const found = attempt(find)
    const known = traceOf(given)
    if (found !== undefined && (known === undefined || known === traceOf(found))) return found
  }
  return given
}

interface Storage<A> {
  readonly getStore: () => A | undefined
  readonly run: <B>(store: A, f: () => B) => B
}

interface AsyncHooks {
  readonly AsyncLocalStorage: new<A>() => Storage<A>
}

/** What follows a chain of promises, where the runtime can. */
const makeStorage = <A>(): Storage<A> | undefined => {
  const { process } = globalThis as { readonly process?: { readonly getBuiltinModule?: (id: string) => unknown } }
  const hooks = attempt(() => process?.getBuiltinModule?.("node:async_hooks")) as AsyncHooks | undefined
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage<A>()
}

/** A value for all that a function of promises does, and the promises after it. @internal */
export class Following<A> {
  readonly #storage = makeStorage<A>()
  /** Where nothing can follow promises: those that are under way, the last one last. */
  readonly #running = new Set<A>()

  get(): A | undefined {
    return this.#storage === undefined ? [...this.#running].at(-1) : this.#storage.getStore()
  }

  run<B>(value: A, f: () => PromiseLike<B>): PromiseLike<B> {
    if (this.#storage !== undefined) return this.#storage.run(value, f)
    this.#running.add(value)
    const done = (): void => void this.#running.delete(value)
    const promise = f()
    promise.then(done, done)
    return promise
  }
}
