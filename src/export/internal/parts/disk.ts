/**
 * Spans in files: a file of them, and a log on disk that they are sent from. Loaded where either is asked for.
 *
 * @internal
 */
export { makeNodeFileSystem } from "../../../delivery/internal/disk/nodeFileSystem.ts"
export { currentProcess } from "../../../delivery/internal/disk/process.ts"
export { makeFileSender } from "../backend/file.ts"
