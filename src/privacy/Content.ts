/**
 * Content: what people wrote and models answered, and where it may be exported.
 *
 * Content is prompts, completions, a tool's arguments and results, the messages of exceptions, and every event field
 * that is marked as content. Each exporter has a {@link Policy} for it. A {@link Hook} sees it first and may store it
 * elsewhere. {@link media} stores its images and files in your own store.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { makeDirectoryStore } from "./internal/directoryStore.ts"
import { makeHttpStore } from "./internal/httpStore.ts"
import type { Media, MediaOptions, MediaStore } from "./Media.ts"

export type { ErrorPolicy } from "../core/ErrorPolicy.ts"
export type { Media, MediaOptions, MediaStore, TakeMedia } from "./Media.ts"

/**
 * Where an exporter writes content: nowhere, on spans, on events, or on both.
 *
 * **Details**
 *
 * An event is the log record `gen_ai.client.inference.operation.details` of OpenTelemetry's GenAI conventions. There is
 * one for each model call, with the ids of its span and all of the span's facts, and with messages as structured
 * values.
 *
 * `true` means `span`, or `event` for `Exporter.otlpLogs`, and `false` means `none`. The variable
 * `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` gives the same choice to exporters that are set up from the
 * environment.
 *
 * **Gotchas**
 *
 * Only exporters of log records send events: `Exporter.otlpLogs`, and `Exporter.agentOps` with `logs`. For an exporter
 * of spans only, `event` is the same as `none`. The arguments and results of tools are on spans only.
 *
 * @category models
 * @since 0.1.0
 */
export type Policy = "none" | "span" | "event" | "both"

/**
 * The content of one ended event, as a {@link Hook} sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Content {
  /** The kind of event: `llm`, `tool`, `action`, `agent`, a kind of your own, or `session`. */
  readonly kind: string
  readonly traceId: string
  readonly spanId: string
  readonly sessionId: string | undefined
  /** The event's content fields by name, such as `inputMessages`, as redacted JSON values. */
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * The result of a {@link Hook}: fields that replace the ones it saw, where `undefined` removes a field, and attributes
 * for the event's span.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kept {
  readonly fields?: Readonly<Record<string, unknown>> | undefined
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Sees the content of every event before it is encoded, and may replace it by a reference.
 *
 * **Details**
 *
 * It is called once for each event, and for each session with content, whether it is sampled or not. It is called after
 * the event has ended and the redactor has run. Binary parts are still complete. A session contains its calls' content
 * as the hook left it.
 *
 * The hook runs on the fiber of the event, so it should only take the content over and store it from a queue. If it
 * throws, the event's content is left out.
 *
 * The GenAI conventions have no name for a reference yet. Existing tools append `_ref` to the name of the attribute.
 *
 * **Example** (prompts in your own store)
 *
 * ```ts
 * import { AgentOps, type Content } from "effect-agentops"
 *
 * const stored: Array<readonly [key: string, content: unknown]> = []
 *
 * const keepPrompts: Content.Hook = ({ fields, kind, spanId }) => {
 *   if (kind !== "llm") return undefined
 *   stored.push([spanId, fields.inputMessages])
 *   return {
 *     fields: { inputMessages: undefined },
 *     attributes: { "gen_ai.input.messages_ref": `s3://prompts/${spanId}` }
 *   }
 * }
 *
 * const TracingLive = AgentOps.layer({ serviceName: "support-bot", contentHook: keepPrompts })
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export type Hook = (content: Content) => Kept | undefined

/**
 * Stores the images, recordings and files of content, and leaves a reference and a hash on the span.
 *
 * **Details**
 *
 * Without it, a note with type and size replaces bytes. With it, a part of a message becomes a part of type `uri`, as
 * the GenAI conventions define it, with `sha256` and `size` beside it. Elsewhere the note contains the hash and the
 * reference.
 *
 * It finds base64 of 512 characters or more in any text, `data:` URLs, and `Uint8Array`s, `ArrayBuffer`s and `Buffer`s
 * in lists and plain objects, after the `contentHook` has run. It stores only the content of sampled spans, and only if
 * an exporter writes content. The redactor does not read the bytes.
 *
 * Storing runs in the background, four at a time, and stores equal bytes once. `AgentOps.flush` and the release of the
 * layer wait for it. Its status has the name `media`.
 *
 * **Example** (images in a directory)
 *
 * ```ts
 * import { AgentOps, Content } from "effect-agentops"
 *
 * const TracingLive = AgentOps.layer({
 *   serviceName: "support-bot",
 *   media: Content.media({ store: Content.directoryStore({ path: "./media" }) })
 * })
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const media = (options: MediaOptions): MediaOptions => options

/**
 * Stores media as files, each with its hash as its name: `<sha256>.png`.
 *
 * **Details**
 *
 * The files and the directory, which is created if necessary, are readable by their user only. A file appears complete
 * or not at all, and an existing file is not written again. References are `file:` URLs, or start with `baseUrl` if the
 * directory is served. It needs Node's file system, which Bun and Deno have too.
 *
 * @category constructors
 * @since 0.1.0
 */
export const directoryStore: (options: {
  readonly path: string
  readonly baseUrl?: string | undefined
}) => MediaStore = makeDirectoryStore

/**
 * Stores media by `PUT`, each with its hash as its name: in S3 behind a gateway or with signed headers, in WebDAV, or
 * in your own service.
 *
 * **Details**
 *
 * `headers` are the headers of every request, or an effect that returns the headers of one request, such as a
 * signature. `content-type` is set. Every status except 2xx, 409 and 412 is a failure; 409 and 412 mean that the file
 * exists already. To use your own client, write a {@link MediaStore}.
 *
 * **Example** (your own client)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Content } from "effect-agentops"
 *
 * declare const bucket: { put(key: string, body: Uint8Array, type: string): Promise<void> }
 *
 * const store: Content.MediaStore = {
 *   uri: ({ sha256 }) => `s3://agents/${sha256}`,
 *   put: ({ bytes, mimeType, sha256 }) => Effect.tryPromise(() => bucket.put(sha256, bytes, mimeType))
 * }
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const httpStore: (options: {
  /** The URL before the file's name: `https://bucket.example/media`. */
  readonly url: string
  readonly headers?:
    | Readonly<Record<string, string>>
    | ((media: Media, url: string) => Effect.Effect<Readonly<Record<string, string>>, unknown>)
    | undefined
  /** The beginning of references if it differs from `url`, such as `s3://bucket/media`. */
  readonly baseUrl?: string | undefined
}) => MediaStore = makeHttpStore
