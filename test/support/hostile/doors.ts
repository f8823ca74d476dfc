/** Every place where a program passes a value to the library, with the expected exit. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Instrument from "../../../src/metrics/Instrument.ts"
import * as Field from "../../../src/model/Field.ts"
import * as LlmCall from "../../../src/model/LlmCall.ts"
import * as ActionEvent from "../../../src/trace/ActionEvent.ts"
import * as AgentEvent from "../../../src/trace/AgentEvent.ts"
import * as Attempt from "../../../src/trace/Attempt.ts"
import * as Budget from "../../../src/trace/Budget.ts"
import * as ErrorEvent from "../../../src/trace/ErrorEvent.ts"
import * as Event from "../../../src/trace/Event.ts"
import * as LlmEvent from "../../../src/trace/LlmEvent.ts"
import * as LlmStream from "../../../src/trace/LlmStream.ts"
import * as Session from "../../../src/trace/Session.ts"
import * as StartedEvent from "../../../src/trace/StartedEvent.ts"
import * as ToolEvent from "../../../src/trace/ToolEvent.ts"
import * as Tools from "../../../src/trace/Tools.ts"

/** An effect that returns `done`, or fails or dies with the value itself. */
export interface Door {
  readonly open: (value: unknown) => Effect.Effect<unknown, unknown, Session.Session>
  readonly expects: "done" | "fail" | "die"
}

const done = (open: Door["open"]): Door => ({ open, expects: "done" })

const loose = (f: unknown) => f as (...args: ReadonlyArray<unknown>) => <A>(self: A) => Effect.Effect<unknown>

const Shop = Event.define("shop.order", {
  span: "shop.order",
  fields: {
    id: Field.attribute("shop.id", Schema.String),
    count: Field.attribute("shop.count", Schema.NumberFromString),
    at: Field.json("shop.at", Schema.Struct({ at: Schema.DateFromString, note: Schema.Unknown }), { content: true }),
    place: Field.group(Schema.Struct({ city: Schema.String, floor: Schema.NumberFromString }), {
      city: "shop.city",
      floor: "shop.floor"
    })
  },
  readValue: (value) => value as never
})

const kinds: Readonly<
  Record<string, readonly [Event.Kind, (options: unknown) => <A>(self: A) => Effect.Effect<unknown>]>
> = {
  llm: [LlmEvent.LlmEvent as never, (options) => loose(LlmEvent.traceLlmWith)(options)],
  tool: [ToolEvent.ToolEvent as never, (options) => loose(ToolEvent.traceTool)("t", options)],
  action: [ActionEvent.ActionEvent as never, (options) => loose(ActionEvent.traceAction)("a", options)],
  agent: [AgentEvent.AgentEvent as never, (options) => loose(AgentEvent.traceAgent)("g", options)],
  own: [Shop as never, (options) => loose(Shop.trace)(options)]
}

const fieldDoors = (): Record<string, Door> => {
  const doors: Record<string, Door> = {}
  for (const [name, [kind, trace]] of Object.entries(kinds)) {
    for (const field of [...Object.keys(kind.fields), "attributes", "links", "success", "request", "response"]) {
      doors[`${name}: option ${field}`] = done((value) => Effect.succeed("done").pipe(trace({ [field]: value })))
      doors[`${name}: late ${field}`] = done((value) => Effect.succeed("done").pipe(trace({ [field]: () => value })))
    }
    doors[`${name}: options`] = done((value) => Effect.succeed("done").pipe(trace(value)))
    doors[`${name}: one attribute`] = done((value) =>
      Effect.succeed("done").pipe(trace({ attributes: { before: 1, value, after: 2 } }))
    )
    doors[`${name}: a link`] = done((value) => Effect.succeed("done").pipe(trace({ links: [value, { span: value }] })))
    doors[`${name}: the value`] = done((value) => Effect.succeed(value).pipe(trace({}), Effect.as("done")))
    doors[`${name}: a part of the value`] = done((value) =>
      Effect.succeed({
        object: "chat.completion",
        id: "r",
        model: "m",
        choices: [{ message: { content: value } }],
        usage: value
      })
        .pipe(trace({}), Effect.as("done"))
    )
    doors[`${name}: a failure`] = { open: (value) => Effect.fail(value).pipe(trace({})), expects: "fail" }
    doors[`${name}: a defect`] = { open: (value) => Effect.die(value).pipe(trace({})), expects: "die" }
    doors[`${name}: recorded`] = done((value) =>
      Session.record({
        kind,
        fields: Object.fromEntries(Object.keys(kind.fields).map((field) => [field, value]))
      } as never).pipe(Effect.as("done"))
    )
  }
  return doors
}

