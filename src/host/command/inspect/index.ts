/**
 * The pure half of `inspect`: hex to bytes, bytes to a report, the report to text.
 */
export { inspectBytes } from './inspectBytes.js'
export * from './Inspection.js'
export { describeHexError, type HexError, parseHex } from './parseHex.js'
export { renderInspection } from './renderInspection.js'
