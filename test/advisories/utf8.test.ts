/**
 * Over-long UTF-8 and surrogates: another spelling of a character that a check looks for.
 *
 * The class of CVE-2000-0884 (an over-long slash gets past a check for `..`) and of CESU-8 pairs. A text is one here
 * only in its one spelling (SPEC W5), so what a check has seen is what is used.
 */
import fc from 'fast-check'
import { exchange, NO_DRAWS, peerIdentity } from 'hello-negotiation'
import { arbitraryLoneSurrogates, arbitraryServiceName, arbitraryVersion } from 'hello-negotiation/testing'
import { decodeFrame, encodeFrame, encodeFramed, encodeHello, frame, hello, requestFrame } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { FRESH, framedHello, POLICY, rightOf } from '../support/negotiate.js'
import { provenElsewhere } from './provenElsewhere.js'

provenElsewhere([
  ['wire/Cursor.test.ts', 'refuses %s wherever text stands (SPEC W5)'],
  ['wire/Cursor.test.ts', 'is valid exactly where encoding what it says gives it back (SPEC W5)'],
  ['wire/Cursor.test.ts', 'keeps a byte order mark, in short texts and long ones (SPEC W5)'],
  ['wire/Encoding.test.ts', 'become U+FFFD wherever text is written (law 2)'],
])

type Spelled = ReadonlyArray<number>

/** A character of ASCII in two, three or four bytes, as no encoder writes it. */
function overlong(character: string, length: number): Spelled {
  const point = character.charCodeAt(0)
  if (length === 2) return [0xc0 | (point >> 6), 0x80 | (point & 0x3f)]
  return [length === 3 ? 0xe0 : 0xf0, ...Array<number>(length - 3).fill(0x80), 0x80 | (point >> 6), 0x80 | (point & 0x3f)]
}

/** A request whose Hello has this service name, byte for byte, and is sound otherwise. */
function requestFor(serviceName: ReadonlyArray<number>): Uint8Array {
  const rest = encodeHello(hello({ clientMinProtocol: 1, clientMaxProtocol: 1, wantedVersion: '1.11.20' }))
  const payload = Uint8Array.from([...rest, 0x1a, serviceName.length, ...serviceName])
  return rightOf(encodeFramed(encodeFrame(requestFrame(0, payload))))
}

function reasonFor(bytes: Uint8Array): string {
  const { outcome } = exchange(POLICY, FRESH, bytes, peerIdentity(1), { nowMs: 0, draws: NO_DRAWS }).value
  return outcome._tag === 'Refused' ? outcome.reply.reason : outcome._tag
}

describe('a name in another spelling', () => {
  const ascii = (text: string): ReadonlyArray<number> => [...Buffer.from(text)]

  it('is no name: one character of it over-long, and the Hello is malformed (SPEC W5, E5)', () => {
    expect(reasonFor(requestFor(ascii('zccache')))).toBe('Negotiated')
    for (const length of [2, 3, 4]) {
      const [z, dot, slash] = ['z', '.', '/'].map((character) => overlong(character, length)) as [Spelled, Spelled, Spelled]
      expect(reasonFor(requestFor([...z, ...ascii('ccache')]))).toBe('malformed Hello payload')
      expect(reasonFor(requestFor([...dot, ...dot, ...slash]))).toBe('malformed Hello payload')
    }
  })

  it('is no name with a NUL in two bytes behind it, nor with a surrogate in three (SPEC W5, E5)', () => {
    expect(reasonFor(requestFor([...ascii('zccache'), 0xc0, 0x80]))).toBe('malformed Hello payload')
    expect(reasonFor(requestFor([...ascii('zccache'), 0xed, 0xa0, 0x80]))).toBe('malformed Hello payload')
    expect(reasonFor(requestFor([...ascii('zccache'), 0]))).toBe('invalid service_name')
  })

  it('is not made one by a byte order mark, a full-width letter or one that folds to ASCII (SPEC H2)', () => {
    for (const name of ['\ufeffzccache', 'ｚccache', 'zccac\u212ae', 'ZCCACHE', 'zccache\u200b', 'zccache\u0301']) {
      expect(reasonFor(framedHello({ serviceName: name }))).toBe('invalid service_name')
    }
  })
})

describe('what passes a check', () => {
  it('is ASCII, so that it has one spelling whatever reads it later (SPEC H2, H3)', () => {
    fc.assert(fc.property(arbitraryServiceName(), arbitraryVersion(), (name, version) => {
      for (const text of [name, version]) {
        expect(Buffer.from(text, 'utf8')).toEqual(Buffer.from(text, 'latin1'))
        expect(text.normalize('NFKC')).toBe(text)
      }
    }))
  })

  it('comes back in a reply as the bytes that came, and never as others (SPEC C3)', () => {
    fc.assert(fc.property(arbitraryLoneSurrogates(), (traceparent) => {
      const sent = encodeFrame(frame({ traceparent }))
      expect(encodeFrame(rightOf(decodeFrame(sent)))).toEqual(sent)
    }))
  })
})
