/**
 * Scores, feedback, judges, and runs over data sets.
 *
 * @since 0.1.0
 */
export * as Evaluation from "./Evaluation.ts"
export * as EvaluationRun from "./EvaluationRun.ts"
export * as Report from "./Report.ts"
export * as Score from "./Score.ts"
export * as ScoreExporter from "./ScoreExporter.ts"
