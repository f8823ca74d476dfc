/**
 * The gRPC transport, loaded when an exporter first uses it.
 *
 * @internal
 */
import { lazily } from "../../../core/internal/lazily.ts"

/** @internal */
export const grpc = lazily(() => import("./transport.ts"))
