/**
 * Messages with one fault: the decoder gives exactly the error that each names, down to the offset.
 */
import fc from 'fast-check'
import { arbitraryMalformed } from 'hello-negotiation/testing'
import { CODECS, type Codec, type MessageName, SCHEMA } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { readHelloFacts } from '../../../src/wire/HelloFacts.js'
import { viewRequest } from '../../../src/wire/RequestView.js'
import { expectNamedErrors, expectReached, leftOf } from './support.js'

const ANYWHERE = [
  'field number 0', 'key above 32 bits', 'wire type 6 or 7', 'known field, wrong wire type', 'key of 11 bytes', 'varint of 11 bytes',
  'length far beyond the input', 'length one beyond the input', 'key cut off', 'varint cut off', '8 bytes cut off', '4 bytes cut off',
  'group without end', 'group end without a group', 'end of another group', 'one group too deep',
]
const IN_TEXT = ['overlong UTF-8', 'a surrogate in UTF-8', 'UTF-8 above 10FFFF', 'UTF-8 cut short', 'no UTF-8 at all']
const OVERRUN = 'nested message longer than its length'

/** What can be off in a message: everything, and in those nested in it everything once more. */
function possible(name: MessageName): ReadonlyArray<string> {
  const kinds = SCHEMA[name].map(({ kind }) => kind)
  const own = [...ANYWHERE, ...(kinds.includes('string') ? IN_TEXT : [])]
  if (!kinds.includes('map') && !kinds.includes('message')) return own
  // A map's entry holds texts, and so do both members of a HelloReply, of which one has entries in turn.
  const nested = [...ANYWHERE, ...IN_TEXT, ...(kinds.includes('message') ? [OVERRUN] : [])]
  return [...own, OVERRUN, ...nested.map((off) => `nested: ${off}`)]
}

describe.each(Object.keys(SCHEMA) as ReadonlyArray<MessageName>)('a malformed %s', (name) => {
  it('gives exactly the error it names, and every fault is reached (SPEC W1–W9)', () => {
    const { decode } = CODECS[name] as Codec<unknown>
    const isNested = SCHEMA[name].some(({ kind }) => kind === 'map' || kind === 'message')
    const counts = expectNamedErrors(arbitraryMalformed(name), (bytes) => leftOf(decode(bytes)), isNested ? 2_000 : 500)
    expectReached(counts, possible(name), 1)
  })
})

it('a malformed Frame or Hello is the same error to the readers that read in place', () => {
  fc.assert(fc.property(arbitraryMalformed('Frame'), ({ value, error }) => {
    expect(leftOf(viewRequest(value, 0, value.length))).toEqual(error)
  }))
  fc.assert(fc.property(arbitraryMalformed('Hello'), ({ value, error }) => {
    expect(leftOf(readHelloFacts(value, 0, value.length))).toEqual(error)
  }))
})
