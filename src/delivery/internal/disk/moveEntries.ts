/**
 * Moves what has no fate yet from a directory that is no longer this process's own to one that is.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Encoded } from "../codec.ts"
import type { Journal } from "./recovery.ts"
import { startsIn } from "./recovery.ts"
import type { Source } from "./source.ts"
import type { LogWriter } from "./writer.ts"

/** A log that this process writes, and sends from. @internal */
export interface Home {
  readonly source: Source
  readonly writer: LogWriter
}

/** How many entries are moved at once. */
const moved = 256

/** `again` are those that are on their way: this process may die before it knows that they arrived. @internal */
export const moveEntries = Effect.fnUntraced(function*(
  { source, writer }: Home,
  to: Home,
  again: ReadonlyArray<Encoded>,
  { journal, onAdopted, onLost }: {
    readonly journal: Journal | undefined
    readonly onAdopted: (count: number) => void
    readonly onLost: (reason: string, count: number) => void
  }
) {
  if (journal !== undefined) {
    for (const segment of source.log.segments.filter(({ open }) => open > 0)) {
      for (const start of yield* startsIn(source.log, segment, journal)) {
        if (writer.isOpenIn(segment, start.key!)) to.writer.append(start)
      }
    }
  }
  const write = (entries: ReadonlyArray<Encoded>) => {
    to.source.pending += entries.length
    to.writer.appendAll(
      entries.map((encoded) => ({ kind: "ended", key: journal?.keyOf(encoded.bytes), encoded }))
    )
  }
  onAdopted(again.length)
  for (let i = 0; i < again.length; i += moved) {
    write(again.slice(i, i + moved))
    yield* Effect.yieldNow
  }
  while (source.reader.unread() > 0) {
    // Nobody reads its cursor any more, so that it need not move.
    const { entries, lost } = yield* source.reader.read(moved, Infinity)
    source.pending -= lost + entries.length
    onLost("corrupt", lost)
    write(entries)
    yield* Effect.yieldNow
  }
})
