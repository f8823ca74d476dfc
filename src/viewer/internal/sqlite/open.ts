/**
 * Opens a database of Node's own SQLite, and creates its tables in an empty file.
 *
 * A file that is not a database, or belongs to another program, is an error and is not changed.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { existsSync, statSync } from "node:fs"
import type { DatabaseSync } from "node:sqlite"
import { pathToFileURL } from "node:url"
import { StoreError } from "../../TraceStore.ts"
import { applicationId, schema, schemaVersion } from "./schema.ts"

/** The part of `node:sqlite` that is used. @internal */
export type Database = DatabaseSync

const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

const isDamage = (cause: unknown): boolean => /not a database|malformed|corrupt/i.test(messageOf(cause))

/** Runs an operation on the database, and names it in the error if it fails. @internal */
export const run = <A>(operation: string, work: () => A): Effect.Effect<A, StoreError> =>
  Effect.try({
    try: work,
    catch: (cause) =>
      new StoreError({
        operation,
        message: isDamage(cause)
          ? "the viewer's database is damaged. It is left as it is: name another file with --db"
          : `the viewer's database could not ${operation}: ${messageOf(cause)}`,
        cause
      })
  })

const pragma = (database: Database, name: string): number =>
  Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0])

const tables = ["traces", "drafts", "facets", "spans", "logs", "metrics", "texts", "text_index", "resources"]

/** Throws if a file is not the viewer's, has another version, or is visibly damaged. */
const inspect = (database: Database, file: string): void => {
  const names = database.prepare("select name from sqlite_schema").all().map(({ name }) => name)
  if (names.length === 0) return
  if (pragma(database, "application_id") !== applicationId) {
    throw new Error(`${file} is a database of another program. Name another file`)
  }
  if (pragma(database, "user_version") !== schemaVersion) {
    throw new Error(
      `${file} was written by another version of effect-agentops. Export it with that version, or name another file`
    )
  }
  if (tables.some((table) => !names.includes(table))) throw new Error("the database is malformed: a table is missing")
  // Without a write-ahead log beside it, the file must contain all its pages.
  const pages = pragma(database, "page_count") * pragma(database, "page_size")
  if (!existsSync(`${file}-wal`) && statSync(file).size < pages) throw new Error("the database is malformed: cut short")
  for (const table of tables.slice(0, 7)) database.prepare(`select * from ${table} limit 1`).get()
}

const prepare = (database: Database): void => {
  database.exec("pragma busy_timeout = 2000")
  const isEmpty = database.prepare("select count(*) as n from sqlite_schema").get()?.["n"] === 0
  database.exec("pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -32000")
  if (isEmpty) database.exec(`begin; ${schema} commit`)
}

// Without a write-ahead log nobody is writing the file, so it is opened without creating files beside it.
const readable = (file: string): string | URL => {
  const url = pathToFileURL(file)
  url.searchParams.set("immutable", "1")
  return existsSync(`${file}-wal`) ? file : url
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
        // Inspects the file read-only first, because only an intact file of the viewer may be written.
        if (file !== ":memory:" && existsSync(file) && statSync(file).size > 0) {
          const reader = new DatabaseSync(readable(file), { readOnly: true })
          try {
            inspect(reader, file)
          } catch (cause) {
            throw isDamage(cause)
              ? new Error(`${file} is no database, or is damaged. It is left as it is: name another file`)
              : cause
          } finally {
            reader.close()
          }
        }
        const database = new DatabaseSync(file)
        try {
          prepare(database)
          return database
        } catch (cause) {
          database.close()
          throw isDamage(cause)
            ? new Error(`${file} is no database, or is damaged. It is left as it is: name another file`)
            : cause
        }
      })
    }),
    (database) => Effect.sync(() => database.close())
  )
