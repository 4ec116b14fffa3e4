/**
 * The names of the wire's numbers.
 */
import { CAP_HANDLE_PASSING } from '../../../data/Capabilities.js'
import { ErrorCode, FrameKind, PayloadEncoding } from '../../../wire/messages/enums.js'
import type { MessageName } from '../../../wire/messages/schema.js'

const ENUMS: Readonly<Record<string, Readonly<Record<string, number>>>> = { ErrorCode, FrameKind, PayloadEncoding }

/** An enum's number and name; a number without one is kept by every reader (SPEC W4). */
export function enumText(name: string, value: number): string {
  const member = Object.entries(ENUMS[name] ?? {}).find(([, number]) => number === value)
  return member === undefined ? `${value} (no ${name} that is known)` : `${value} ${member[0]}`
}

/** The payload protocol of handoff messages (SPEC X1, M6). */
export const PAYLOAD_PROTOCOL_HANDOFF = 0xd0ff

const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0x0000, 'control plane'],
  [0x5350, 'session'],
  [0x7a63, 'zccache'],
  [0x7c4c, 'clud'],
  [0x7eb1, 'fbuild'],
  [0xad01, 'admin'],
  [0xb232, 'probe'],
  [PAYLOAD_PROTOCOL_HANDOFF, 'handoff'],
])

/** A payload protocol's number and name (SPEC M6). */
export function protocolText(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')} (${PROTOCOLS.get(value) ?? 'none that is known'})`
}

/** A capability bitmap: bit 0 is the only one assigned (SPEC N9). */
export function capabilitiesText(value: bigint): string {
  const handlePassing = (value & CAP_HANDLE_PASSING) === 0n ? [] : ['handle passing']
  const unassigned = (value & ~CAP_HANDLE_PASSING) === 0n ? [] : ['bits that are not assigned']
  const parts = [...handlePassing, ...unassigned]
  return `0x${value.toString(16)} (${parts.length === 0 ? 'none' : parts.join(', ')})`
}

const RESERVED: Readonly<Partial<Record<MessageName, readonly [first: number, last: number]>>> = {
  Frame: [10, 15],
  HandoffAck: [5, 10],
  HandoffOffer: [5, 10],
  Hello: [16, 20],
}

/** Whether a field number is kept free for later versions (SPEC W13). */
export function isReserved(message: MessageName, fieldNumber: number): boolean {
  const range = RESERVED[message]
  return range !== undefined && fieldNumber >= range[0] && fieldNumber <= range[1]
}
