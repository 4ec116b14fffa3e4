import { describeAckError } from 'hello-negotiation'
import { type AckRegistry, HandoffOwnership } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'
import { SERVICE } from '../support/negotiate.js'

const { describeHandoffFailure, HANDOFF_STAGES, ownerAfter, stageOf } = HandoffOwnership

type Failure = HandoffOwnership.HandoffFailure
type Fault = Extract<Failure, { _tag: 'AckNotObserved' }>['fault']

const HANDOFF: AckRegistry.Handoff = { serviceName: SERVICE, backendPid: 0, connectionId: 7n }
const OVERDUE: AckRegistry.AckError = { _tag: 'AckDeadlineExceeded', handoff: HANDOFF, ackDeadlineMs: 5_000 }

const delivery = (stage: HandoffOwnership.DeliveryStage, handleMayHaveArrived: boolean): Failure =>
  ({ _tag: 'DeliveryFailed', stage, detail: 'channel closed', handleMayHaveArrived })
const unobserved = (fault: Fault): Failure => ({ _tag: 'AckNotObserved', fault })

/** Every fault of an ACK but an explicit rejection, each with its words. */
const FAULTS: ReadonlyArray<readonly [Fault, string]> = [
  [{ _tag: 'BodyTooLarge', actual: 16_777_217, max: 16_777_216 }, 'frame body too large: 16777217 bytes exceeds cap 16777216'],
  [{ _tag: 'UnexpectedEnd', context: 'frame body' }, 'unexpected EOF while reading frame (frame body)'],
  [{ _tag: 'UnsupportedFraming', actual: 2, expected: 1 }, 'unsupported framing version: got 2, expected 1'],
  [{ _tag: 'NoAckInTime', ackDeadlineMs: 5_000 }, 'backend ACK deadline (5000 ms) exceeded'],
  [
    { _tag: 'DecodeError', message: 'HandoffAck', offset: 0, fault: { _tag: 'Truncated' } },
    'HandoffAck: byte 0: input ends in the middle of a field',
  ],
  [{ _tag: 'UnexpectedFrameKind', actual: 0, expected: 1 }, 'kind is not RESPONSE'],
  [{ _tag: 'AckRequestIdMismatch', actual: 1n, expected: 2n }, 'HandoffAck frame request_id 1 does not match correlation id 2'],
  [{ _tag: 'AckCorrelationMismatch', actual: 1n, expected: 2n }, 'HandoffAck correlation id 1 does not match offer correlation id 2'],
  [{ _tag: 'AckTokenMismatch' }, 'HandoffAck token echo does not match the offered token'],
  [{ _tag: 'AckTooLate', observedMs: 2, deadlineMs: 1 }, 'backend HandoffAck arrived after the ACK deadline'],
]

describe('who has the stream', () => {
  it.each([
    'Duplicate', 'Deliver', 'Send',
  ] as const)('is the broker where %s failed, unless the handle may have arrived (SPEC X8)', (stage) => {
    expect(ownerAfter(delivery(stage, false))).toBe('Broker')
    expect(ownerAfter(delivery(stage, true))).toBe('Relinquished')
  })

  it('is the broker after an explicit rejection (SPEC X8)', () => {
    expect(ownerAfter(unobserved({ _tag: 'BackendRefused', detail: '' }))).toBe('Broker')
  })

  it.each(FAULTS)('is no longer the broker after %o (SPEC X8)', (fault) => {
    expect(ownerAfter(unobserved(fault))).toBe('Relinquished')
  })

  it('is no longer the broker where its registry refuses an ACK that the backend gave (SPEC X8, A2, A3)', () => {
    expect(ownerAfter({ _tag: 'AckRefused', error: { _tag: 'TokenNotPending' } })).toBe('Relinquished')
    expect(ownerAfter({ _tag: 'AckRefused', error: OVERDUE })).toBe('Relinquished')
  })

  it('is the backend where only the word to the client was lost (SPEC X8)', () => {
    expect(ownerAfter({ _tag: 'ReadyNotWritten', detail: 'EPIPE' })).toBe('Backend')
  })
})

describe('the stages', () => {
  it('are these, in this order (SPEC X9)', () => {
    expect(HANDOFF_STAGES).toEqual({
      Unix: ['Send', 'AwaitAck', 'Acknowledge'], Windows: ['Duplicate', 'Deliver', 'AwaitAck', 'Acknowledge'],
    })
  })

  it('are each where some failure happens (SPEC X9)', () => {
    const failures: ReadonlyArray<Failure> = [
      delivery('Send', true), delivery('Duplicate', false), delivery('Deliver', true), unobserved({ _tag: 'AckTokenMismatch' }),
      { _tag: 'AckRefused', error: OVERDUE }, { _tag: 'ReadyNotWritten', detail: '' },
    ]
    expect(failures.map(stageOf)).toEqual(['Send', 'Duplicate', 'Deliver', 'AwaitAck', 'Acknowledge', 'Acknowledge'])
    for (const stages of Object.values(HANDOFF_STAGES)) {
      expect(stages.filter((stage) => !failures.map(stageOf).includes(stage))).toEqual([])
    }
  })
})

describe('the words for a failure', () => {
  it.each(FAULTS)('wrap what was wrong with the ACK: %o (SPEC X6)', (fault, text) => {
    expect(describeHandoffFailure(unobserved(fault))).toBe(`backend handoff ACK was not observed: ${text}`)
  })

  it('wrap what the backend or the system said (SPEC X6)', () => {
    expect(describeHandoffFailure(unobserved({ _tag: 'BackendRefused', detail: '' })))
      .toBe('backend handoff ACK was not observed: backend refused the handoff: no detail provided')
    expect(describeHandoffFailure(delivery('Send', true))).toBe('handoff delivery to backend failed: channel closed')
    expect(describeHandoffFailure({ _tag: 'ReadyNotWritten', detail: 'EPIPE' }))
      .toBe('the client was not told that its stream was handed off: EPIPE')
  })

  it.each<AckRegistry.AckError>([{ _tag: 'TokenNotPending' }, OVERDUE])('say of %o what the broker\'s own events say (SPEC A2)', (error) => {
    expect(describeHandoffFailure({ _tag: 'AckRefused', error }))
      .toBe(`backend handoff ACK was not observed: ${describeAckError(error)}`)
  })
})

it('hands back a failure that no type lets in, rather than throw', () => {
  for (const total of [describeHandoffFailure, ownerAfter, stageOf]) expect(total('smuggled' as never)).toBe('smuggled')
})
