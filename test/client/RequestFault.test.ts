import * as fc from 'fast-check'
import { clientHello, type ClientRequestFields, describeRequestFault, MAX_U64, type RequestFault } from 'hello-negotiation'
import { arbitraryLoneSurrogates } from 'hello-negotiation/testing'
import { HELLO_BODY_MAX_BYTES } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'
import { ASKED } from './support.js'

function faults(fields: Partial<ClientRequestFields>): ReadonlyArray<RequestFault> {
  const built = clientHello({ ...ASKED, ...fields })
  return built._tag === 'Left' ? built.left : []
}

/** Each field with a value that is wrong, and what is said of it. */
const WRONG: ReadonlyArray<readonly [fields: Partial<ClientRequestFields>, tag: RequestFault['_tag'], line: string]> = [
  [{ minProtocol: 2 }, 'ProtocolRangeExcludesV1', 'minProtocol: found 2; expected at most 1'],
  [{ maxProtocol: 0 }, 'ProtocolRangeExcludesV1', 'maxProtocol: found 0; expected at least 1'],
  [{ serviceName: 'ZCCache' }, 'InvalidServiceName', 'serviceName: found "ZCCache"; expected 1 to 64 of a-z, 0-9 and -'],
  [{ wantedVersion: 'latest' }, 'InvalidWantedVersion', 'wantedVersion: found "latest"; expected a version such as 1.11.20 or 1.11.20-rc.1, of at most 64 bytes'],
  [{ clientVersion: 'é'.repeat(65) }, 'TextTooLong', 'clientVersion: found 130 bytes; expected at most 128'],
  [{ clientLibName: 'x'.repeat(65) }, 'TextTooLong', 'clientLibName: found 65 bytes; expected at most 64'],
  [{ clientLibVersion: '\ud800' }, 'IllFormedText', 'clientLibVersion: found "\\ud800"; expected no lone surrogate'],
  [{ requestId: 'a\udc00\u001b' }, 'IllFormedText', 'requestId: found "a\\udc00\\u001b"; expected no lone surrogate'],
  [{ traceparent: '\udbff' }, 'IllFormedText', 'traceparent: found "\\udbff"; expected no lone surrogate'],
  [{ tracestate: '\udfff' }, 'IllFormedText', 'tracestate: found "\\udfff"; expected no lone surrogate'],
  [{ peerPid: -1 }, 'NotUnsigned', 'peerPid: found -1; expected a whole number from 0 to 4294967295'],
  [{ capabilities: -1n }, 'NotUnsigned', 'capabilities: found -1; expected a whole number from 0 to 18446744073709551615'],
  [{ keepaliveSecs: MAX_U64 + 1n }, 'NotUnsigned', 'keepaliveSecs: found 18446744073709551616; expected a whole number from 0 to 18446744073709551615'],
  [{ connectionId: -5n }, 'NotUnsigned', 'connectionId: found -5; expected a whole number from 0 to 18446744073709551615'],
  [{ frameRequestId: -1n }, 'NotUnsigned', 'frameRequestId: found -1; expected a whole number from 0 to 18446744073709551615'],
  [{ deadlineUnixMs: -1n }, 'NotUnsigned', 'deadlineUnixMs: found -1; expected a whole number from 0 to 18446744073709551615'],
]

describe('the faults of a request', () => {
  it.each(WRONG)('tells of %o that it is %s, on one line (SPEC H1–H5)', (fields, tag, line) => {
    expect(faults(fields)).toMatchObject([{ _tag: tag, field: Object.keys(fields)[0] }])
    expect(faults(fields).map(describeRequestFault)).toEqual([line])
  })

  it('are told all at once: those of any wrong fields are those of each of them, in order (laws 1, 2)', () => {
    fc.assert(fc.property(fc.subarray([...WRONG], { minLength: 1 }), (wrong) => {
      const together = Object.assign({}, ...wrong.map(([fields]) => fields)) as Partial<ClientRequestFields>
      expect(faults(together)).toEqual(wrong.flatMap(([fields]) => faults(fields)))
    }))
  })

  it('are two where one text is wrong in two ways', () => {
    expect(faults({ clientVersion: `${'x'.repeat(128)}\ud800` }).map(({ _tag }) => _tag)).toEqual(['TextTooLong', 'IllFormedText'])
  })

  it('include the size of the whole beside those of its fields (SPEC F3)', () => {
    const told = faults({ serviceName: '', requestId: 'x'.repeat(HELLO_BODY_MAX_BYTES) })
    expect(told.map(({ _tag }) => _tag)).toEqual(['InvalidServiceName', 'RequestTooLarge'])
    expect(describeRequestFault(told[1] as RequestFault)).toMatch(/^request: found 65\d{3} bytes; expected at most 65536$/)
  })

  it.each([Number.NaN, Infinity, 0.5, -1, 2 ** 32])('find no protocol in %d, and say so once', (protocol) => {
    expect(faults({ minProtocol: protocol, maxProtocol: protocol })).toEqual([
      { _tag: 'NotUnsigned', field: 'minProtocol', actual: protocol, expected: 0xffff_ffff },
      { _tag: 'NotUnsigned', field: 'maxProtocol', actual: protocol, expected: 0xffff_ffff },
    ])
  })

  it('leave an inverted range no way out (SPEC H1)', () => {
    expect(faults({ minProtocol: 3, maxProtocol: 2 }).map(({ field }) => field)).toEqual(['minProtocol'])
    expect(faults({ minProtocol: 0, maxProtocol: 9 })).toEqual([])
  })

  it('count bytes of UTF-8: exactly at the caps nothing is wrong (SPEC H3–H5)', () => {
    rightOf(clientHello({
      ...ASKED, clientVersion: 'é'.repeat(64), clientLibName: '€'.repeat(21), clientLibVersion: 'x'.repeat(64),
      wantedVersion: `1.0.${'0'.repeat(60)}`,
    }))
    expect(faults({ wantedVersion: `1.0.${'0'.repeat(61)}` })).toMatchObject([{ _tag: 'InvalidWantedVersion' }])
    expect(faults({ clientLibName: '€'.repeat(22) })).toMatchObject([{ actual: 66, expected: 64 }])
  })

  it('find every lone surrogate, and none in a pair', () => {
    fc.assert(fc.property(arbitraryLoneSurrogates(), (text) => {
      expect(faults({ requestId: text })).toEqual([{ _tag: 'IllFormedText', field: 'requestId', actual: text, expected: 'no lone surrogate' }])
    }))
    expect(faults({ requestId: '\ud83d\ude00' })).toEqual([])
  })

  it('are told for any numbers, without a throw', () => {
    fc.assert(fc.property(fc.double(), fc.double(), fc.bigInt(), fc.bigInt(), (a, b, c, d) => {
      const told = faults({ minProtocol: a, peerPid: b, capabilities: c, frameRequestId: d })
      expect(told.map(describeRequestFault).join()).not.toMatch(/\n/)
    }))
  })

  it('show no more than the beginning of a long text', () => {
    const [fault] = leftOf(clientHello({ ...ASKED, serviceName: 'X'.repeat(1_000) }))
    expect(describeRequestFault(fault as RequestFault)).toBe(
      `serviceName: found "${'X'.repeat(60)}"… (1000 characters); expected 1 to 64 of a-z, 0-9 and -`,
    )
  })

  it('hand back what no type lets in, rather than throw', () => {
    expect(describeRequestFault({ _tag: 'Smuggled' } as never)).toEqual({ _tag: 'Smuggled' })
  })
})
