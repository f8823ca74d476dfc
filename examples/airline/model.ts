/**
 * The client of an OpenAI-compatible endpoint. Each completion is a traced call, each request a traced attempt.
 */
import { Config, Context, Effect, Layer, pipe, type Redacted, Schedule, Schema } from "effect"
import { traceAttempt, traceLlmWith } from "effect-agentops"
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpClientResponse } from "effect/http"
import type { AssistantMessage, Message, Request, ToolDefinition } from "./chat.ts"
import { Completion } from "./chat.ts"

/** The endpoint returned a temporary error, so a retry may succeed. */
export class ModelBusy
  extends Schema.TaggedError<ModelBusy>()("ModelBusy", { status: Schema.Number, message: Schema.String })
{}

/** The endpoint is unreachable, refuses the request, or does not return a chat completion. */
export class ModelFailed extends Schema.TaggedError<ModelFailed>()("ModelFailed", { message: Schema.String }) {}

const busy = new Set([429, 500, 502, 503, 504])

const ErrorBody = Schema.Struct({ error: Schema.Struct({ message: Schema.String }) })

/** The error message of a response. A gateway before the endpoint may use another format. */
const problem = (response: HttpClientResponse.HttpClientResponse) =>
  HttpClientResponse.schemaBodyJson(ErrorBody)(response).pipe(
    Effect.map(({ error }) => error.message),
    Effect.orElseSucceed(() => `The endpoint answered with status ${response.status}`)
  )

const failed = (error: { readonly message: string }) => new ModelFailed({ message: error.message })

export interface Options {
  readonly baseUrl: string
  readonly apiKey: Redacted.Redacted<string>
  readonly model: string
}

export class Model extends Context.Service<Model, {
  readonly complete: (
    messages: readonly [Message, ...ReadonlyArray<Message>],
    tools: ReadonlyArray<ToolDefinition>
  ) => Effect.Effect<AssistantMessage, ModelBusy | ModelFailed>
}>()("airline/Model") {
  static readonly layer = ({ apiKey, baseUrl, model }: Options): Layer.Layer<Model> =>
    Layer.effect(
      Model,
      Effect.gen(function*() {
        const client = yield* HttpClient.HttpClient

        const send = Effect.fnUntraced(function*(request: Request) {
          const response = yield* client.execute(
            HttpClientRequest.post(`${baseUrl}/chat/completions`).pipe(
              HttpClientRequest.bearerToken(apiKey),
              HttpClientRequest.bodyJsonUnsafe(request)
            )
          ).pipe(Effect.timeout("1 minute"), Effect.mapError(failed))
          if (response.status === 200) return yield* Effect.mapError(response.json, failed)
          const message = yield* problem(response)
          if (busy.has(response.status)) return yield* new ModelBusy({ status: response.status, message })
          return yield* new ModelFailed({ message })
        })

        return Model.of({
          complete: (messages, tools) => {
            const request: Request = { model, messages, tools }
            return pipe(
              send(request),
              traceAttempt,
              Effect.retry({
                while: (error) => error._tag === "ModelBusy",
                schedule: Schedule.exponential("100 millis"),
                times: 4
              }),
              traceLlmWith({ request }),
              Effect.flatMap((body) => Effect.mapError(Schema.decodeUnknownEffect(Completion)(body), failed)),
              Effect.map((completion) => completion.choices[0].message)
            )
          }
        })
      })
    ).pipe(
      Layer.provide(FetchHttpClient.layer),
      // The attempt already has a span, so the HTTP client needs none for the same request.
      Layer.provide(Layer.succeed(HttpClient.TracerDisabledWhen, () => true))
    )

  /** OpenAI's endpoint or a compatible one, set by `OPENAI_API_KEY`, `OPENAI_BASE_URL` and `OPENAI_MODEL`. */
  static readonly layerConfig = Layer.unwrap(
    Effect.map(
      Config.all({
        apiKey: Config.Redacted("OPENAI_API_KEY"),
        baseUrl: Config.String("OPENAI_BASE_URL").pipe(Config.withDefault("https://api.openai.com/v1")),
        model: Config.String("OPENAI_MODEL").pipe(Config.withDefault("gpt-4o"))
      }),
      Model.layer
    )
  )
}
