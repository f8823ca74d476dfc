/**
 * The page as it was built, with the hashes of its script and its styles.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import { readFile } from "node:fs/promises"
import type { Page } from "../Routes.ts"

/** What stands in the place of the page where nobody has built it. */
const missing = `<!doctype html><html lang="en"><meta charset="utf-8"><title>effect-agentops</title>
<style></style><body><p>The page is not built. In a clone of the project, run <code>npm run build:page</code>.</p>
<script></script></body></html>`

// Beside this file as installed; from the sources, where the build puts it.
const places = ["../page.html", "../../../dist/viewer/page.html"]

const hashOf = (text: string): Effect.Effect<string> =>
  Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).pipe(
    Effect.map((digest) => `sha256-${Base64.encode(new Uint8Array(digest))}`)
  )

const between = (html: string, tag: string): string => new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`).exec(html)?.[1] ?? ""

const read = (place: string) => Effect.tryPromise(() => readFile(new URL(place, import.meta.url), "utf8"))

/** The text of the page. @internal */
export const readHtml: Effect.Effect<string> = Effect.firstSuccessOf(places.map(read)).pipe(
  Effect.catch(() => Effect.succeed(missing))
)

/** @internal */
export const readPage: Effect.Effect<Page> = Effect.flatMap(readHtml, (html) =>
  Effect.all({
    html: Effect.succeed(html),
    scriptHash: hashOf(between(html, "script")),
    styleHash: hashOf(between(html, "style"))
  }))
