/**
 * The parts of exporters, each loaded when an exporter first needs it, so that a program loads only what it uses.
 *
 * @internal
 */
import { lazily } from "../../core/internal/lazily.ts"

/** @internal */
export const delivery = lazily(() => import("./parts/delivery.ts"))

/** @internal */
export const network = lazily(() => import("./parts/network.ts"))

/** @internal */
export const disk = lazily(() => import("./parts/disk.ts"))

/** @internal */
export const metrics = lazily(() => import("./parts/metrics.ts"))

/** @internal */
export const tree = lazily(() => import("./backend/console.ts"))

/** @internal */
export const viewer = lazily(() => import("./backend/viewer.ts"))

/** @internal */
export const media = lazily(() => import("./mediaDestination.ts"))

/** Adapters for OpenTelemetry's exporters and processors. @internal */
export const foreign = lazily(() => import("./parts/foreign.ts"))
