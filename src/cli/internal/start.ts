/**
 * Runs the command on Node.
 *
 * @internal
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import { run } from "../Command.ts"

/** @internal */
export const start = (): void => run.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
