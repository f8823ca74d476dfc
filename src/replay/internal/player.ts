/**
 * Answers calls from a recording instead of making them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as SpanTree from "../../convention/SpanTree.ts"
import type { LlmCall } from "../../model/LlmCall.ts"
import { credentials, type Redactor } from "../../privacy/Redactor.ts"
import type { HttpRequest } from "../../trace/Event.ts"
import type { ActiveEvent } from "../../trace/internal/event/activeEvent.ts"
import { fieldsAs } from "../../trace/internal/event/facts.ts"
import type { Interceptor } from "../../trace/internal/event/interceptor.ts"
import type { Plan } from "../../trace/internal/event/plan.ts"
import { RecordedSpan } from "../../trace/internal/span.ts"
import { LlmEvent } from "../../trace/LlmEvent.ts"
import { ToolEvent } from "../../trace/ToolEvent.ts"
import type { RecordedCall } from "../Recording.ts"
import { ReplayError } from "../Recording.ts"
import type { ReplayDifference } from "../ReplayDifference.ts"
import type { ReplayClock } from "./clock.ts"
import { checkContent, cutError, isCut } from "./content.ts"
import { checkedFacts, factsOf, isText, listOf, type ModelCall, refused, secondsOf, withContent } from "./facts.ts"
import { errorOf, failedResponse } from "./failure.ts"
import { withRecordedAttempts } from "./recordedAttempts.ts"
import type { Script } from "./script.ts"
import { apiOfFacts, apiOfUrl, chunks, serverSentEvents, whole, type WireApi, words } from "./wire/body.ts"

/** How calls are answered. @internal */
export interface Settings {
  readonly answers: ReadonlySet<RecordedCall["kind"]>
  readonly normalize: (text: string) => string
  readonly value: ((call: RecordedCall) => unknown) | undefined
  readonly clock: ReplayClock | undefined
}

type Found = RecordedCall | undefined

const isError = (found: unknown): found is ReplayDifference | ReplayError => found instanceof Error && "_tag" in found

// The replayed run measures these fields itself.
const ofRun: ReadonlySet<string> = new Set(["timeToFirstChunk", "streamOutcome", "result"])

const modelFields: ReadonlySet<string> = new Set(["usage", "outputMessages", "responseModel", "finishReasons"])

const hasCallsBelow = (node: SpanTree.Node): boolean =>
  node.children.some((child) =>
    !["span", "attempt", "chain", "error"].includes(child.decoded.category) || hasCallsBelow(child)
  )

/** @internal */
export class Player implements Interceptor {
  readonly #script: Script
  readonly #settings: Settings
  /** The recorded call of each event that has been matched. */
  readonly #found = new WeakMap<ActiveEvent, { readonly call: Found }>()
  readonly #hasContent: boolean

  constructor(script: Script, settings: Settings, hasContent: boolean) {
    this.#script = script
    this.#settings = settings
    this.#hasContent = hasContent
  }

