/**
 * The recorded calls that the program has not made yet, and those that are being answered.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { RecordedCall } from "../Recording.ts"
import { ReplayError } from "../Recording.ts"
import { ReplayDifference } from "../ReplayDifference.ts"
import { cutQuestion } from "./content.ts"
import type { Difference, Normalize } from "./question.ts"
import { excerpt, modelDifference, toolDifference } from "./question.ts"

/** Where the live run begins. @internal */
export interface Fork {
  /** The first call that is really made. */
  readonly liveFrom: number
}

/** A call of the program. @internal */
export interface CallRequest {
  readonly kind: RecordedCall["kind"]
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly normalize: Normalize
}

const differenceOf = (call: RecordedCall, request: CallRequest): Difference | undefined =>
  call.kind !== request.kind
    ? { at: "kind", recorded: call.kind, actual: request.kind }
    : call.kind === "model"
    ? modelDifference(call, request.fields, request.normalize)
    : call.name !== request.name
    ? { at: "name", recorded: call.name, actual: request.name }
    : toolDifference(call, request.fields, request.normalize)

const overlap = ({ node: { span: a } }: RecordedCall, { node: { span: b } }: RecordedCall): boolean =>
  a.startTime < b.endTime && b.startTime < a.endTime

const answerOf = ({ errorType, fields, kind }: RecordedCall): string =>
  JSON.stringify([errorType, kind === "tool" ? fields.result : fields.outputMessages])

const isBare = ({ fields, kind }: CallRequest): boolean => kind === "model" && fields["inputMessages"] === undefined

const describe = (request: CallRequest): string =>
  request.kind === "tool" ? `tool ${request.name}` : `model ${request.name}`

/** @internal */
export class Script {
  readonly #calls: ReadonlyArray<RecordedCall>
  readonly #fork: Fork | undefined
  readonly #unused: Set<RecordedCall>
  readonly #open = new Map<RecordedCall, Array<() => void>>()
  /** The first difference or error. */
  difference: ReplayDifference | ReplayError | undefined = undefined

  constructor(calls: ReadonlyArray<RecordedCall>, fork: Fork | undefined) {
    this.#calls = calls
    this.#fork = fork
    this.#unused = new Set(calls.filter(({ number }) => fork === undefined || number < fork.liveFrom))
  }

  /** The recorded calls that the program has not made yet. */
  get remaining(): ReadonlyArray<RecordedCall> {
    return [...this.#unused]
  }

  /** Finds the recorded call. `undefined` if the call should really be made. */
  ask(request: CallRequest): RecordedCall | ReplayDifference | ReplayError | undefined {
    const unused = [...this.#unused]
    const ofKind = unused.filter(({ kind, name }) =>
      kind === request.kind && (kind === "model" || name === request.name)
    )
    // A call without messages may wrap a call with messages. The inner call is then matched instead.
    if (isBare(request) && ofKind.some((call) => call.kind === "model" && call.fields.inputMessages !== undefined)) {
      return undefined
    }
    const same = ofKind.filter((call) => differenceOf(call, request) === undefined)
    const [first] = same
    if (first !== undefined) {
      const other = same.find((call) => call !== first && overlap(call, first) && answerOf(call) !== answerOf(first))
      if (other !== undefined) return this.note(ambiguous(request, first, other))
      this.#unused.delete(first)
      this.#open.set(first, [])
      return first
    }
    if (this.#fork !== undefined) {
      const { liveFrom } = this.#fork
      const isLater = this.#calls.some((call) => call.number >= liveFrom && differenceOf(call, request) === undefined)
      if (unused.length === 0 || isLater) return undefined
    }
    return this.note(this.#differs(request, ofKind, unused))
  }

  /** Keeps the first error. */
  note<E extends ReplayDifference | ReplayError>(error: E): E {
    this.difference ??= error
    return error
  }

  #differs(
    request: CallRequest,
    ofKind: ReadonlyArray<RecordedCall>,
    unused: ReadonlyArray<RecordedCall>
  ): ReplayDifference | ReplayError {
    const recorded = this.#calls.filter(({ kind }) => kind === request.kind)
    if (
      request.kind === "model" && recorded.length > 0 && request.fields["inputMessages"] !== undefined &&
      recorded.every((call) => call.kind === "model" && call.fields.inputMessages === undefined)
    ) {
      return new ReplayError({
        reason: "content",
        message: `What ${describe(request)} was asked is not in the recording: it was made without content. ` +
          "Record with an exporter whose option content is true"
      })
    }
    const nearest = ofKind[0] ?? unused.find(({ kind }) => kind === request.kind) ?? unused[0]
    if (nearest === undefined) {
      return new ReplayDifference({
        call: undefined,
        at: "call",
        recorded: "nothing more",
        actual: `${describe(request)} ${JSON.stringify(request.fields["parameters"]) ?? ""}`.trim(),
        message: `The first difference: ${describe(request)} is called, and nothing more was recorded`
      })
    }
    const { at, actual: now, recorded: before } = differenceOf(nearest, request)!
    const cut = cutQuestion(nearest, at)
    if (cut !== undefined) return cut
    return new ReplayDifference({
      call: nearest,
      at,
      recorded: before,
      actual: now,
      message: `The first difference, at call ${nearest.number} (${nearest.kind} ${nearest.name}): ${at}\n` +
        `  recorded: ${excerpt(before, now)}\n  asked:    ${excerpt(now, before)}`
    })
  }

  /**
   * Waits for the calls in progress that were recorded as ending earlier. So concurrent calls finish in the recorded
   * order.
   */
  turn(call: RecordedCall): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      // Lets concurrent fibers make their calls first.
      for (let i = 0; i < 3; i++) yield* Effect.yieldNow
      for (;;) {
        const before = [...this.#open.keys()].find((other) =>
          other !== call && !other.interrupted && other.node.span.endTime < call.node.span.endTime
        )
        if (before === undefined) return
        yield* Effect.callback<void>((resume) => {
          const waiting = this.#open.get(before)
          if (waiting === undefined) resume(Effect.void)
          else waiting.push(() => resume(Effect.void))
        })
      }
    })
  }

  /** Marks the call as answered. */
  done(call: RecordedCall): void {
    const waiting = this.#open.get(call)
    this.#open.delete(call)
    // In a microtask, so that the fiber of this call continues first.
    for (const resume of waiting ?? []) queueMicrotask(resume)
  }
}

const ambiguous = (request: CallRequest, first: RecordedCall, other: RecordedCall): ReplayError =>
  new ReplayError({
    reason: "ambiguous",
    message:
      `Calls ${first.number} and ${other.number} (${describe(request)}) cannot be told apart: they asked the same ` +
      "at the same time and were answered otherwise. Give each something of its own to ask"
  })
