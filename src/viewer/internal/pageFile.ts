/**
 * The built page, with the hashes of its script and styles.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import { readFile } from "node:fs/promises"
import type { Page } from "../Routes.ts"

/** The page that is shown if the real one has not been built. */
const missing = `<!doctype html><html lang="en"><meta charset="utf-8"><title>effect-agentops</title>
<style></style><body><p>The page is not built. In a clone of the project, run <code>npm run build:page</code>.</p>
<script></script></body></html>`

// In an installed package, for bundlers and for Node. The last one is for a run from the sources.
const places = ["../page.html", "../../../viewer/page.html", "../../../dist/viewer/page.html"]

const hashOf = (text: string): Effect.Effect<string> =>
  Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).pipe(
    Effect.map((digest) => `sha256-${Base64.encode(new Uint8Array(digest))}`)
  )

const between = (html: string, tag: string): string => new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`).exec(html)?.[1] ?? ""

const read = (place: string) => Effect.tryPromise(() => readFile(new URL(place, import.meta.url), "utf8"))

/** The HTML of the page. @internal */
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
