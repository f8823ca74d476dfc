/**
 * The parts of exporters that are loaded when an exporter first needs them, so that a program pays for those it has.
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

/** Exporters and processors of OpenTelemetry's. @internal */
export const foreign = lazily(() => import("./parts/foreign.ts"))
