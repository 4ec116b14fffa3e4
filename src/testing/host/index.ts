/**
 * What every host does, to be asked of one of your own.
 */
export type { HostCase, HostUnderTest, ServedHost } from './HostCase.js'
export { HOST_CASES } from './hostCases.js'
