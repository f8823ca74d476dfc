/**
 * Every span of an exporter is delivered, pending, or dropped for a counted reason. `status` of the scripted exporter
 * checks this invariant at each call.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { TestClock } from "effect/testing"
import { kindOf, parseRetryAfter } from "../../src/export/internal/backend/http.ts"
import type { Reaction } from "../support/delivery/scripted.ts"
import { elapse, named, scripted } from "../support/delivery/scripted.ts"
import { withLog } from "../support/delivery/withLog.ts"

const flushed = <A, E, R>(flush: Effect.Effect<A, E, R>, within: Duration.Input = "1 minute") =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(flush)
    yield* TestClock.adjust(within)
    return fiber.pollUnsafe() !== undefined
  })

describe("the classes of responses", () => {
  it("are those of OTLP", () => {
    const kinds = (...statuses: ReadonlyArray<number>) => [...new Set(statuses.map(kindOf))]
    assert.deepStrictEqual(kinds(429, 502, 503, 504), ["retry"])
    assert.deepStrictEqual(kinds(413), ["tooLarge"])
    assert.deepStrictEqual(kinds(401, 403), ["unauthorized"])
    assert.deepStrictEqual(kinds(400, 422), ["refused"])
    assert.deepStrictEqual(kinds(301, 307, 404, 405, 408, 410, 415, 500, 501, 505), ["permanent"])
  })

  it("Retry-After has seconds or a date", () => {
    const now = Date.UTC(2026, 10, 22, 10, 0, 0)
    const seconds = (value: string | undefined) => {
      const duration = parseRetryAfter(value, now)
      return duration === undefined ? undefined : Duration.toSeconds(duration)
    }
    assert.strictEqual(seconds("7"), 7)
    assert.strictEqual(seconds("-7"), 0)
    assert.strictEqual(seconds("Sun, 22 Nov 2026 10:02:00 GMT"), 120)
    assert.strictEqual(seconds("Sun, 22 Nov 2026 09:00:00 GMT"), 0)
    assert.isUndefined(seconds("soon"))
    assert.isUndefined(seconds(" "))
    assert.isUndefined(seconds(undefined))
  })
})

describe("a batch", () => {
  it.effect("is sent when it is full", () =>
    Effect.gen(function*() {
      const { give, requests, status } = yield* scripted([])
      give(...named(25))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(requests.map(({ names }) => names.length), [10, 10])
      assert.deepStrictEqual(yield* status, { name: "scripted", delivered: 20, pending: 5, dropped: {} })
    }))

  it.effect("is sent when it has enough bytes", () =>
    Effect.gen(function*() {
      const { give, requests } = yield* scripted([], { maxBatchBytes: 2_000 })
      give(...named(6))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(requests.map(({ names }) => names.length), [3])
    }))

  it.effect("is sent when it is old enough", () =>
    Effect.gen(function*() {
      const { give, requests } = yield* scripted([])
      give("a")
      yield* TestClock.adjust(600)
      give("b")
      yield* TestClock.adjust(399)
      assert.deepStrictEqual(requests, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(requests, [{ time: 1000, names: ["a", "b"] }])
    }))

  it.effect("is sent by a flush", () =>
    Effect.gen(function*() {
      const { destination, give, status } = yield* scripted([])
      give("a")
      yield* destination.flush
      assert.strictEqual((yield* status).delivered, 1)
    }))

  it.effect("is sent concurrently with others, up to the limit", () =>
    Effect.gen(function*() {
      const { give, requests, status } = yield* scripted(
        () => Effect.as(Effect.sleep("50 millis"), 200),
        { concurrency: 3 }
      )
      give(...named(60))
      yield* TestClock.adjust(0)
      assert.strictEqual(requests.length, 3)
      assert.strictEqual((yield* status).pending, 60)
      yield* TestClock.adjust(50)
      assert.strictEqual(requests.length, 6)
      yield* TestClock.adjust(50)
      assert.strictEqual((yield* status).delivered, 60)
    }))
})

describe("a receiver that", () => {
  it.effect("rejects some spans of a batch does not get them again", () =>
    Effect.gen(function*() {
      const { close, give, requests, status } = yield* scripted([{ rejected: 3 }])
      give(...named(10))
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* status, { name: "scripted", delivered: 7, pending: 0, dropped: { rejected: 3 } })
      yield* close
      assert.strictEqual(requests.length, 1)
    }))

  it.effect.each<[Reaction]>([[429], [502], [503], [504], ["reset"]])(
    "answers %j gets the batch again",
    ([reaction]) =>
      Effect.gen(function*() {
        const { give, requests, status } = yield* scripted([reaction, reaction])
        give(...named(10))
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual(requests.map(({ names }) => names), [named(10), named(10), named(10)])
        assert.deepStrictEqual(yield* status, { name: "scripted", delivered: 10, pending: 0, dropped: {} })
      })
  )

  it.effect("fails is in the status, with the start of the failure and the last reason, until it accepts spans again", () =>
    withLog(() =>
      Effect.gen(function*() {
        const { give, status } = yield* scripted([200, 503, 503, 502, 502, 502])
        give(...named(10))
        yield* TestClock.adjust("5 seconds")
        assert.notProperty(yield* status, "failing")
        give(...named(10))
        yield* TestClock.adjust(0)
        assert.deepStrictEqual((yield* status).failing, { since: 5_000, reason: "http_503" })
        while ((yield* status).failing?.reason === "http_503") yield* elapse("100 millis")
        assert.deepStrictEqual((yield* status).failing, { since: 5_000, reason: "http_502" })
        yield* TestClock.adjust("5 minutes")
        assert.deepStrictEqual(yield* status, { name: "scripted", delivered: 20, pending: 0, dropped: {} })
      })
    ))

  it.effect("does not respond gets the batch again after a timeout", () =>
    Effect.gen(function*() {
      const { give, requests, status } = yield* scripted(["hang"])
      give(...named(10))
      yield* TestClock.adjust("9 seconds")
      assert.strictEqual((yield* status).pending, 10)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(requests.length, 2)
      assert.strictEqual((yield* status).delivered, 10)
    }))

  it.effect.each(
    [
      ["seconds", "120", 120_000],
      ["a date", new Date(90_000).toUTCString(), 90_000]
    ] as const
  )("sends a Retry-After in %s gets no request before that time", ([, retryAfter, expected]) =>
    Effect.gen(function*() {
      const { destination, give, requests } = yield* scripted([{ status: 429, retryAfter }])
      give(...named(10))
      yield* TestClock.adjust(0)
      // Even a flush does not send earlier.
      assert.isFalse(yield* flushed(destination.flush, expected - 1))
      assert.strictEqual(requests.length, 1)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(requests.length, 2)
    }))

  it.effect("is down for an hour gets one request at a time at growing intervals, and two lines are logged", () =>
    withLog((log) =>
      Effect.gen(function*() {
        let up = false
        const { give, requests, status } = yield* scripted(() => up ? 200 : 503, { concurrency: 4 })
        give(...named(100))
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* status).pending, 100)
        // Four requests were in flight when it failed. Pauses of 15 seconds on average make 240 more.
        assert.isBelow(requests.length, 400)
        assert.isAbove(requests.length, 120)
        up = true
        // It recovers gradually: each response shortens the interval to the next request.
        yield* TestClock.adjust("3 minutes")
        assert.deepStrictEqual(yield* status, { name: "scripted", delivered: 100, pending: 0, dropped: {} })
        assert.strictEqual(log.length, 2)
        assert.include(log[0], "exporter scripted is failing: http://scripted answered 503")
        assert.include(log[1], "exporter scripted delivers again")
      })
    ))

  it.effect("fails is retried after random pauses, from a range that doubles up to 30 seconds", () =>
    Effect.gen(function*() {
      const pauses = yield* Effect.forEach(["a", "b", "c", "d", "e", "f", "g", "h"], (seed) =>
        Effect.gen(function*() {
          const { give, requests } = yield* scripted(() => 503)
          give(...named(10))
          yield* TestClock.adjust("10 minutes")
          return requests.slice(1).map(({ time }, i) => time - requests[i]!.time)
        }).pipe(Random.withSeed(seed)))
      for (let n = 0; n < 10; n++) {
        const limit = Math.min(30_000, 500 * 2 ** n)
        for (const sequence of pauses) assert.isAtMost(sequence[n]!, limit + 1)
      }
      const late = pauses.flatMap((sequence) => sequence.slice(6))
      assert.isBelow(Math.min(...late), 3_000)
      assert.isAbove(Math.max(...late), 27_000)
    }))

  it.effect("refuses large batches gets smaller ones, and no large one for a while", () =>
    Effect.gen(function*() {
      const { give, requests, status } = yield* scripted((names) => names.length > 3 ? 413 : 200)
      give(...named(10))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(requests.map(({ names }) => names.length), [10, 5, 2, 1, 2, 2, 1, 2])
      assert.deepStrictEqual(requests.slice(2).flatMap(({ names }) => names), named(10))
      give(...named(10, "t"))
      yield* elapse("2 seconds")
      assert.isTrue(requests.slice(8).every(({ names }) => names.length <= 3))
      assert.deepStrictEqual(yield* status, { name: "scripted", delivered: 20, pending: 0, dropped: {} })
    }))

  it.effect("refuses a single span as too large loses that span", () =>
    Effect.gen(function*() {
      const { give, status } = yield* scripted((names) => names.includes("huge") ? 413 : 200)
      give(...named(6), "huge", ...named(3, "t"))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(yield* status, { name: "scripted", delivered: 9, pending: 0, dropped: { too_large: 1 } })
    }))

  it.effect.each([[400], [422]])(
    "answers %d for one bad span in 500 loses that span",
    ([code]) =>
      withLog((log) =>
        Effect.gen(function*() {
          const { give, requests, status } = yield* scripted(
            (names) => names.includes("s321") ? code! : 200,
            { maxBatchSize: 500 }
          )
          give(...named(500))
          yield* TestClock.adjust(0)
          assert.deepStrictEqual(yield* status, {
            name: "scripted",
            delivered: 499,
            pending: 0,
            dropped: { [`http_${code}`]: 1 }
          })
          assert.isAtMost(requests.length, 2 * Math.ceil(Math.log2(500)) + 1)
          assert.strictEqual(log.filter((line) => line.includes("1 of 500 spans are lost")).length, 1)
        })
      )
  )

  it.effect.each([[400, "http_400"], [422, "http_422"], [413, "too_large"]] as const)(
    "refuses everything with %d is not asked span by span",
    ([refusal, reason]) =>
      withLog((log) =>
        Effect.gen(function*() {
          let code: number = refusal
          const { give, requests, status } = yield* scripted(() => code, { maxBatchSize: 500 })
          give(...named(500))
          yield* TestClock.adjust(0)
          assert.deepStrictEqual((yield* status).dropped, { [reason]: 500 })
          assert.isAtMost(requests.length, 64)
          give(...named(500))
          yield* TestClock.adjust(0)
          assert.isAtMost(requests.length, 68)
          assert.strictEqual(log.length, 1)
          code = 200
          give(...named(500))
          yield* elapse("2 seconds")
          assert.strictEqual((yield* status).delivered, 500)
          assert.isAtMost(requests.length, 80)
          assert.include(log[1], "delivers again")
        })
      )
  )

  it.effect.each([[301], [404], [501]])("answers %d loses the batch at once", ([code]) =>
    Effect.gen(function*() {
      const { give, requests, status } = yield* scripted([code!])
      give(...named(10))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual((yield* status).dropped, { [`http_${code}`]: 10 })
      assert.strictEqual(requests.length, 1)
    }))

  describe("does not authorize the exporter", () => {
    it.effect("loses no spans, gets one request a minute, and is logged once", () =>
      withLog((log) =>
        Effect.gen(function*() {
          let code = 401
          const { give, requests, status } = yield* scripted(() => code)
          give(...named(30))
          yield* TestClock.adjust("5 minutes")
          assert.strictEqual((yield* status).pending, 30)
          assert.isAtMost(requests.length, 7)
          code = 200
          yield* TestClock.adjust("1 minute")
          assert.strictEqual((yield* status).delivered, 30)
          assert.strictEqual(log.length, 2)
        })
      ))

    it.effect("gets the batch again as soon as the credential changes", () =>
      Effect.gen(function*() {
        let key = Redacted.make("old")
        const { give, requests, status } = yield* scripted(() => Redacted.value(key) === "old" ? 403 : 200, {
          credential: Effect.sync(() => key)
        })
        give(...named(10))
        yield* TestClock.adjust("10 seconds")
        key = Redacted.make("new")
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(requests.map(({ time }) => time), [0, 11_000])
        assert.strictEqual((yield* status).delivered, 10)
      }))

    it.effect("does not delay a flush", () =>
      Effect.gen(function*() {
        const { destination, give, requests, status } = yield* scripted(() => 401)
        give(...named(5))
        yield* destination.flush
        assert.strictEqual((yield* status).pending, 5)
        yield* destination.flush
        assert.strictEqual(requests.length, 2)
      }))

    it.effect("does not delay a shutdown, and the waiting spans are counted as dropped", () =>
      Effect.gen(function*() {
        const { close, give, requests } = yield* scripted(() => 401)
        give(...named(30))
        yield* TestClock.adjust(0)
        assert.deepStrictEqual((yield* close).dropped, { http_401: 30 })
        assert.isAtMost(requests.length, 3)
      }))
  })

  it.effect("causes a defect loses one batch, and the exporter continues", () =>
    withLog(() =>
      Effect.gen(function*() {
        const { give, status } = yield* scripted((_, index) => index === 0 ? Effect.die("no") : 200)
        give(...named(20))
        yield* TestClock.adjust(0)
        assert.deepStrictEqual(yield* status, { name: "scripted", delivered: 10, pending: 0, dropped: { defect: 10 } })
      })
    ))
})

describe("a full queue", () => {
  it.effect("drops the newest span", () =>
    Effect.gen(function*() {
      const { close, give, requests } = yield* scripted([], { maxItems: 5 })
      give(...named(8))
      assert.deepStrictEqual((yield* close).dropped, { queue_full: 3 })
      assert.deepStrictEqual(requests.flatMap(({ names }) => names), ["s0", "s1", "s2", "s3", "s4"])
    }))

  it.effect("drops the oldest span", () =>
    Effect.gen(function*() {
      const { close, give, requests } = yield* scripted([], { maxItems: 5, whenFull: "dropOldest" })
      give(...named(8))
      assert.deepStrictEqual((yield* close).dropped, { queue_full: 3 })
      assert.deepStrictEqual(requests.flatMap(({ names }) => names), ["s3", "s4", "s5", "s6", "s7"])
    }))

  it.effect("has a limit of bytes, too", () =>
    Effect.gen(function*() {
      const { close, give } = yield* scripted([], { maxBytes: 3 * 520 })
      give(...named(8))
      assert.deepStrictEqual((yield* close).dropped, { queue_full: 5 })
    }))
})

describe("flush", () => {
  it.effect("waits for the spans before it, and not for later ones", () =>
    Effect.gen(function*() {
      const first = yield* Deferred.make<void>()
      const { destination, give, status } = yield* scripted((_, index) =>
        index === 0 ? Effect.as(Deferred.await(first), 200) : Effect.never
      )
      give("a")
      const fiber = yield* Effect.forkChild(destination.flush)
      yield* TestClock.adjust(0)
      give("b")
      yield* TestClock.adjust("1 minute")
      assert.isUndefined(fiber.pollUnsafe())
      yield* Deferred.succeed(first, undefined)
      yield* Fiber.join(fiber)
      assert.strictEqual((yield* status).delivered, 1)
    }))

  it.effect("retries a receiver that is down at once", () =>
    Effect.gen(function*() {
      let up = false
      const { destination, give, requests, status } = yield* scripted(() => up ? 200 : 503)
      give(...named(10))
      yield* TestClock.adjust("10 minutes")
      const before = requests.length
      up = true
      yield* destination.flush
      assert.strictEqual(requests.length, before + 1)
      assert.strictEqual((yield* status).delivered, 10)
    }))
})

describe("a shutdown", () => {
  it.effect("sends the remaining spans", () =>
    Effect.gen(function*() {
      const { close, give } = yield* scripted([])
      give(...named(95))
      assert.strictEqual((yield* close).delivered, 95)
    }))

  it.effect("survives a short outage", () =>
    Effect.gen(function*() {
      const { close, give } = yield* scripted([503, 503])
      give(...named(25))
      assert.strictEqual((yield* close).delivered, 25)
    }))

  it.effect("does not wait for a receiver that has failed seven times, even while a request is in flight", () =>
    withLog((log) =>
      Effect.gen(function*() {
        const { close, give, requests } = yield* scripted((_, index) => index < 7 ? 503 : "hang")
        give(...named(10))
        while (requests.length < 8) yield* elapse("1 second")
        const before = yield* Clock.currentTimeMillis
        const { dropped } = yield* close
        assert.isAtMost((yield* Clock.currentTimeMillis) - before, 300)
        assert.strictEqual(requests.length, 8)
        assert.deepStrictEqual(dropped, { http_503: 10 })
        assert.include(log.at(-1), "shut down with 10 spans undelivered: 10 http_503")
      })
    ))

  it.effect.each<[Reaction, string]>([[503, "http_503"], [401, "http_401"], [403, "http_403"], [
    "reset",
    "connection"
  ]])(
    "logs its losses in one line, with their reasons: %j",
    ([reaction, reason]) =>
      withLog((log) =>
        Effect.gen(function*() {
          const { close, give } = yield* scripted(() => reaction)
          give(...named(25))
          const { dropped } = yield* close
          assert.deepStrictEqual(dropped, { [reason]: 25 })
          assert.deepStrictEqual(log.filter((line) => line.includes("undelivered")), [
            `effect-agentops: exporter scripted shut down with 25 spans undelivered: 25 ${reason}`
          ])
        })
      )
  )

  it.effect("is not held up by an export that cannot be interrupted", () =>
    withLog((log) =>
      Effect.gen(function*() {
        const { close, give } = yield* scripted(() => Effect.uninterruptible(Effect.never))
        give(...named(10))
        yield* elapse("1 second")
        const { dropped } = yield* close
        assert.deepStrictEqual(dropped, { shutdown: 10 })
        assert.include(log.at(-1), "10 shutdown")
      })
    ))

  it.effect("does not wait for a receiver that stays down, and counts the spans under its failure", () =>
    Effect.gen(function*() {
      const { close, give, requests } = yield* scripted(() => "reset", { concurrency: 4 })
      give(...named(95))
      assert.deepStrictEqual(yield* close, {
        name: "scripted",
        delivered: 0,
        pending: 0,
        dropped: { connection: 95 },
        failing: { since: 0, reason: "connection" }
      })
      assert.isBelow(requests.at(-1)!.time, 8_000)
    }))

  it.effect("ends at its deadline, and counts the remaining spans", () =>
    Effect.gen(function*() {
      const { close, give } = yield* scripted(() => Effect.never, { shutdownTimeout: Duration.seconds(2) })
      give(...named(15))
      assert.deepStrictEqual(yield* close, { name: "scripted", delivered: 0, pending: 0, dropped: { shutdown: 15 } })
    }))

  it.effect("counts spans that end after it", () =>
    Effect.gen(function*() {
      const { close, give, status } = yield* scripted([])
      yield* close
      give("late")
      assert.deepStrictEqual((yield* status).dropped, { already_shutdown: 1 })
    }))
})

it.effect(
  "1-hour-outage-memory-flat: of a million spans, the queue never holds more than its limit, and every span is counted",
  () =>
    withLog((log) =>
      Effect.gen(function*() {
        let up = false
        const { close, give, requests, status } = yield* scripted(() => up ? 200 : 503, { concurrency: 4 })
        const names = named(1_000)
        for (let minute = 0; minute < 60; minute++) {
          for (let i = 0; i < 17; i++) {
            give(...names)
            yield* TestClock.adjust("3529 millis")
          }
          // Four batches of ten may be in flight in addition to the queue.
          assert.isAtMost((yield* status).pending, 1_040)
        }
        assert.isBelow(requests.length, 1_000)
        assert.strictEqual(log.length, 1)
        up = true
        const { delivered, dropped } = yield* close
        assert.isAtLeast(delivered, 1_000)
        assert.strictEqual(delivered + dropped["queue_full"]!, 60 * 17 * 1_000)
      })
    ),
  60_000
)

const reaction = Arbitrary.schema(Schema.Literals([
  200,
  200,
  200,
  200,
  503,
  429,
  413,
  400,
  401,
  404,
  "reset",
  "hang",
  "reject",
  "later"
]))

const plan = Arbitrary.all({
  reactions: Arbitrary.array(reaction, { minLength: 0, maxLength: 40 }),
  steps: Arbitrary.array(
    Arbitrary.schema(Schema.Struct({
      spans: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })),
      seconds: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })),
      flush: Schema.Boolean
    })),
    { minLength: 1, maxLength: 12 }
  ),
  concurrency: Arbitrary.schema(Schema.Literals([1, 2, 4])),
  whenFull: Arbitrary.schema(Schema.Literals(["dropNewest", "dropOldest", "wait"]))
})

it.effect("an accepted part of a batch counts as delivered, even if a shutdown interrupts the next part", () =>
  withLog(() =>
    Effect.gen(function*() {
      const { close, give, requests } = yield* scripted((_, index) =>
        index === 0 ? 400 : index === 1 ? 200 : { status: 503, retryAfter: "40" }
      )
      give(...named(2))
      const { delivered, dropped, pending } = yield* close
      assert.deepStrictEqual(requests.slice(0, 2).map(({ names }) => names.length), [2, 1])
      assert.deepStrictEqual({ delivered, dropped, pending }, { delivered: 1, dropped: { shutdown: 1 }, pending: 0 })
    })
  ))

it.effect.prop(
  "every span is accounted for at every moment, with any sequence of responses",
  [plan],
  ([plan]) =>
    withLog(() =>
      Effect.gen(function*() {
        const { close, destination, give, requests, status } = yield* scripted(
          (_, index) => {
            const reaction = plan.reactions[index] ?? 200
            if (reaction === "reject") return { rejected: 2 }
            return reaction === "later" ? { status: 503, retryAfter: "40" } : reaction
          },
          { maxItems: 50, concurrency: plan.concurrency, whenFull: plan.whenFull }
        )
        for (const { flush, seconds, spans } of plan.steps) {
          give(...named(spans))
          yield* status
          if (flush) yield* Effect.forkChild(destination.flush)
          for (let i = 0; i < 5; i++) {
            yield* TestClock.adjust(Duration.millis(seconds * 200))
            yield* status
          }
        }
        const { delivered, dropped, pending } = yield* close
        assert.strictEqual(pending, 0)
        // A span counts as delivered only if a request with it was accepted.
        const taken = requests.filter((_, index) => [200, "reject"].includes(plan.reactions[index] ?? 200))
        const rejected = dropped["rejected"] ?? 0
        assert.strictEqual(taken.reduce((sum, { names }) => sum + names.length, 0), delivered + rejected)
      })
    ),
  { timeout: 60_000 }
)
