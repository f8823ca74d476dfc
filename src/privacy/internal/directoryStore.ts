/**
 * Stores media as files.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Media, MediaStore } from "../Media.ts"
import { fileName } from "./media.ts"

interface NodeModules {
  (name: "node:fs/promises"): {
    readonly mkdir: (path: string, options: { readonly recursive: true; readonly mode: number }) => Promise<unknown>
    readonly writeFile: (
      path: string,
      bytes: Uint8Array,
      options: { readonly flag: "wx"; readonly mode: number }
    ) => Promise<void>
    readonly rename: (from: string, to: string) => Promise<void>
    readonly rm: (path: string, options: { readonly force: true }) => Promise<void>
    readonly stat: (path: string) => Promise<unknown>
  }
  (name: "node:path"): { readonly resolve: (...paths: ReadonlyArray<string>) => string }
  (name: "node:url"): { readonly pathToFileURL: (path: string) => { readonly href: string } }
}

const node = (globalThis as {
  readonly process?: { readonly getBuiltinModule?: NodeModules }
}).process?.getBuiltinModule

let written = 0

/** @internal */
export const makeDirectoryStore = (
  { baseUrl, path }: { readonly path: string; readonly baseUrl?: string | undefined }
): MediaStore => {
  const pathOf = (media: Media) => node?.("node:path").resolve(path, fileName(media)) ?? `${path}/${fileName(media)}`
  return {
    uri: (media) =>
      baseUrl === undefined
        ? node?.("node:url").pathToFileURL(pathOf(media)).href ?? `file:///${pathOf(media)}`
        : `${baseUrl.replace(/\/+$/, "")}/${fileName(media)}`,
    put: (media) =>
      Effect.tryPromise(async () => {
        const fs = node!("node:fs/promises")
        const target = pathOf(media)
        if (await fs.stat(target).then(() => true, () => false)) return
        await fs.mkdir(path, { recursive: true, mode: 0o700 })
        // A rename makes the file appear complete. Another process that writes it writes the same bytes.
        const part = `${target}.${media.spanId}-${written++}`
        try {
          await fs.writeFile(part, media.bytes, { flag: "wx", mode: 0o600 })
          await fs.rename(part, target)
        } finally {
          await fs.rm(part, { force: true })
        }
      })
  }
}
