/**
 * CRC-32C, the checksum of iSCSI and of most storage formats.
 *
 * @internal
 */

const table = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  table[byte] = crc
}

/** @internal */
export const crc32c = (bytes: Uint8Array, start: number, end: number): number => {
  let crc = -1
  for (let i = start; i < end; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}
