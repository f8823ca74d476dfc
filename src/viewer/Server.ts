/**
 * The viewer as a server of its own, on the loopback interface.
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
 * The port of OTLP over HTTP, which programs send to where nobody says otherwise.
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
 * `port` is 4318 by default, and 0 stands for any that is free. A port that is taken is a `ServeError`. Nobody outside
 * of this machine can reach it.
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
    // A page that is open listens for changes and would hold the end up.
    Layer.provideMerge(
      NodeHttpServer.layer(createServer, {
        port: options?.port ?? defaultPort,
        host: "127.0.0.1",
        gracefulShutdownTimeout: "100 millis"
      })
    )
  )
