/**
 * Unsigned numbers of the wire: u64 as `bigint`, u32 as `number`, both with wrap-around made explicit.
 */

/**
 * The greatest u64, 2^64 − 1.
 *
 * @category constants
 * @since 0.1.0
 */
export const MAX_U64 = 0xffff_ffff_ffff_ffffn

/**
 * The greatest u32, 2^32 − 1.
 *
 * @category constants
 * @since 0.1.0
 */
export const MAX_U32 = 0xffff_ffff

/**
 * The u64 after `value`; 2^64 − 1 is followed by 0 (SPEC N5).
 *
 * @category utils
 * @since 0.1.0
 */
export function nextU64(value: bigint): bigint {
  return value === MAX_U64 ? 0n : value + 1n
}

/**
 * Whether a bigint is a u64.
 *
 * @category refinements
 * @since 0.1.0
 */
export function isU64(value: bigint): boolean {
  return value >= 0n && value <= MAX_U64
}

/**
 * Whether a number is a u32.
 *
 * @category refinements
 * @since 0.1.0
 */
export function isU32(value: number): boolean {
  return value >>> 0 === value
}
