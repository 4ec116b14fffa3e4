import { type Address, addressFault, describeAddress, describeAddressFault } from 'hello-negotiation/host/node'
import { describe, expect, it } from 'vitest'
import { timerMs } from '../../../src/host/transport/DeadlineTimer.js'

const socket = (path: string): Address => ({ _tag: 'Socket', path })
const pipe = (path: string): Address => ({ _tag: 'Pipe', path })

describe('an address to listen on', () => {
  it.each([
    [socket('/run/broker.sock'), 'linux', undefined],
    [socket('/run/broker.sock'), 'win32', 'WrongPlatform'],
    [socket(''), 'linux', 'InvalidPath'],
    [socket('\0abstract'), 'linux', 'InvalidPath'],
    [pipe('\\\\.\\pipe\\rpb-v1'), 'win32', undefined],
    [pipe('//./pipe/rpb-v1'), 'win32', 'InvalidPath'],
    [pipe('\\\\.\\pipe\\'), 'win32', 'InvalidPath'],
    [pipe('\\\\.\\pipe\\rpb-v1'), 'linux', 'WrongPlatform'],
    [{ _tag: 'Tcp', port: 0, host: '::1' }, 'linux', undefined],
    [{ _tag: 'Tcp', port: 0, host: '127.3.2.1' }, 'win32', undefined],
    [{ _tag: 'Tcp', port: 0, host: '10.0.0.1' }, 'linux', 'HostNotLoopback'],
  ] as ReadonlyArray<[Address, string, string | undefined]>)('%j on %s: %s', (address, platform, tag) => {
    const fault = addressFault(address, platform)
    expect(fault?._tag).toBe(tag)
    if (fault !== undefined) expect(describeAddressFault(fault)).toMatch(/^[^\n\0]+$/)
  })

  it('has a path of at most 107 bytes on Linux and 103 on macOS, counted in UTF-8 (SPEC M3)', () => {
    for (const [platform, maxBytes] of [['linux', 107], ['darwin', 103]] as const) {
      expect(addressFault(socket('x'.repeat(maxBytes)), platform)).toBeUndefined()
      expect(addressFault(socket('x'.repeat(maxBytes - 1) + 'é'), platform)).toMatchObject({
        _tag: 'PathTooLong', actualBytes: maxBytes + 1, maxBytes,
      })
    }
  })

  it('is told on one line', () => {
    expect(describeAddress(socket('/run/broker.sock'))).toBe('/run/broker.sock')
    expect(describeAddress({ _tag: 'Tcp', port: 7 })).toBe('127.0.0.1:7')
    expect(describeAddress({ _tag: 'Tcp', port: 7, host: '::1' })).toBe('[::1]:7')
  })
})

describe('a duration for a timer', () => {
  it.each([
    [250, 250], [0.2, 1], [99.5, 100], [0, 1], [-5, 1], [Number.NaN, 1],
    [2 ** 31, 2 ** 31 - 1], [Infinity, 2 ** 31 - 1],
  ])('%d ms is %i', (durationMs, expected) => {
    expect(timerMs(durationMs)).toBe(expected)
  })
})
