/**
 * The viewer as a server on the loopback interface.
 *
 * @since 0.1.0
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as ByteSize from "effect/ByteSize"
import * as Effect from "effect/Effect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServer from "effect/http/HttpServer"
import type * as HttpServerError from "effect/http/HttpServerError"
import * as Layer from "effect/Layer"
import { createServer } from "node:http"
import { readPage } from "./internal/pageFile.ts"
import * as Routes from "./Routes.ts"
import type { TraceSink, TraceStore } from "./TraceStore.ts"

/**
 * The default port of OTLP over HTTP.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultPort = 4318

/**
 * Listens on 127.0.0.1 until its scope closes.
 *
 * **Details**
 *
 * `port` is 4318 by default, and 0 selects any free port. A port in use is a `ServeError`. Other machines cannot reach
 * the server.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: {
  readonly port?: number | undefined
}): Layer.Layer<HttpServer.HttpServer, HttpServerError.ServeError, TraceStore | TraceSink> =>
  Layer.unwrap(
    Effect.map(readPage, (page) =>
      HttpRouter.serve(
        Layer.mergeAll(Routes.layerReceiver, Routes.layerApi, Routes.layerPage(page), Routes.layerGuard),
        { disableLogger: true, disableListenLog: true }
      ))
  ).pipe(
    Layer.provide(Layer.succeed(HttpIncomingMessage.MaxBodySize, ByteSize.fromInputUnsafe("64 MiB"))),
    // An open page keeps its event stream open, so the shutdown must not wait for it.
    Layer.provideMerge(
      NodeHttpServer.layer(createServer, {
        port: options?.port ?? defaultPort,
        host: "127.0.0.1",
        gracefulShutdownTimeout: "100 millis"
      })
    )
  )
