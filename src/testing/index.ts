/**
 * Tests agents by their traces: expectations, trajectories, snapshots and scripted models.
 *
 * @since 0.1.0
 */
export * as SpanTree from "../convention/SpanTree.ts"
export * as Expectation from "./Expectation.ts"
export * as Matchers from "./Matchers.ts"
export * as Mismatch from "./Mismatch.ts"
export * as Pattern from "./Pattern.ts"
export * as ScriptedModel from "./ScriptedModel.ts"
export * as Snapshot from "./Snapshot.ts"
export * as TestTracing from "./TestTracing.ts"
export * as Trajectory from "./Trajectory.ts"
