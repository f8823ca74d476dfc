/**
 * A writer of attributes into a record.
 *
 * @internal
 */
import type { AttributeValue, Writer } from "../Attribute.ts"

/** @internal */
export class RecordWriter implements Writer {
  readonly record: Record<string, AttributeValue>

  constructor(record: Record<string, AttributeValue> = {}) {
    this.record = record
  }

  put(key: string, value: AttributeValue | undefined): void {
    if (value !== undefined) this.record[key] = value
  }
}
