/**
 * The heads of replies, held against what the messages' own encodings begin with, whatever was asked for before.
 */
import { encodeNegotiated, encodeRefused, negotiated, refused } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { negotiatedHead, refusedHead } from '../../src/wire/ReplyHead.js'

const NUMBERS = [0, 1, 2]

describe('a head', () => {
  it('is that of these numbers, though the text was last seen with others (law 1)', () => {
    for (const negotiatedProtocol of [...NUMBERS, ...NUMBERS]) {
      for (const daemonVersion of ['1.0.0', '2.0.0']) {
        const message = negotiated({ negotiatedProtocol, daemonVersion, backendPipe: '/run/head.sock' })
        for (let twice = 0; twice < 2; twice += 1) expect(negotiatedHead(message)).toEqual(encodeNegotiated(message))
      }
    }
    for (const code of NUMBERS) {
      for (const daemonMinProtocol of NUMBERS) {
        for (const daemonMaxProtocol of NUMBERS) {
          const message = refused({ code, daemonMinProtocol, daemonMaxProtocol, reason: 'a head' })
          for (let twice = 0; twice < 2; twice += 1) expect(refusedHead(message)).toEqual(encodeRefused(message))
        }
      }
    }
  })

  it('is made once for as long as it is remembered, which is until there are 1 024 others', () => {
    const yes = (i: number): Uint8Array => negotiatedHead(negotiated({ backendPipe: `/run/${i}.sock` }))
    const no = (i: number): Uint8Array => refusedHead(refused({ reason: `reason ${i}` }))
    for (const headOf of [yes, no]) {
      const [first] = Array.from({ length: 1_025 }, (_, i) => headOf(i))
      expect(headOf(1_024)).toBe(headOf(1_024))
      expect(headOf(0)).not.toBe(first)
      // The table may begin anew between two of them, but not twice.
      const isKept = (i: number): boolean => {
        const [one, other] = [headOf(i), headOf(i + 1)]
        return headOf(i) === one && headOf(i + 1) === other
      }
      expect([2_000, 3_000].some(isKept)).toBe(true)
    }
  })

  it('with what only one reply has is nobody else\'s', () => {
    const warned = negotiated({ backendPipe: '/run/warned.sock', warnings: ['w'] })
    expect(negotiatedHead(warned)).not.toBe(negotiatedHead(warned))
    const detailed = refused({ reason: 'detailed', details: new Map([['k', 'v']]) })
    expect(refusedHead(detailed)).not.toBe(refusedHead(detailed))
    expect(negotiatedHead(negotiated({ backendPipe: '/run/warned.sock' }))).toEqual(encodeNegotiated(negotiated({ backendPipe: '/run/warned.sock' })))
    expect(refusedHead(refused({ reason: 'detailed' }))).toEqual(encodeRefused(refused({ reason: 'detailed' })))
  })

  it('of other numbers stands in for none, in whatever order they come (law 1)', () => {
    const messages = NUMBERS.flatMap((code) => NUMBERS.flatMap((daemonMinProtocol) => NUMBERS.map((daemonMaxProtocol) =>
      refused({ code, daemonMinProtocol, daemonMaxProtocol, reason: 'another head' }))))
    for (const first of messages) {
      for (const second of messages) {
        refusedHead(first)
        expect(refusedHead(second)).toEqual(encodeRefused(second))
      }
    }
  })
})
