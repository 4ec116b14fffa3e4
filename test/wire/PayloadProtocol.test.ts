import * as fc from 'fast-check'
import {
  checkConsumerProtocol, PAYLOAD_PROTOCOL_CONTROL, PAYLOAD_PROTOCOL_HANDOFF, PAYLOAD_PROTOCOLS, type PayloadProtocolRange,
  rangeOf, registeredProtocol,
} from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { leftOf, rightOf } from '../support/negotiate.js'

const U16S = Array.from({ length: 0x1_0000 }, (_, id) => id)
const NO_U16S = [-1, 0x1_0000, 0xffff_ffff, 2 ** 32, 0.5, Number.NaN, Infinity, -Infinity]

describe('the registry of payload protocols', () => {
  it('has the frozen numbers (SPEC M6)', () => {
    expect(Object.fromEntries(PAYLOAD_PROTOCOLS.map(({ id, name }) => [name, id]))).toEqual({
      control: 0x0000, admin: 0xad01, probe: 0xb232, handoff: 0xd0ff, session: 0x5350,
      zccache: 0x7a63, clud: 0x7c4c, fbuild: 0x7eb1,
    })
    expect([PAYLOAD_PROTOCOL_CONTROL, PAYLOAD_PROTOCOL_HANDOFF]).toEqual([0x0000, 0xd0ff])
  })

  it('tells this protocol\'s own from the consumers\' (SPEC M6)', () => {
    const ofConsumers = PAYLOAD_PROTOCOLS.filter(({ owner }) => owner === 'Consumer').map(({ name }) => name)
    expect(ofConsumers).toEqual(['zccache', 'clud', 'fbuild'])
    expect(PAYLOAD_PROTOCOLS.filter(({ owner }) => owner === 'FirstParty')).toHaveLength(5)
  })

  it('has no number and no name twice (SPEC M6)', () => {
    for (const key of ['id', 'name'] as const) expect(new Set(PAYLOAD_PROTOCOLS.map((row) => row[key])).size).toBe(8)
  })

  it('finds who has taken a number (SPEC M6)', () => {
    expect(registeredProtocol(0x7c4c)).toEqual({ id: 0x7c4c, name: 'clud', owner: 'Consumer' })
    expect(registeredProtocol(0x7c4d)).toBeUndefined()
  })
})

describe('rangeOf', () => {
  it('cuts the u16s into four ranges (SPEC M6)', () => {
    const edges: ReadonlyArray<readonly [number, PayloadProtocolRange]> = [
      [0x0000, 'FirstParty'], [0x6fff, 'FirstParty'], [0x7000, 'Registered'], [0x7eff, 'Registered'],
      [0x7f00, 'Reserved'], [0xefff, 'Reserved'], [0xf000, 'Private'], [0xffff, 'Private'],
    ]
    for (const [id, range] of edges) expect(rangeOf(id)).toBe(range)
    const changes = U16S.filter((id) => id > 0 && rangeOf(id) !== rangeOf(id - 1))
    expect(changes).toEqual([0x7000, 0x7f00, 0xf000])
  })

  it('knows no range of what is no u16 (SPEC M6)', () => {
    for (const id of NO_U16S) expect(rangeOf(id)).toBeUndefined()
  })
})

describe('checkConsumerProtocol', () => {
  it('lets through the registered and the private range, every number of them and no other (SPEC M6)', () => {
    const passing = U16S.filter((id) => checkConsumerProtocol(id)._tag === 'Right')
    expect(passing).toEqual(U16S.filter((id) => (id >= 0x7000 && id <= 0x7eff) || id >= 0xf000))
  })

  it('lets the consumers through that are registered, and gives the number back (SPEC M6)', () => {
    for (const id of [0x7a63, 0x7c4c, 0x7eb1]) expect(rightOf(checkConsumerProtocol(id))).toBe(id)
  })

  it('tells this protocol\'s own numbers by name, whatever their range (SPEC M6)', () => {
    expect(leftOf(checkConsumerProtocol(0x5350))).toEqual({ _tag: 'FirstPartyProtocol', actual: 0x5350, name: 'session' })
    expect(leftOf(checkConsumerProtocol(0xad01))).toEqual({ _tag: 'FirstPartyProtocol', actual: 0xad01, name: 'admin' })
  })

  it('refuses numbers of ranges that are not for consumers (SPEC M6)', () => {
    expect(leftOf(checkConsumerProtocol(0x6fff)))
      .toEqual({ _tag: 'RangeNotForConsumers', actual: 0x6fff, range: 'FirstParty' })
    expect(leftOf(checkConsumerProtocol(0x7f00)))
      .toEqual({ _tag: 'RangeNotForConsumers', actual: 0x7f00, range: 'Reserved' })
  })

  it('refuses what is no u16, any number there is (SPEC M6)', () => {
    for (const id of NO_U16S) {
      expect(leftOf(checkConsumerProtocol(id))).toEqual({ _tag: 'PayloadProtocolNotU16', actual: id, max: 0xffff })
    }
    fc.assert(fc.property(fc.double(), (id) => {
      const isU16 = Number.isInteger(id) && id >= 0 && id <= 0xffff
      const checked = checkConsumerProtocol(id)
      expect(checked._tag === 'Left' && checked.left._tag === 'PayloadProtocolNotU16').toBe(!isU16)
    }))
  })
})
