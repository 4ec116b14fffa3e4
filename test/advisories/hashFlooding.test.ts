/**
 * Hash flooding (CVE-2011-4885 and its kin): keys chosen to fall into one place of a table, so that each look-up walks
 * through all of them.
 *
 * What peers choose the keys of is kept in tries over the keys' own bits: keys that differ part at the latest where
 * they differ, so there is nothing to collide (SPEC R2, T1; PersistentMap).
 */
import { handoffToken, type HandoffToken, latin1Of16, peerIdentity, PersistentMap } from 'hello-negotiation'
import { AckRegistry, RateLimiter, TokenStore } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'
import { internAscii } from '../../src/wire/Interned.js'
import { SERVICE } from '../support/negotiate.js'
import { provenElsewhere } from './provenElsewhere.js'

provenElsewhere([
  ['data/PersistentMap.test.ts', 'tells apart keys that differ in one bit alone, wherever it is'],
  ['data/PersistentMap.test.ts', 'costs the depth of the key, never the size of the map (law 5)'],
  ['data/DeadlineMap.test.ts', 'expires at the cost of what is overdue, not of what is pending (law 3)'],
])

const COUNT = 4_096

/** Pids that agree in as many low bits as they can, in as many high ones, or follow each other; and a power of two apart. */
const PIDS: Readonly<Record<string, (i: number) => number>> = {
  'that follow each other': (i) => i + 1,
  'that differ in their highest bits alone': (i) => ((i << 20) | 1) >>> 0,
  'that are 31 apart, as a hash by 31 would have it': (i) => (i + 1) * 31,
  'that are 1 024 apart, as a table of 1 024 would have it': (i) => (i + 1) * 1_024,
  'with the same bits counted from either end': (i) => (((i + 1) << 16) | (COUNT - i)) >>> 0,
}

/** Tokens that differ in their first two bytes alone, in their last two, or in bits spread over all of them. */
const TOKENS: Readonly<Record<string, (i: number) => Uint8Array>> = {
  'that differ at their beginning alone': (i) => spread(i, [0, 1]),
  'that differ at their end alone': (i) => spread(i, [14, 15]),
  'that differ in a bit of each byte': (i) => Uint8Array.from({ length: 16 }, (_, at) => (i >> at) & 1),
}

function spread(i: number, places: readonly [number, number]): Uint8Array {
  const bytes = new Uint8Array(16)
  bytes[places[0]] = i >> 8
  bytes[places[1]] = i
  return bytes
}

/** How many nodes lie on the way to the deepest entry. */
function depth(map: PersistentMap.PersistentMap<never, never> | { readonly root: unknown }): number {
  const below = (node: { readonly slots: ReadonlyArray<unknown>; readonly entryBits: number }): number => {
    const children = node.slots.filter((slot) => typeof slot === 'object' && slot !== null && 'childBits' in slot)
    return 1 + Math.max(0, ...children.map((child) => below(child as never)))
  }
  return below(map.root as never)
}

describe('pids', () => {
  it.each(Object.entries(PIDS))('%s lie at most seven nodes deep (SPEC R2)', (_what, pidOf) => {
    const limiter = Array.from({ length: COUNT }, (_, i) => pidOf(i))
      .reduce((limiter, pid) => RateLimiter.admit(limiter, peerIdentity(pid), 0).state, RateLimiter.rateLimiter())
    expect(RateLimiter.windows(limiter).size).toBe(COUNT)
    // Five bits a node, of 32.
    expect(depth(limiter.young.windows)).toBeLessThanOrEqual(7)
  })
})

describe('tokens', () => {
  const tokenOf = (bytes: Uint8Array): HandoffToken => handoffToken(bytes) ?? never()

  it.each(Object.entries(TOKENS))('%s lie at most as deep as they have bits, and each is found (SPEC T4)', (_what, bytesOf) => {
    const empty = TokenStore.tokenStore({ ...TokenStore.DEFAULT_TOKEN_LIMITS, maxPending: COUNT })
    const all = Array.from({ length: COUNT }, (_, i) => bytesOf(i))
    const store = all.reduce((store, bytes) => TokenStore.issue(store, 0, TokenStore.draws(bytes)).state, empty)
    expect(TokenStore.pendingCount(store)).toBe(COUNT)
    const acks = all.reduce(
      (acks, bytes) => AckRegistry.register(acks, tokenOf(bytes), { serviceName: SERVICE, backendPid: 0, connectionId: 1n }, 0),
      AckRegistry.ackRegistry(5_000),
    )
    // 128 bits, five a node.
    for (const held of [store.pending, acks.pending]) expect(depthsIn(held).every((deep) => deep <= 26)).toBe(true)
    for (const bytes of all) {
      const token = tokenOf(bytes)
      expect(TokenStore.consume(store, token, token, 0).value._tag).toBe('Right')
    }
  })

  /** Of every trie in a record. */
  function depthsIn(record: object): ReadonlyArray<number> {
    const found = Object.values(record).flatMap((value: unknown) =>
      typeof value === 'object' && value !== null && 'root' in value ? [depth(value as never)] : [])
    expect(found.length + ('root' in record ? 1 : 0)).toBeGreaterThan(0)
    return 'root' in record ? [depth(record as never), ...found] : found
  }
})

describe('short texts', () => {
  it('that fall into one place of the table of texts push each other out, and are read right all the same', () => {
    // Of two bytes the hash is (2 * 31 + a) * 31 + b: one less of a and 31 more of b fall into the same place.
    const texts = [...'bcde'].map((letter, i) => letter + String.fromCharCode(0x7e - 31 * i))
    for (let round = 0; round < 3; round += 1) {
      for (const text of texts) expect(internAscii(Buffer.from(text, 'latin1'), 0, text.length)).toBe(text)
    }
  })
})

describe('a key of a trie', () => {
  it('is the whole of what was sent, so that no two differ and share a way', () => {
    const [a, b] = [new Uint8Array(16), new Uint8Array(16).fill(1, 15)]
    expect(latin1Of16(a, 0)).not.toBe(latin1Of16(b, 0))
  })
})

function never(): never {
  throw new Error('sixteen bytes are a token')
}
