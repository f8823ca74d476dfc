/**
 * Exponential buckets that adapt to the values. They are as fine as the limit on their number allows.
 *
 * @see https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram
 * @internal
 */
import type { ExponentialBuckets as Data } from "../../core/MetricData.ts"

/** OpenTelemetry's defaults. */
const maxBuckets = 160
const maxScale = 20

/** Below this, a double loses precision. Such values share a bucket. */
const minNormal = 2 ** -1022

const bits = new DataView(new ArrayBuffer(8))

/**
 * The index of the bucket of a positive value. A bucket includes its upper bound.
 *
 * @internal
 */
export const bucketOf = (value: number, scale: number): number => {
  bits.setFloat64(0, Math.max(value, minNormal))
  const high = bits.getUint32(0)
  const exponent = (high >>> 20 & 0x7ff) - 1023
  // A power of two is a bucket's upper bound at every scale. A logarithm may miss it by rounding.
  if ((high & 0xfffff) === 0 && bits.getUint32(4) === 0) {
    return scale > 0 ? exponent * 2 ** scale - 1 : (exponent - 1) >> -scale
  }
  if (scale <= 0) return exponent >> -scale
  bits.setUint32(0, high & 0xfffff | 1023 << 20)
  const within = Math.min(2 ** scale - 1, Math.floor(Math.log2(bits.getFloat64(0)) * 2 ** scale))
  return exponent * 2 ** scale + within
}

/** @internal */
export class ExponentialBuckets {
  private scale = maxScale
  private zeroCount = 0
  private offset = 0
  private counts: Array<number> = []

  add(value: number): void {
    if (value === 0) {
      this.zeroCount++
      return
    }
    let bucket = bucketOf(value, this.scale)
    if (this.counts.length === 0) this.offset = bucket
    let low = Math.min(this.offset, bucket)
    let high = Math.max(this.offset + this.counts.length - 1, bucket)
    let coarser = 0
    while (high - low + 1 > maxBuckets) {
      low >>= 1
      high >>= 1
      coarser++
    }
    if (coarser > 0) {
      this.coarsen(coarser)
      bucket >>= coarser
    }
    while (bucket < this.offset) {
      this.counts.unshift(0)
      this.offset--
    }
    while (bucket >= this.offset + this.counts.length) this.counts.push(0)
    this.counts[bucket - this.offset]!++
  }

  /** Merges neighbouring buckets to make room for a wider range. */
  private coarsen(by: number): void {
    const offset = this.offset >> by
    const counts: Array<number> = []
    for (let i = 0; i < this.counts.length; i++) {
      const at = ((this.offset + i) >> by) - offset
      counts[at] = (counts[at] ?? 0) + this.counts[i]!
    }
    this.offset = offset
    this.counts = counts
    this.scale -= by
  }

  get data(): Data {
    return { scale: this.scale, zeroCount: this.zeroCount, offset: this.offset, counts: this.counts.slice() }
  }
}
