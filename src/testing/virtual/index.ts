/**
 * What simulated worlds are made of: time, chance, wrong clocks, messages on their way, traces.
 */
export * as Agenda from './Agenda.js'
export * as Prng from './Prng.js'
export * as SkewedClock from './SkewedClock.js'
export * as Timetable from './Timetable.js'
export { type Cutting, type Parcel, parcels, tamper, type Tampered, type Tampering, untampered } from './Tampering.js'
export { type TraceEvent, traceDigest, traceText } from './traceText.js'
