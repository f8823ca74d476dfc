/**
 * Files: the file exporter and the log on disk. Loaded when either is used.
 *
 * @internal
 */
export { makeNodeFileSystem } from "../../../delivery/internal/disk/nodeFileSystem.ts"
export { currentProcess } from "../../../delivery/internal/disk/process.ts"
export { makeFileSender } from "../backend/file.ts"
