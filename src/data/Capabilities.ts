/**
 * Capability bitmaps: u64, one bit a capability; bit 0 is the only one assigned (SPEC N9).
 */

/**
 * Bit 0: this side can pass, or adopt, an open connection (SPEC N9). Frozen.
 *
 * @category constants
 * @since 0.1.0
 */
export const CAP_HANDLE_PASSING = 0x1n

/**
 * Whether every bit of `capability` is set in `capabilities`.
 *
 * @category queries
 * @since 0.1.0
 */
export function hasCapability(capabilities: bigint, capability: bigint): boolean {
  return (capabilities & capability) === capability
}
