/**
 * Records the duration of a retrieval, a rerank or a memory operation.
 *
 * @internal
 */
import type { Ended, Measure } from "../../EventKind.ts"
import { latest } from "../../EventMetrics.ts"

interface Operation extends Pick<Ended, "duration" | "errorType"> {
  readonly fields: {
    readonly provider?: string | undefined
    readonly model?: string | undefined
    readonly serverAddress?: string | undefined
    readonly serverPort?: number | undefined
  }
}

/** @internal */
export const measureOperation = (operation: string, event: Operation, record: Measure): void => {
  const { duration, errorType, fields } = event
  record(latest.operationDuration, duration, {
    "gen_ai.operation.name": operation,
    "gen_ai.provider.name": fields.provider ?? "_OTHER",
    "gen_ai.request.model": fields.model,
    "server.address": fields.serverAddress,
    "server.port": fields.serverPort,
    "error.type": errorType
  })
}
