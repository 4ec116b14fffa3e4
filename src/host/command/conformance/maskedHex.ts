/**
 * Bytes in hex, with what is secret in them written over.
 *
 * **Laws**
 *  1. There is one cell a byte, and no four bytes in a row of a secret in them, wherever they stand: also where the
 *     rest of it was cut off or changed.
 */
import { toHex } from '../../../data/Bytes.js'

/** @internal The bytes as cells of two characters. */
export function maskedHex(bytes: Uint8Array, secrets: ReadonlyArray<Uint8Array>): ReadonlyArray<string> {
  const windows = new Set(secrets.flatMap(windowsOf))
  const masked = new Set<number>()
  windowsOf(bytes).forEach((window, at) => {
    if (windows.has(window)) for (let i = 0; i < WINDOW_BYTES; i += 1) masked.add(at + i)
  })
  return Array.from(bytes, (byte, at) => (masked.has(at) ? 'xx' : toHex(Uint8Array.of(byte))))
}

const WINDOW_BYTES = 4

function windowsOf(bytes: Uint8Array): ReadonlyArray<string> {
  const count = Math.max(0, bytes.length - WINDOW_BYTES + 1)
  return Array.from({ length: count }, (_, at) => toHex(bytes.subarray(at, at + WINDOW_BYTES)))
}
