import { CAP_HANDLE_PASSING, HandoffAttempt, MAX_U64, tokenBytes } from 'hello-negotiation'
import { EMPTY_NEGOTIATED, negotiated } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf, token } from '../support/negotiate.js'

const { attemptable } = HandoffAttempt

describe('a ticket', () => {
  const yes = negotiated({ serverCapabilities: CAP_HANDLE_PASSING, handlePassedToken: tokenBytes(token(0xa)), connectionId: 7n })

  it('is a yes with bit 0 set and a token of 16 bytes; the connection id is the correlation id (SPEC X7)', () => {
    const ticket = rightOf(attemptable(yes))
    expect([tokenBytes(ticket.token), ticket.connectionId]).toEqual([tokenBytes(token(0xa)), 7n])
    expect(rightOf(attemptable({ ...yes, serverCapabilities: MAX_U64 })).connectionId).toBe(7n)
  })

  it.each([
    [{ serverCapabilities: 0n }, { _tag: 'HandlePassingNotAgreed', actual: 0n }],
    [{ serverCapabilities: MAX_U64 - 1n }, { _tag: 'HandlePassingNotAgreed', actual: MAX_U64 - 1n }],
    [{ handlePassedToken: new Uint8Array(0) }, { _tag: 'TokenMissing' }],
    [{ handlePassedToken: new Uint8Array(15) }, { _tag: 'WrongTokenLength', actualBytes: 15, expectedBytes: 16 }],
    [{ handlePassedToken: new Uint8Array(17) }, { _tag: 'WrongTokenLength', actualBytes: 17, expectedBytes: 16 }],
  ])('is not in a yes with %o (SPEC X7)', (fields, error) => {
    expect(leftOf(attemptable({ ...yes, ...fields }))).toEqual(error)
  })

  it('is not in an empty yes, which agrees to nothing (SPEC X7)', () => {
    expect(leftOf(attemptable(EMPTY_NEGOTIATED))._tag).toBe('HandlePassingNotAgreed')
  })
})
