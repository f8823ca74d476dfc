/**
 * `npm run fleet [senders] [minutes]` simulates a fleet after an outage.
 *
 * Each sender is the library's own sender state. An event queue drives it instead of a clock, so an hour of ten
 * thousand senders takes seconds. The receiver answers as many requests a second as its capacity, and rejects the rest
 * with 503. The script prints how long the senders need to send their waiting batches, the largest load relative to the
 * capacity, and the sender that was served last.
 */
import { ExportError } from "../src/delivery/internal/exportError.ts"
import type { SenderState } from "../src/delivery/internal/senderState.ts"
import * as State from "../src/delivery/internal/senderState.ts"

const senders = Number(process.argv[2] ?? 10_000)
const outage = Number(process.argv[3] ?? 60) * 60_000

/** One batch every ten seconds, of which a queue holds 64, and a receiver for twice that load. */
const interval = 10_000
const queue = 64
const perSecond = senders / (interval / 1_000)
const capacity = 2 * perSecond
const latency = 50
const concurrency = 4

// A generator with a seed, so that a run is repeatable.
let seed = 42
const random = (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

interface Sender {
  state: SenderState
  waiting: number
  inFlight: number
  /** Whether a wake-up is scheduled. */
  isScheduled: boolean
  lost: number
  sent: number
  /** The times of the first request after the outage and of an empty queue. */
  first: number
  drained: number
}

type Happening =
  | { readonly what: "made" | "wake"; readonly who: number }
  | { readonly what: "answered"; readonly who: number; readonly took: boolean; readonly isProbe: boolean }

/** The events of each millisecond. */
const agenda = new Map<number, Array<Happening>>()
const at = (time: number, happening: Happening): void => {
  const key = Math.ceil(time)
  const known = agenda.get(key)
  if (known === undefined) agenda.set(key, [happening])
  else known.push(happening)
}

const fleet = Array.from({ length: senders }, (): Sender => ({
  state: State.initial(concurrency),
  waiting: 0,
  inFlight: 0,
  isScheduled: false,
  lost: 0,
  sent: 0,
  first: -1,
  drained: -1
}))

let now = 0
let served = 0
let offered = 0
const loads: Array<number> = []

const receive = (): boolean => {
  offered++
  if (now < outage || served >= capacity) return false
  served++
  return true
}

/** Sends the batches that a sender may send now. */
const push = (who: number): void => {
  const sender = fleet[who]!
  while (sender.waiting > 0 && sender.inFlight < State.width(sender.state) && !sender.isScheduled) {
    const next = State.next(sender.state, now, false)
    if (next._tag === "Wait" && next.floor + next.rest > 0) {
      sender.isScheduled = true
      return at(now + next.floor + next.rest, { what: "wake", who })
    }
    send(who)
  }
}

const send = (who: number): void => {
  const sender = fleet[who]!
  sender.waiting--
  sender.inFlight++
  at(now + latency, { what: "answered", who, took: receive(), isProbe: State.isDown(sender.state) })
}

const refusal = new ExportError({ kind: "retry", reason: "http_503", message: "503", status: 503 })

const answer = (who: number, took: boolean, isProbe: boolean): void => {
  const sender = fleet[who]!
  sender.inFlight--
  if (took) {
    sender.sent++
    if (now >= outage && sender.first === -1) sender.first = now
    sender.state = State.answered(sender.state, now, random(), concurrency)
  } else {
    sender.waiting++
    sender.state = State.failed(sender.state, {
      error: refusal,
      credential: undefined,
      isProbe,
      now,
      wall: now,
      random: random(),
      retryAfter: 0
    })
  }
  if (now > outage && sender.drained === -1 && sender.waiting + sender.inFlight <= 1) sender.drained = now
  push(who)
}

for (let who = 0; who < senders; who++) at(random() * interval, { what: "made", who })

const limit = outage + 2 * 3_600_000
for (; now < limit; now++) {
  if (now % 1_000 === 0) {
    loads.push(offered)
    offered = served = 0
    if (now > outage && fleet.every(({ drained }) => drained !== -1)) break
  }
  const happenings = agenda.get(now) ?? []
  agenda.delete(now)
  for (const happening of happenings) {
    const { who } = happening
    const sender = fleet[who]!
    switch (happening.what) {
      case "made":
        if (sender.waiting + sender.inFlight < queue) sender.waiting++
        else sender.lost++
        at(now + interval, happening)
        push(who)
        break
      case "wake":
        sender.isScheduled = false
        if (sender.waiting > 0) send(who)
        push(who)
        break
      case "answered":
        answer(who, happening.took, happening.isProbe)
    }
  }
}

const after = loads.slice(Math.floor(outage / 1_000) + 1)
const peak = after.reduce((largest, load) => Math.max(largest, load), 0)
const last = (of: (sender: Sender) => number) => fleet.reduce((largest, sender) => Math.max(largest, of(sender)), 0)
const minutes = (time: number) => `${((time - outage) / 60_000).toFixed(1)} min`
const starved = fleet.filter(({ drained }) => drained === -1).length
const least = (senders * (queue - 1)) / (capacity - perSecond)
console.log(
  [
    `${senders} senders, ${
      outage / 60_000
    } minutes of outage, ${perSecond} batches a second made, ${capacity} taken at most`,
    `load while it is away    ${
      Math.round(
        loads.slice(120, Math.floor(outage / 1_000)).reduce((sum, n) => sum + n, 0) / Math.max(1, outage / 1_000 - 120)
      )
    } requests a second`,
    `largest load after it    ${peak} requests a second: ${(peak / capacity).toFixed(2)} × the capacity`,
    `all that waited is sent  after ${minutes(last(({ drained }) => drained))}, at best after ${
      (least / 60).toFixed(1)
    } min`,
    `the unluckiest sender    was first served after ${minutes(last(({ first }) => first))}`,
    `starved                  ${starved}`,
    `dropped                  ${fleet.reduce((sum, { lost }) => sum + lost, 0)} batches, of queues that were full`
  ].join("\n")
)
if (peak > 1.5 * capacity || starved > 0) process.exitCode = 1
