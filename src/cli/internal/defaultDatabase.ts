/**
 * The default files of the commands.
 *
 * @internal
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"

/** The database that `dev` fills and other commands read, in a folder that only its user can read. @internal */
export const defaultDatabase = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const home = yield* Config.String("HOME").pipe(
    Config.orElse(() => Config.String("USERPROFILE")),
    Effect.orElseSucceed(() => ".")
  )
  const folder = path.join(home, ".effect-agentops")
  yield* fs.makeDirectory(folder, { recursive: true, mode: 0o700 }).pipe(Effect.ignore)
  return path.join(folder, "traces.db")
})