const sessionDoors = (): Record<string, Door> => {
  const doors: Record<string, Door> = {}
  for (
    const option of [
      "id",
      "name",
      "tags",
      "metadata",
      "userId",
      "agent",
      "links",
      "budget",
      "onEnd",
      "input",
      "output",
      "sums",
      "conversation",
      "remote",
      "trust"
    ]
  ) {
    doors[`session: option ${option}`] = done((value) =>
      Effect.succeed("done").pipe(Session.withSession({ [option]: value } as never))
    )
  }
  const set = (f: (session: Session.Session["Service"], value: never) => Effect.Effect<void>) =>
    done((value) => Session.Session.use((session) => Effect.as(f(session, value as never), "done")))
  return {
    ...doors,
    "session: options": done((value) => Effect.succeed("done").pipe(Session.withSession(value as never))),
    "session: one of its metadata": done((value) =>
      Effect.succeed("done").pipe(Session.withSession({ metadata: { before: 1, value }, tags: ["a", value as never] }))
    ),
    "session: a budget's limit": done((value) =>
      Effect.succeed("done").pipe(Session.withSession({ budget: { limit: value, onExceeded: value } as never }))
    ),
    "session: a part of its conversation": done((value) =>
      Effect.succeed("done").pipe(
        Session.withSession({ conversation: { id: value, turns: value, last: value, totals: value } as never })
      )
    ),
    "session: a part of its conversation's last turn": done((value) =>
      Effect.succeed("done").pipe(
        Session.withSession({ conversation: { id: "c", last: { traceId: value, spanId: value } } as never })
      )
    ),
    "session: a part of who called": done((value) =>
      Effect.succeed("done").pipe(
        Session.withSession({ remote: { traceId: value, spanId: value, baggage: value } as never })
      )
    ),
    "a budget that is shared": done((value) =>
      Effect.succeed("done").pipe(
        Budget.withinWith({ reserve: value as never }),
        Budget.provide(
          Budget.makeUnsafe({ limit: 1, onExceeded: value, spent: value, name: value, onSpend: value } as never)
        ),
        Effect.ignore,
        Effect.as("done")
      )
    ),
    "a budget's charge": done((value) =>
      Effect.as(Budget.makeUnsafe({ limit: 1, onSpend: value as never }).charge(value as never), "done")
    ),
    "session: a failure": { open: (value) => Effect.fail(value).pipe(Session.withSession()), expects: "fail" },
    "session: a defect": { open: (value) => Effect.die(value).pipe(Session.withSession()), expects: "die" },
    "session: addTags": set((session, value) => session.addTags(value, value)),
    "session: setTags": set((session, value) => session.setTags(value)),
    "session: addMetadata": set((session, value) => session.addMetadata(value)),
    "session: one more of its metadata": set((session, value) => session.addMetadata({ value })),
    "session: setInput": set((session, value) => session.setInput(value)),
    "session: setOutput": set((session, value) => session.setOutput(value)),
    "session: setUserId": set((session, value) => session.setUserId(value)),
    "session: setAgent": set((session, value) => session.setAgent(value)),
    "session: setEndState": set((session, value) => session.setEndState(value, value))
  }
}

const hits = Instrument.counter("shop.hits", {
  unit: "{hit}",
  attributes: { place: Schema.String, seen: Schema.Unknown }
} as never) as never

// Effect itself reads logged values, so nothing is traced then.
const log = (...messages: ReadonlyArray<unknown>): Effect.Effect<void> => {
  try {
    return Effect.log(...messages)
  } catch {
    return Effect.void
  }
}

