import * as fc from 'fast-check'
import {
  fromHex, type HostEnvironment, hostHash, identityText, type LinuxHost, type MacHost, parseHostHash, type WindowsHost,
} from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'
import { fakeBlake3, LINUX, MAC, WINDOWS } from './hosts.js'

const linux = (fields: Partial<LinuxHost>): LinuxHost => ({ ...LINUX, ...fields })
const mac = (fields: Partial<MacHost>): MacHost => ({ ...MAC, ...fields })
const windows = (fields: Partial<WindowsHost>): WindowsHost => ({ ...WINDOWS, ...fields })

describe('the text that is hashed', () => {
  it('is user and machine id on Linux, without the file\'s newline (SPEC M2)', () => {
    expect(rightOf(identityText(linux({ machineId: 'c0ffee\n' })))).toBe('1000:c0ffee')
  })

  it('falls back to the dbus id, then to the boot id, where a file is missing or empty (SPEC M2)', () => {
    const fallbacks = { dbusMachineId: 'dbus\n', bootId: 'b007\n' }
    expect(rightOf(identityText(linux({ machineId: 'etc', ...fallbacks })))).toBe('1000:etc')
    expect(rightOf(identityText(linux({ machineId: undefined, ...fallbacks })))).toBe('1000:dbus')
    expect(rightOf(identityText(linux({ machineId: '\n', dbusMachineId: undefined, bootId: 'b007\n' }))))
      .toBe('1000:boot:b007')
    expect(leftOf(identityText(linux({ machineId: '', dbusMachineId: ' ', bootId: '\n' }))))
      .toEqual({ _tag: 'MissingMachineId', platform: 'linux' })
  })

  it('is user and IOPlatformUUID on macOS (SPEC M2)', () => {
    expect(rightOf(identityText(mac({ uid: 501, platformUuid: 'AB-CD' })))).toBe('501:AB-CD')
    for (const platformUuid of [undefined, '']) {
      expect(leftOf(identityText(mac({ platformUuid })))).toEqual({ _tag: 'MissingMachineId', platform: 'darwin' })
    }
  })

  it('is the SID\'s bytes in hex on Windows, not its text (SPEC M2)', () => {
    expect(rightOf(identityText(windows({ sid: Uint8Array.of(1, 5, 0xff) })))).toBe('windows-sid:0105ff')
    expect(leftOf(identityText(windows({ sid: new Uint8Array(0) })))).toEqual({ _tag: 'MissingSid' })
  })

  it('refuses a user id that is no u32', () => {
    for (const uid of [-1, 0.5, 2 ** 32, Number.NaN]) {
      expect(leftOf(identityText(linux({ uid })))).toEqual({ _tag: 'InvalidUserId', actual: uid })
      expect(leftOf(identityText(mac({ uid })))).toEqual({ _tag: 'InvalidUserId', actual: uid })
    }
    expect(rightOf(identityText(linux({ uid: 0xffff_ffff })))).toBe('4294967295:c0ffee')
  })

  it('hands back a platform that no type lets in, rather than throw', () => {
    for (const told of [identityText, hostHash]) expect(told({ platform: 'plan9' } as never)).toEqual({ platform: 'plan9' })
  })
})

describe('hostHash', () => {
  it('is the first 8 bytes of the digest of that text, in hex (SPEC M2)', () => {
    const hashed: Array<string> = []
    const blake3 = (bytes: Uint8Array): Uint8Array => {
      hashed.push(new TextDecoder().decode(bytes))
      return Uint8Array.from({ length: 32 }, (_, i) => 0xf0 + (i % 16))
    }
    expect(rightOf(hostHash(linux({ blake3, machineId: 'é' })))).toBe('f0f1f2f3f4f5f6f7')
    expect(hashed).toEqual(['1000:é'])
  })

  it('takes a digest as BLAKE3 writes it: that of nothing begins af1349b9f5f9a1a6 (SPEC M2)', () => {
    const digestOfNothing = fromHex('af1349b9f5f9a1a6a0404dea36dcc949') as Uint8Array
    expect(rightOf(hostHash({ ...WINDOWS, blake3: () => digestOfNothing }))).toBe('af1349b9f5f9a1a6')
  })

  it('passes on why there is no text, and refuses a digest of fewer than 8 bytes', () => {
    expect(leftOf(hostHash(windows({ sid: new Uint8Array(0) })))).toEqual({ _tag: 'MissingSid' })
    expect(leftOf(hostHash({ ...LINUX, blake3: () => new Uint8Array(7) })))
      .toEqual({ _tag: 'DigestTooShort', actualBytes: 7, minBytes: 8 })
    expect(rightOf(hostHash({ ...LINUX, blake3: () => new Uint8Array(8) }))).toBe('0000000000000000')
  })

  it('is always one that parses, and is told for every environment or refused with a tag (SPEC M1, M2)', () => {
    const text = fc.option(fc.constantFrom('', '\n', 'c0ffee\n', 'é'), { nil: undefined })
    const uid = fc.constantFrom(0, 1000, -1, Number.NaN)
    const environment: fc.Arbitrary<HostEnvironment> = fc.oneof(
      fc.record({ machineId: text, dbusMachineId: text, bootId: text, uid }).map(linux),
      fc.record({ platformUuid: text, uid }).map(mac),
      fc.record({ sid: fc.uint8Array({ maxLength: 28 }) }).map(windows),
    )
    fc.assert(fc.property(environment, (host) => {
      const hash = hostHash(host)
      if (hash._tag === 'Right') expect(parseHostHash(hash.right)).toEqual(hash)
      else expect(['InvalidUserId', 'MissingMachineId', 'MissingSid']).toContain(hash.left._tag)
    }))
  })

  it('differs between users, machines and platforms, as far as the hash function does', () => {
    const hosts = [LINUX, linux({ uid: 1001 }), linux({ machineId: 'other' }), mac({ platformUuid: 'other' }), WINDOWS]
    expect(new Set(hosts.map((host) => rightOf(hostHash(host)))).size).toBe(hosts.length)
    expect(fakeBlake3(Uint8Array.of(1))).not.toEqual(fakeBlake3(Uint8Array.of(2)))
  })
})

describe('parseHostHash', () => {
  it('takes exactly sixteen lower-case hex digits (SPEC M1)', () => {
    expect(rightOf(parseHostHash('0123456789abcdef'))).toBe('0123456789abcdef')
    const others = ['0123456789abcde', '0123456789abcdef0', '0123456789ABCDEF', '0123456789abcdeg', '0123456789abcdef\n']
    for (const text of ['', ...others]) {
      expect(leftOf(parseHostHash(text))).toEqual({ _tag: 'InvalidHostHash', actual: text })
    }
  })
})
