/**
 * Exchanges and conversations that tests read: our own, in each API's wire format, and others' recordings if they are
 * beside the repository.
 */
import * as fs from "node:fs"
import * as path from "node:path"

export interface RecordedFile {
  /** The file's name. Others' files have the prefix `shared/`. */
  readonly name: string
  /** The path of the file. */
  readonly file: string
  /** Whether it is our own. */
  readonly own: boolean
  readonly text: string
}

const fixtures = path.resolve(import.meta.dirname, "../../fixtures")
const shared = path.resolve(import.meta.dirname, "../../../../shared/data")

const read = (directory: string, own: boolean): ReadonlyArray<RecordedFile> =>
  fs.readdirSync(directory).filter((name) => name.endsWith(".json")).sort().map((name) => {
    const file = path.join(directory, name)
    return { name: own ? name : `shared/${name}`, file, own, text: fs.readFileSync(file, "utf8") }
  })

/** The files of a folder. */
export const filesOf = (folder: "recordings" | "transcripts"): ReadonlyArray<RecordedFile> => {
  const others = path.join(shared, folder)
  if (!fs.existsSync(others)) console.log(`No ${folder} of others at ${others}: the tests read our own alone`)
  return [
    ...read(path.join(fixtures, folder), true),
    ...fs.existsSync(others) ? read(others, false) : []
  ]
}
