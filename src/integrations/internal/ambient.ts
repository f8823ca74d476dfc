/**
 * Finds the context of a call of a client of promises.
 *
 * Such a client is lent to an effect, and its calls belong to that effect. But if a framework makes the call, it
 * belongs to the framework's run. Frameworks keep their run in their own `AsyncLocalStorage`. Each integration
 * registers here how to find its event.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Tracer from "effect/Tracer"
import { tryOrUndefined } from "../../core/internal/inspect.ts"

type Find = () => Context.Context<never> | undefined

const finders = new Set<Find>()

/** Registers how to find a framework's run. The returned function removes it. @internal */
export const addFinder = (find: Find): () => void => {
  // A new function, because two runs of one framework may register the same one.
  const own: Find = () => find()
  finders.add(own)
  return () => void finders.delete(own)
}

const traceOf = (context: Context.Context<never>): string | undefined =>
  Context.getOrUndefined(context, Tracer.ParentSpan)?.traceId

/** The context of the current framework run if it is in the same trace, else the given context. @internal */
export const ambient = (given: Context.Context<never>): Context.Context<never> => {
  for (const find of finders) {
    const found = tryOrUndefined(find)
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

/** A storage that follows chains of promises, if the runtime has one. */
const makeStorage = <A>(): Storage<A> | undefined => {
  const { process } = globalThis as { readonly process?: { readonly getBuiltinModule?: (id: string) => unknown } }
  const hooks = tryOrUndefined(() => process?.getBuiltinModule?.("node:async_hooks")) as AsyncHooks | undefined
  return hooks === undefined ? undefined : new hooks.AsyncLocalStorage<A>()
}

/** A value that holds while a function of promises runs, and in the promises after it. @internal */
export class AmbientValue<A> {
  readonly #storage = makeStorage<A>()
  /** The running values, the last one last. Used if the runtime cannot follow promises. */
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