  #redactorOf({ implicitAttempt, outer, span }: ActiveEvent): Redactor {
    const own = span ?? implicitAttempt ?? outer?.span
    return own instanceof RecordedSpan ? own.settings.redactor : credentials
  }

  /** Finds the recorded call, once for each event. Throws the difference. */
  #find(event: ActiveEvent): Found {
    const before = this.#found.get(event)
    if (before !== undefined) return before.call
    const kind = event.kind.category === "modelCall" ? "model" : event.kind.category === "tool" ? "tool" : undefined
    if (kind === undefined || !this.#settings.answers.has(kind)) return undefined
    const fields: Readonly<Record<string, unknown>> = kind === "model"
      ? fieldsAs(event, LlmEvent)
      : fieldsAs(event, ToolEvent)
    const name = String((kind === "model" ? fields["model"] : fields["name"]) ?? event.kind.name)
    const found = this.#script.ask({
      kind,
      name,
      fields,
      normalize: { redactor: this.#redactorOf(event), text: this.#settings.normalize }
    })
    if (isError(found)) throw found
    this.#found.set(event, { call: found })
    return found
  }

  #begin({ node: { span } }: RecordedCall): void {
    this.#settings.clock?.reach(span.startTime)
  }

  /** Moves the clock to the recorded end and fills in the recorded fields. */
  #finish(event: ActiveEvent, call: RecordedCall): void {
    this.#settings.clock?.reach(call.node.span.endTime)
    const known: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(call.fields)) if (!ofRun.has(name)) known[name] = value
    event.fillIn(event.kind.name === call.kind || call.kind === "model" && event.kind.name === "llm" ? known : {})
    this.#script.done(call)
  }

  /**
   * Waits for its turn and returns the value of `answer`. An exception of `answer` is a defect, so no error handler
   * hides it.
   */
  #answered<A>(event: ActiveEvent, call: RecordedCall, answer: () => A): Effect.Effect<A, unknown> {
    return Effect.gen({ self: this }, function*() {
      this.#begin(call)
      if (call.interrupted) return yield* Effect.never
      const value = this.#noted(answer)
      yield* this.#script.turn(call)
      this.#finish(event, call)
      if (call.errorType !== undefined) return yield* Effect.fail(errorOf(call))
      return value
    }).pipe(Effect.onInterrupt(() => Effect.sync(() => this.#script.done(call))))
  }

  #noted<A>(answer: () => A): A {
    try {
      return answer()
    } catch (error) {
      if (isError(error)) this.#script.note(error)
      throw error
    }
  }

  #guarded<A>(find: () => A | undefined, failed: (error: unknown) => A): A | undefined {
    try {
      return find()
    } catch (error) {
      if (!isError(error)) throw error
      return failed(this.#script.note(error))
    }
  }

  #value(call: RecordedCall, { options }: Plan): unknown {
    const given = this.#settings.value?.(call)
    if (given !== undefined || call.errorType !== undefined) return given
    if (call.kind === "tool") {
      if (typeof options["result"] === "function") {
        throw new ReplayError({
          reason: "value",
          message:
            `The recording has what the option result made of the value of tool ${call.name}, and not the value. ` +
            "Give it by the option value of Replay.layer"
        })
      }
      if (options["result"] === null || call.fields.result === undefined && !this.#hasContent) {
        throw new ReplayError({
          reason: "content",
          message: `What tool ${call.name} gave is not in the recording: it was made without content, or the program ` +
            "left it out. Record with an exporter whose option content is true"
        })
      }
      if (isCut(call, "gen_ai.tool.call.result")) {
        throw cutError(`The result of call ${call.number} (tool ${call.name})`)
      }
      return call.fields.result
    }
    checkContent(call)
    const api = apiOfFacts(call.fields as LlmCall)
    const isOwn = typeof options["response"] === "function" ||
      Object.keys(options).some((name) => modelFields.has(name) && typeof options[name] === "function")
    if (api === undefined || isOwn) {
      throw new ReplayError({
        reason: "value",
        message:
          `The recording does not say what value call ${call.number} (model ${call.name}) gave to the program: it is ` +
          "no body of OpenAI or Anthropic. Give it by the option value of Replay.layer"
      })
    }
    return whole(api, factsOf(call), secondsOf(call.node.span.startTime))
  }

  readonly elements: Interceptor["elements"] = (event, plan) =>
    this.#guarded<Stream.Stream<unknown, unknown>>(() => {
      const call = this.#find(event)
      if (call?.kind !== "tool") return undefined
      // The trace records a stream of texts as one text.
      const elements = Effect.map(
        this.#answered(event, call, () => this.#value(call, plan)),
        (value) => Array.isArray(value) ? value as ReadonlyArray<unknown> : value === undefined ? [] : [value]
      )
      return Stream.unwrap(Effect.map(elements, Stream.fromIterable))
    }, Stream.die)

  readonly effect: Interceptor["effect"] = (event, plan) =>
    this.#guarded<Effect.Effect<unknown, unknown>>(() => {
      const call = this.#find(event)
      if (call === undefined) return undefined
      // A tool with calls below it runs again, and those calls are answered.
      if (call.kind === "tool" && hasCallsBelow(call.node)) {
        this.#begin(call)
        this.#script.done(call)
        return undefined
      }
      return withRecordedAttempts(
        call,
        this.#settings.clock,
        this.#answered(event, call, () => this.#value(call, plan))
      )
    }, Effect.die)

  readonly chunks: Interceptor["chunks"] = (event, plan) =>
    this.#guarded<Stream.Stream<unknown, unknown>>(() => {
      const call = this.#find(event)
      if (call?.kind !== "model") return undefined
      const api = apiOfFacts(call.fields as LlmCall)
      const given = this.#settings.value?.(call)
      if (given === undefined) {
        checkContent(call)
        if (api === undefined) this.#value(call, plan)
      }
      const all = given === undefined ? this.#chunksOf(api!, call) : listOf(given)
      return Stream.unwrap(
        Effect.as(
          Effect.sync(() => this.#begin(call)),
          Stream.fromIterable(all).pipe(
            Stream.zipWithIndex,
            Stream.mapEffect(([chunk, i]) => Effect.as(Effect.sync(() => this.#reach(call, i, all.length)), chunk)),
            Stream.concat(Stream.unwrap(Effect.as(this.#answered(event, call, () => undefined), Stream.empty)))
          )
        )
      )
    }, Stream.die)

  #chunksOf(api: WireApi, call: ModelCall): ReadonlyArray<object> {
    return chunks(api, factsOf(call), secondsOf(call.node.span.startTime), words)
  }

  /** The first chunk arrives at its recorded time, and the others are spread evenly until the end. */
  #reach({ fields, node: { span } }: ModelCall | RecordedCall, i: number, count: number): void {
    const first = "timeToFirstChunk" in fields ? BigInt(Math.round((fields.timeToFirstChunk ?? 0) * 1e9)) : 0n
    const rest = span.endTime - span.startTime - first
    this.#settings.clock?.reach(span.startTime + first + rest * BigInt(i) / BigInt(Math.max(1, count)))
  }

  readonly respond: Interceptor["respond"] = (event, attempt) =>
    this.#guarded<Promise<Response>>(() => {
      const call = this.#find(event)
      if (call?.kind !== "model") return undefined
      return this.#respond(event, call, attempt).catch((error: unknown) => {
        if (isError(error)) return refused(this.#script.note(error))
        throw error
      })
    }, (error) => Promise.resolve(refused(error as ReplayDifference | ReplayError)))

  async #respond(event: ActiveEvent, call: ModelCall, { init, number, url }: HttpRequest): Promise<Response> {
    if (number === 1) this.#begin(call)
    const api = apiOfUrl(url)
    if (api === undefined) {
      return refused(this.#script.note(
        new ReplayError({
          reason: "value",
          message: `Answers to ${url} cannot be written: it is no API of OpenAI or Anthropic`
        })
      ))
    }
    const failed = failedResponse(call, number)
    if (failed !== undefined) {
      if (number >= call.node.attempts.length) await Effect.runPromise(this.#turn(event, call))
      return failed
    }
    const given = this.#settings.value?.(call)
    const facts = isText(given) ? withContent(call, given) : given === undefined ? checkedFacts(call) : undefined
    if (event.fields["stream"] !== true) {
      const body = facts === undefined ? given : whole(api, facts, secondsOf(call.node.span.startTime))
      await Effect.runPromise(this.#turn(event, call), { signal: init?.signal ?? undefined })
      return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } })
    }
    const events = facts === undefined ? listOf(given) : chunks(api, facts, secondsOf(call.node.span.startTime), words)
    const texts = serverSentEvents(api, events)
    const encoder = new TextEncoder()
    let i = 0
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (i < texts.length) {
          this.#reach(call, i, texts.length)
          controller.enqueue(encoder.encode(texts[i++]))
          return
        }
        await Effect.runPromise(this.#turn(event, call))
        controller.close()
      },
      cancel: () => this.#script.done(call)
    }, { highWaterMark: 0 })
    return new Response(body, { headers: { "content-type": "text/event-stream" } })
  }

  #turn(event: ActiveEvent, call: RecordedCall): Effect.Effect<void> {
    return Effect.andThen(
      call.interrupted ? Effect.never : this.#script.turn(call),
      Effect.sync(() => this.#finish(event, call))
    )
  }

  readonly answer: Interceptor["answer"] = (event) =>
    this.#guarded<Effect.Effect<LlmCall, unknown>>(() => {
      const call = this.#find(event)
      if (call?.kind !== "model") return undefined
      const given = this.#settings.value?.(call)
      const facts = isText(given)
        ? withContent(call, given)
        : given === undefined
        ? checkedFacts(call)
        : given as LlmCall
      return this.#answered(event, call, () => facts)
    }, Effect.die)

  readonly result: Interceptor["result"] = (event) =>
    this.#guarded<Effect.Effect<unknown, unknown>>(() => {
      const call = this.#find(event)
      if (call?.kind !== "tool") return undefined
      if (hasCallsBelow(call.node)) {
        this.#begin(call)
        this.#script.done(call)
        return undefined
      }
      return this.#answered(event, call, () => this.#value(call, { options: {} } as Plan))
    }, Effect.die)
}
