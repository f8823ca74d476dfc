/**
 * Appends batches to a file, as lines of OTLP JSON.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import type * as Scope from "effect/Scope"
import { ConfigurationError } from "../../../core/ConfigurationError.ts"
import { makeNodeFileSystem } from "../../../delivery/internal/disk/nodeFileSystem.ts"
import type { Accepted } from "../../../delivery/internal/exportError.ts"
import { accepted, ExportError } from "../../../delivery/internal/exportError.ts"
import { joinBody } from "../../../delivery/internal/transport.ts"
import { assembleJson } from "../../../otlp/internal/json.ts"
import type { WaitingJson } from "../codecs.ts"

const encoder = new TextEncoder()
const lineBreak = encoder.encode("\n")

/** The Collector's file receiver truncates lines longer than 1 MiB by default, and then reads neither part. */
const maxLine = 1024 * 1024 - 1

/** The lines of a batch: one, or as many as needed for each to be short enough. A single span cannot be split. */
const linesOf = (spans: ReadonlyArray<WaitingJson>): ReadonlyArray<Uint8Array> => {
  const line = encoder.encode(`${assembleJson(spans)}\n`)
  if (line.length <= maxLine || spans.length === 1) return [line]
  const middle = spans.length >> 1
  return [...linesOf(spans.slice(0, middle)), ...linesOf(spans.slice(middle))]
}

// Windows accepts both separators in a path. Other systems accept only this one.
const parentOf = (path: string): string | undefined => /^(.*)[\\/][^\\/]+$/.exec(path)?.[1]

type Appended = Pick<FileSystem.File, "write" | "writeAll">

/** Opens a file with the program's own file system if it provides one, otherwise with the runtime's. */
const openFile = Effect.fnUntraced(function*(
  path: string
): Effect.fn.Return<Appended, PlatformError | ConfigurationError, Scope.Scope> {
  const parent = parentOf(path)
  const directory = parent === "" ? undefined : parent
  const given = Context.getOption(yield* Effect.context<never>(), FileSystem.FileSystem)
  if (Option.isSome(given)) {
    if (directory !== undefined) yield* given.value.makeDirectory(directory, { recursive: true })
    return yield* given.value.open(path, { flag: "a", mode: 0o600 })
  }
  const own = makeNodeFileSystem(false)
  if (own === undefined) {
    return yield* new ConfigurationError({
      field: "path",
      problem: "this runtime has no files",
      fix: "Provide a layer of effect/FileSystem"
    })
  }
  if (directory !== undefined) yield* own.makeDirectory(directory, { recursive: true })
  const file = yield* own.open(path, "a")
  return { write: (line) => Effect.as(file.writeAll(line), line.length), writeAll: file.writeAll }
})

/** @internal */
export const makeFileSender = Effect.fnUntraced(function*(
  path: string
): Effect.fn.Return<
  (spans: ReadonlyArray<WaitingJson>) => Effect.Effect<Accepted, ExportError>,
  PlatformError | ConfigurationError,
  Scope.Scope
> {
  const handle = yield* openFile(path)
  // Whether the last line is incomplete. The next line must then start after a line break.
  let torn = false
  const write = (line: Uint8Array) =>
    Effect.flatMap(handle.write(line), (written) => {
      torn = written < line.length
      if (!torn) return Effect.void
      return Effect.tap(handle.writeAll(line.subarray(written)), () => Effect.sync(() => torn = false))
    })
  return (spans) =>
    Effect.suspend(() =>
      Effect.forEach(linesOf(spans), (line) => write(torn ? joinBody([lineBreak, line]) : line), { discard: true })
    ).pipe(
      Effect.as(accepted),
      Effect.mapError((error) =>
        new ExportError({ kind: "permanent", reason: "disk_error", message: `${path}: ${error.message}` })
      )
    )
})
