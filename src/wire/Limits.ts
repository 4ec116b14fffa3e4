/**
 * The caps and numbers of the wire, frozen, each with its reason.
 */

/**
 * The first byte of every frame on the wire (SPEC F1). Compared before anything else is read, so
 * that a peer speaking another protocol is told at once.
 *
 * @category constants
 * @since 0.1.0
 */
export const FRAMING_VERSION = 0x01

/**
 * The framing byte and four bytes of little-endian body length (SPEC F1).
 *
 * @category constants
 * @since 0.1.0
 */
export const HEADER_BYTES = 5

/**
 * The longest body of a first frame, 64 KiB (SPEC F3): whoever has not yet been told apart from a
 * stranger can make a broker keep no more than this.
 *
 * @category constants
 * @since 0.1.0
 */
export const HELLO_BODY_MAX_BYTES = 0x1_0000

/**
 * The longest body of any frame, 16 MiB (SPEC F3, F7).
 *
 * @category constants
 * @since 0.1.0
 */
export const FRAME_BODY_MAX_BYTES = 0x100_0000

/**
 * A lifecycle event never needs to be cut below this many bytes (SPEC F10). Unused by the Hello;
 * here because the constant is frozen with the others.
 *
 * @category constants
 * @since 0.1.0
 */
export const LIFECYCLE_EVENT_FLOOR_BYTES = 512

/**
 * The version of the frame envelope, and the only protocol version a v1 broker speaks (SPEC E1, H1).
 *
 * @category constants
 * @since 0.1.0
 */
export const PROTOCOL_VERSION = 1

/**
 * The payload protocol of the control plane, where the Hello lives (SPEC E3, M6).
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOL_CONTROL = 0x0000

/**
 * The payload protocol of handoffs: offers, ACKs, and the word to the client that it is ready (SPEC X1, M6).
 * In the private range, because only a broker and its own backends and clients speak it.
 *
 * @category constants
 * @since 0.1.0
 */
export const PAYLOAD_PROTOCOL_HANDOFF = 0xd0ff

/**
 * How deep groups and messages may nest in a message being decoded (SPEC W8).
 *
 * @category constants
 * @since 0.1.0
 */
export const NESTING_MAX = 100
