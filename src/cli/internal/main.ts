#!/usr/bin/env node
/**
 * The entry point of `npx effect-agentops`.
 *
 * @since 0.1.0
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import { run } from "../Command.ts"

run.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
