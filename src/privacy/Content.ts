/**
 * Content: what people wrote and models answered, and how far it may go.
 *
 * Prompts, completions, a tool's arguments and results, the messages of exceptions
 * and what else an event's fields are marked for are content. Each exporter has a
 * {@link Policy} for it. A {@link Hook} sees it first, and may keep it elsewhere.
 * Images and files in it are kept in a store of one's own by {@link media}.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import { makeDirectoryStore } from "./internal/directoryStore.ts"
import { makeHttpStore } from "./internal/httpStore.ts"

export type { ErrorPolicy } from "../core/ErrorPolicy.ts"

/**
 * Where an exporter tells content: nowhere, on spans, on events, or on both.
 *
 * **Details**
 *
 * An event is a log record, `gen_ai.client.inference.operation.details` of
 * OpenTelemetry's GenAI conventions: one for each call to a model, with the ids of
 * its span and all that the span says, messages as structured values.
 *
 * `true` stands for `span`, for `Exporter.otlpLogs` for `event`, and `false` for
 * `none`. The variable `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` gives
 * the same choice to what is set up from the environment.
 *
 * **Gotchas**
 *
 * Events are sent by exporters of log records: `Exporter.otlpLogs`, and
 * `Exporter.agentOps` with `logs`. For one that sends spans alone, `event` is the
 * same as `none`. What tools take and give is on spans only.
 *
 * @category models
 * @since 0.1.0
 */
export type Policy = "none" | "span" | "event" | "both"

/**
 * The content of one event that has ended, as a {@link Hook} sees it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Content {
  /** The kind of event: `llm`, `tool`, `action`, `agent`, a user's own, or `session`. */
  readonly kind: string
  readonly traceId: string
  readonly spanId: string
  readonly sessionId: string | undefined
  /** The event's content fields by name, such as `inputMessages`, as JSON values, redacted. */
  readonly fields: Readonly<Record<string, unknown>>
}

/**
 * What a {@link Hook} makes of it: fields that stand in for those it saw, where
 * `undefined` leaves one out, and attributes for the event's span.
 *
 * @category models
 * @since 0.1.0
 */
export interface Kept {
  readonly fields?: Readonly<Record<string, unknown>> | undefined
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Sees the content of every event before it is encoded, and may leave a reference
 * in its place.
 *
 * **Details**
 *
 * It is called once for each event, and for each session that has content, sampled
 * or not, when it has ended and the redactor has seen it; binary parts are still
 * whole. A session tells of its calls what the hook has left of them. It runs on the fiber of the
 * event, so it only takes note: what stores the content belongs to a queue. Where
 * it throws, the event's content is left out.
 *
 * The GenAI conventions have no name for a reference yet; tools in the field take
 * the name of the attribute with `_ref` after it.
 *
 * **Example** (prompts in a store of one's own)
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
 * An image, a recording or a file that stood in an event's content.
 *
 * @category models
 * @since 0.1.0
 */
export interface Media {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** As the content told it, or what the bytes begin like; else `application/octet-stream`. */
  readonly mimeType: string
  /** In hexadecimal. */
  readonly sha256: string
  /** The span whose content it was found in first. */
  readonly traceId: string
  readonly spanId: string
  readonly sessionId: string | undefined
}

/**
 * Where media are kept: a directory, a bucket, a table.
 *
 * @category models
 * @since 0.1.0
 */
export interface MediaStore {
  /** Where it will be: the span tells before it is there. Best made of the hash, for then the same bytes are one. */
  readonly uri: (media: Media) => string
  /** Keeps it. Where it fails, it is tried four times more, and counted as lost after that. */
  readonly put: (media: Media) => Effect.Effect<unknown, unknown>
}

/**
 * How media are kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface MediaOptions {
  readonly store: MediaStore
  /** Bytes that may wait for the store; what comes then is only noted. Default 64 MiB. */
  readonly maxBytes?: number | undefined
}

/**
 * Takes one medium, and says where it will be; nothing where it cannot be kept.
 *
 * @category models
 * @since 0.1.0
 */
export type TakeMedia = (media: Media) => string | undefined

/**
 * Keeps the images, recordings and files of content in a store, and leaves a
 * reference and a hash on the span.
 *
 * **Details**
 *
 * Without it a note stands for bytes, with their type and size. With it, a part of a
 * message becomes a part of type `uri`, as the GenAI conventions have it, with
 * `sha256` and `size` beside it; elsewhere the note names the hash and the
 * reference. Found are base64 of 512 characters or more in any text, `data:` URLs,
 * `Uint8Array`s, `ArrayBuffer`s and `Buffer`s in lists and plain objects, after the
 * `contentHook` has seen them. Only what is in the content of a sampled span is
 * kept, and only where an exporter has content at all. The redactor does not look
 * into bytes.
 *
 * Storing is done behind the program, four at a time, each content once. `AgentOps.flush`
 * and the release of the layer wait for it, and its status is called `media`.
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
 * Keeps media as files, each under its hash: `<sha256>.png`.
 *
 * **Details**
 *
 * Files are readable by their user alone, as is the directory, which is made where
 * there is none. A file is there whole or not at all, and one that is there is not
 * written again. References are `file:` URLs, or start with `baseUrl` where the
 * directory is served. Needs Node's file system, as Bun and Deno have it too.
 *
 * @category constructors
 * @since 0.1.0
 */
export const directoryStore: (options: {
  readonly path: string
  readonly baseUrl?: string | undefined
}) => MediaStore = makeDirectoryStore

/**
 * Keeps media by `PUT`, each under its hash: what speaks S3 behind a gateway or with
 * signed headers, WebDAV, or a service of one's own.
 *
 * **Details**
 *
 * `headers` are those of every request, or an effect that makes those of one, such as a
 * signature; `content-type` is set. Any answer but one of 2xx, 409 and 412 is a
 * failure: the last two say that it is there already. Where a client of one's own does
 * it, give a {@link MediaStore}.
 *
 * **Example** (a client of one's own)
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
  /** What the file's name comes after: `https://bucket.example/media`. */
  readonly url: string
  readonly headers?:
    | Readonly<Record<string, string>>
    | ((media: Media, url: string) => Effect.Effect<Readonly<Record<string, string>>, unknown>)
    | undefined
  /** What references start with, where it is another than `url`, such as `s3://bucket/media`. */
  readonly baseUrl?: string | undefined
}) => MediaStore = makeHttpStore
