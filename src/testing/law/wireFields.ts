/**
 * A message's canonical encoding taken apart into its fields, as naively as that form allows.
 */

/** @internal A field as it stands on the wire; its value is a varint's number, or the bytes behind a length. */
export interface WireField {
  readonly number: number
  readonly value: bigint | Uint8Array
  /** The offset right behind it. */
  readonly end: number
}

/** @internal The fields of a canonical encoding, which has varints and runs of bytes only (SPEC W10). */
export function wireFields(bytes: Uint8Array): ReadonlyArray<WireField> {
  const fields: Array<WireField> = []
  for (let at = 0; at < bytes.length;) {
    const key = varintAt(bytes, at)
    const value = varintAt(bytes, key.end)
    const isRun = (key.value & 7n) === 2n
    const end = isRun ? value.end + Number(value.value) : value.end
    fields.push({ number: Number(key.value >> 3n), value: isRun ? bytes.slice(value.end, end) : value.value, end })
    at = end
  }
  return fields
}

/** @internal The number that seven bits of every byte spell, least first, up to a byte below 0x80. */
export function varintAt(bytes: ArrayLike<number>, start: number): { readonly value: bigint; readonly end: number } {
  let value = 0n
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - start))
    if (byte < 0x80) return { value, end: at + 1 }
  }
  return { value, end: bytes.length }
}
