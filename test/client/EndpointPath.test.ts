import * as fc from 'fast-check'
import {
  type EndpointName, endpointPath, type HostEnvironment, instanceBrokerName, type LinuxHost, longestInstanceName,
  longestServiceName, type MacHost, privateBrokerName, sharedBrokerName,
} from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'
import { fakeBlake3, LINUX, MAC, WINDOWS } from './hosts.js'

const HASH = '0123456789abcdef'
const SHARED = rightOf(sharedBrokerName(HASH))
const service = (length: number): EndpointName => rightOf(privateBrokerName(HASH, 'a'.repeat(length)))
const instance = (length: number): EndpointName => rightOf(instanceBrokerName(HASH, 'a'.repeat(length)))

const linux = (xdgRuntimeDir: string | undefined, uid = 1000): LinuxHost => ({ ...LINUX, xdgRuntimeDir, uid })
const mac = (tmpDir: string | undefined, uid = 501): MacHost => ({ ...MAC, tmpDir, uid })

/** A runtime directory with which the shared broker's path has `bytes` bytes. */
function directoryFor(bytes: number): string {
  const rest = `/running-process/broker/${SHARED}.sock`.length
  return `/${'d'.repeat(bytes - rest - 1)}`
}

describe('the path of an endpoint', () => {
  it('is under XDG_RUNTIME_DIR on Linux (SPEC M3)', () => {
    expect(rightOf(endpointPath(LINUX, SHARED)))
      .toBe('/run/user/1000/running-process/broker/rpb-v1-0123456789abcdef-shared.sock')
  })

  it('is under /tmp, by user, where that is unset or empty (SPEC M3)', () => {
    for (const unset of [undefined, '']) {
      expect(rightOf(endpointPath(linux(unset), SHARED)))
        .toBe('/tmp/running-process-1000/broker/rpb-v1-0123456789abcdef-shared.sock')
      expect(leftOf(endpointPath(linux(unset, 0.5), SHARED))).toEqual({ _tag: 'InvalidUserId', actual: 0.5 })
    }
    expect(endpointPath(linux('/run', 0.5), SHARED)._tag).toBe('Right')
  })

  it('is a hashed name under TMPDIR on macOS, by user, or under /tmp (SPEC M3)', () => {
    const digest = Buffer.from(fakeBlake3(new TextEncoder().encode(SHARED))).toString('hex').slice(0, 16)
    expect(rightOf(endpointPath(mac('/var/t'), SHARED))).toBe(`/var/t/.rp-501/${digest}.sock`)
    for (const unset of [undefined, '']) {
      expect(rightOf(endpointPath(mac(unset), SHARED))).toBe(`/tmp/.rp-501/${digest}.sock`)
    }
    expect(leftOf(endpointPath(mac('/t', -1), SHARED))).toEqual({ _tag: 'InvalidUserId', actual: -1 })
    expect(leftOf(endpointPath({ ...MAC, blake3: () => new Uint8Array(4) }, SHARED)))
      .toEqual({ _tag: 'DigestTooShort', actualBytes: 4, minBytes: 8 })
  })

  it('is a named pipe on Windows (SPEC M3)', () => {
    expect(rightOf(endpointPath(WINDOWS, SHARED))).toBe('\\\\.\\pipe\\rpb-v1-0123456789abcdef-shared')
  })

  it('is the same for a directory with a slash at its end and one without (law 2)', () => {
    expect(endpointPath(linux('/run/'), SHARED)).toEqual(endpointPath(linux('/run'), SHARED))
    expect(endpointPath(mac('/var/t/'), SHARED)).toEqual(endpointPath(mac('/var/t'), SHARED))
  })

  it('has at most 107 bytes on Linux: 108 are too many, and 107 is the limit told (SPEC M3)', () => {
    expect(rightOf(endpointPath(linux(directoryFor(107)), SHARED))).toHaveLength(107)
    const path = `${directoryFor(108)}/running-process/broker/${SHARED}.sock`
    expect(leftOf(endpointPath(linux(directoryFor(108)), SHARED)))
      .toEqual({ _tag: 'PathTooLong', path, actualBytes: 108, maxBytes: 107 })
  })

  it('has at most 103 bytes on macOS (SPEC M3)', () => {
    const rest = '/.rp-501/0123456789abcdef.sock'.length
    expect(rightOf(endpointPath(mac(`/${'d'.repeat(102 - rest)}`), SHARED))).toHaveLength(103)
    expect(leftOf(endpointPath(mac(`/${'d'.repeat(103 - rest)}`), SHARED)))
      .toMatchObject({ actualBytes: 104, maxBytes: 103 })
  })

  it('has at most 260 bytes on Windows, more than any name there is can reach (SPEC M3)', () => {
    expect(rightOf(endpointPath(WINDOWS, 'a'.repeat(251) as EndpointName))).toHaveLength(260)
    expect(leftOf(endpointPath(WINDOWS, 'a'.repeat(252) as EndpointName)))
      .toMatchObject({ actualBytes: 261, maxBytes: 260 })
  })

  it('is counted in UTF-8 bytes, not in characters (law 1)', () => {
    const directory = `/${'é'.repeat(directoryFor(107).length - 1)}`
    expect(leftOf(endpointPath(linux(directory), SHARED))).toMatchObject({ _tag: 'PathTooLong', maxBytes: 107 })
  })

  it('hands back a platform that no type lets in, rather than throw', () => {
    expect(endpointPath({ platform: 'plan9' } as never, SHARED)).toEqual({ platform: 'plan9' })
  })
})

describe('how long a name may be', () => {
  it('is 36 for a service and 35 for an instance under /run/user/1000, not the 64 of a Hello (SPEC M4)', () => {
    expect([longestServiceName(LINUX), longestInstanceName(LINUX)]).toEqual([36, 35])
    expect(endpointPath(LINUX, service(36))._tag).toBe('Right')
    expect(leftOf(endpointPath(LINUX, service(37)))._tag).toBe('PathTooLong')
    expect(endpointPath(LINUX, instance(35))._tag).toBe('Right')
    expect(leftOf(endpointPath(LINUX, instance(36)))._tag).toBe('PathTooLong')
  })

  it('is 64 on Windows and on macOS, where the name is hashed, or none at all (SPEC M4)', () => {
    for (const host of [WINDOWS, MAC]) expect([longestServiceName(host), longestInstanceName(host)]).toEqual([64, 64])
    expect(longestServiceName(mac(`/${'d'.repeat(103)}`))).toBe(0)
    expect(longestServiceName(linux(undefined, Number.NaN))).toBe(0)
  })

  it('is exactly what fits, in any directory (SPEC M4)', () => {
    const directory = fc.stringMatching(/^\/[a-zé/]{0,90}$/)
    const host: fc.Arbitrary<HostEnvironment> =
      fc.oneof(directory.map((path) => linux(path)), directory.map((path) => mac(path)))
    fc.assert(fc.property(host, (anyHost) => {
      for (const [longest, nameOf] of [[longestServiceName, service], [longestInstanceName, instance]] as const) {
        const length = longest(anyHost)
        if (length > 0) expect(endpointPath(anyHost, nameOf(length))._tag).toBe('Right')
        if (length < 64) expect(endpointPath(anyHost, nameOf(length + 1))._tag).toBe('Left')
      }
    }))
  })
})
