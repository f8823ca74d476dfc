/**
 * Opens a database of Node's own SQLite, and makes its tables where there are none.
 *
 * A file that is no database, or another program's, is told of and left as it is.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DatabaseSync } from "node:sqlite"
import { StoreError } from "../../TraceStore.ts"
import { applicationId, schema, schemaVersion } from "./schema.ts"

/** What of `node:sqlite` is used. @internal */
export type Database = DatabaseSync

const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

/** Runs a piece of work on the database, and says which where it fails. @internal */
export const run = <A>(operation: string, work: () => A): Effect.Effect<A, StoreError> =>
  Effect.try({
    try: work,
    catch: (cause) =>
      new StoreError({ operation, message: `the viewer's database could not ${operation}: ${messageOf(cause)}`, cause })
  })

const prepare = (database: Database, file: string): void => {
  const number = (pragma: string): number => Number(Object.values(database.prepare(`pragma ${pragma}`).get() ?? {})[0])
  const isEmpty = database.prepare("select count(*) as n from sqlite_schema").get()?.["n"] === 0
  if (!isEmpty && number("application_id") !== applicationId) {
    throw new Error(`${file} is a database of another program. Name another file`)
  }
  if (!isEmpty && number("user_version") !== schemaVersion) {
    throw new Error(
      `${file} was written by another version of effect-agentops. Export it with that version, or name another file`
    )
  }
  database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -32000")
  if (isEmpty) database.exec(`begin; ${schema} commit`)
}

/** @internal */
export const open = (file: string): Effect.Effect<Database, StoreError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.gen(function*() {
      const { DatabaseSync } = yield* Effect.tryPromise({
        try: () => import("node:sqlite"),
        catch: (cause) =>
          new StoreError({
            operation: "open",
            message: "this runtime has no node:sqlite: use Node 22.19 or later",
            cause
          })
      })
      return yield* run("open", () => {
        const database = new DatabaseSync(file)
        try {
          prepare(database, file)
          return database
        } catch (cause) {
          database.close()
          const message = messageOf(cause)
          throw message.includes("not a database") || message.includes("malformed")
            ? new Error(`${file} is no database, or is damaged. It is left as it is: name another file`)
            : cause
        }
      })
    }),
    (database) => Effect.sync(() => database.close())
  )