const otherDoors: Record<string, Door> = {
  "a tool's name": done((value) => Effect.succeed("done").pipe(loose(ToolEvent.traceTool)(value))),
  "record: error": done((value) =>
    Session.record(ToolEvent.ToolEvent.make({ name: "t" }), { error: value }).pipe(Effect.as("done"))
  ),
  "record: attributes": done((value) =>
    Session.record(ToolEvent.ToolEvent.make({ name: "t" }), { attributes: value as never }).pipe(Effect.as("done"))
  ),
  "record: options": done((value) =>
    Session.record(ToolEvent.ToolEvent.make({ name: "t" }), value as never).pipe(Effect.as("done"))
  ),
  "record: an error event": done((value) =>
    Session.record(
      ErrorEvent.ErrorEvent.make({ type: value, message: value, stacktrace: value, details: value } as never)
    )
      .pipe(Effect.as("done"))
  ),
  "an attempt's failure": {
    open: (value) => Effect.fail(value).pipe(Attempt.traceAttempt, ToolEvent.traceTool("t")),
    expects: "fail"
  },
  "tools: a function's argument and answer": done((value) =>
    Tools.traceTools({ f: (given: unknown) => Effect.succeed(given) }).f(value).pipe(Effect.as("done"))
  ),
  "tools: the call's context": done((value) =>
    (Tools.traceTools({ f: () => Effect.succeed("done") }) as unknown as {
      readonly f: (...args: ReadonlyArray<unknown>) => Effect.Effect<string>
    })
      .f(value, value)
  ),
  "a stream's chunk": done((value) =>
    Stream.make(1, value, 2).pipe(
      LlmStream.traceLlmStreamWith({ model: "m" }),
      Stream.runDrain,
      Effect.as("done")
    )
  ),
  "a started event": done((value) =>
    Effect.map(StartedEvent.start(LlmEvent.LlmEvent, { model: "m" }), (event) => {
      event.add({ outputMessages: value, usage: value, model: value, responseId: value } as never)
      event.chunk(value as never)
      event.unsuccessful(value as never)
      return "done"
    })
  ),
  "a started event that fails": done((value) =>
    Effect.map(StartedEvent.start(ToolEvent.ToolEvent, { name: "t", parameters: value }), (event) => {
      event.endAttempt(value)
      event.fail(value)
      return "done"
    })
  ),
  "an annotation of spans": done((value) =>
    Effect.succeed("done").pipe(ToolEvent.traceTool("t"), Effect.annotateSpans({ value, also: 1 }))
  ),
  "an annotation of the span": done((value) =>
    Effect.annotateCurrentSpan({ value }).pipe(Effect.as("done"), ToolEvent.traceTool("t"))
  ),
  "an attribute of Effect's span": done((value) =>
    Effect.succeed("done").pipe(Effect.withSpan("s", { attributes: { value } }))
  ),
  "a failure in Effect's span": { open: (value) => Effect.fail(value).pipe(Effect.withSpan("s")), expects: "fail" },
  "an event of a span": done((value) =>
    Effect.flatMap(Effect.currentSpan, (span) =>
      Effect.sync(() => {
        span.event("seen", BigInt(1), { value })
        span.event("all", value as never, value as never)
        span.addLinks(value as never)
        span.attribute("a", value)
        return "done"
      })).pipe(Effect.orDie, ToolEvent.traceTool("t"))
  ),
  "a log": done((value) => log(value).pipe(Effect.as("done"), ToolEvent.traceTool("t"))),
  "a log of several": done((value) => log("a", value, { value }).pipe(Effect.as("done"), ToolEvent.traceTool("t"))),
  "a log's annotation": done((value) =>
    Effect.log("a").pipe(Effect.annotateLogs({ value }), Effect.as("done"), ToolEvent.traceTool("t"))
  ),
  "a log's cause": done((value) => log(Cause.fail(value)).pipe(Effect.as("done"), ToolEvent.traceTool("t"))),
  "a measurement": done((value) =>
    (Instrument.add as never as (...args: ReadonlyArray<unknown>) => Effect.Effect<void>)(hits, value, { place: value })
      .pipe(Effect.exit, Effect.as("done"), ToolEvent.traceTool("t"))
  ),
  "a measurement's attributes": done((value) =>
    (Instrument.add as never as (...args: ReadonlyArray<unknown>) => Effect.Effect<void>)(hits, 1, value)
      .pipe(Effect.exit, Effect.as("done"), ToolEvent.traceTool("t"))
  ),
  "a measurement's attribute": done((value) =>
    (Instrument.add as never as (...args: ReadonlyArray<unknown>) => Effect.Effect<void>)(hits, 1, {
      place: "x",
      seen: value
    })
      .pipe(Effect.exit, Effect.as("done"), ToolEvent.traceTool("t"))
  ),
  "the bodies of SDKs": done((value) =>
    Effect.sync(() => {
      for (const api of ["chat_completions", "responses", "completions", "messages"] as const) {
        LlmCall.readRequest(value, { api })
        LlmCall.readResponse(value, { api })
        LlmCall.readRequest({ model: "m", messages: [value, { role: "user", content: value }] }, { api })
        LlmCall.readResponse({ model: "m", id: value, choices: [value], content: [value], output: [value] }, { api })
      }
      return "done"
    })
  )
}

export const doors: Readonly<Record<string, Door>> = { ...fieldDoors(), ...sessionDoors(), ...otherDoors }
