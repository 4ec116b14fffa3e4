/**
 * An immutable map whose every version goes on answering: a radix trie over the bits of its keys.
 *
 * **State** a tree of nodes with up to 32 branches. A key's place is spelled by its own bits, five a
 * level, not by a hash of it, so two keys can never collide and nobody can make them; a u32 is
 * at most 7 levels down, 16 bytes at most 26. Entries sit in the node where they first stand alone.
 * Invariant: a node below the root holds at least two entries, so equal maps have equal trees.
 * A map may be told the rank of its values; then each node holds the first of its values, and the ranks of
 * its children's: so the first of all is at hand, and the first few are found without looking at the others,
 * which are scattered all over memory.
 *
 * **Laws**
 *  1. `get(set(m, k, v), k)` is `v`, and every other key answers as before.
 *  2. `get(remove(m, k), k)` is `undefined`, and every other key answers as before.
 *  3. No operation changes the answers of an older version.
 *  4. `size` is the number of keys that answer.
 *  5. Reading and writing cost the depth of the key, never the size of the map.
 *  6. `first` is the value of the lowest rank; `takeWhile` takes the first few, at a cost that follows how many
 *     they are.
 *
 * **Not here** an order of entries: `reduce` visits them in the order of their bits.
 */
import { type Step, step } from './Step.js'

/**
 * Five bits of a key, level by level: any two different keys of one map must differ at some level.
 *
 * @category model
 * @since 0.1.0
 */
export type KeyBits<K> = (key: K, level: number) => number

/**
 * Where a value stands in the order of its map: a whole number, no two values' the same.
 *
 * @category model
 * @since 0.1.0
 */
export type RankOf<V> = (value: V) => number

/**
 * An immutable map from `K` to `V`.
 *
 * @category model
 * @since 0.1.0
 */
export interface PersistentMap<K, V extends {}> extends Kind<K, V> {
  readonly root: Node<K, V>
}

/**
 * What a map knows of its keys and values: where a key goes, and where a value ranks, if that matters.
 *
 * @category model
 * @since 0.1.0
 */
export interface Kind<K, V> {
  readonly bitsOf: KeyBits<K>
  readonly rankOf: RankOf<V> | undefined
}

/**
 * A node of a map's tree: `slots` holds key, value, key, value … in the order of `entryBits`, then children in that of `childBits`; `childRanks`
 * the rank of each child's first value. Without ranks, all of them are 0 and `childRanks` is empty.
 *
 * @category model
 * @since 0.1.0
 */
export interface Node<K, V> {
  readonly size: number
  readonly entryBits: number
  readonly childBits: number
  readonly slots: ReadonlyArray<K | V | Node<K, V>>
  readonly childRanks: ReadonlyArray<number>
  readonly first: V | undefined
  readonly firstRank: number
}

const NO_RANKS: ReadonlyArray<number> = Object.freeze([])

const EMPTY_NODE: Node<never, never> = Object.freeze({
  size: 0, entryBits: 0, childBits: 0, slots: Object.freeze([]), childRanks: NO_RANKS, first: undefined, firstRank: 0,
})

/**
 * The map without entries, for keys that spell their bits with `bitsOf`; with `rankOf` it knows its first value.
 *
 * @example
 * import assert from 'node:assert'
 * import { PersistentMap } from 'hello-negotiation'
 *
 * const one = PersistentMap.set(PersistentMap.empty<number, string>(PersistentMap.numberBits), 7, 'seven')
 * const none = PersistentMap.remove(one, 7)
 * assert.equal(PersistentMap.get(one, 7), 'seven') // the older version still answers
 * assert.equal(PersistentMap.get(none, 7), undefined)
 *
 * @category constructors
 * @since 0.1.0
 */
export function empty<K, V extends {}>(bitsOf: KeyBits<K>, rankOf?: RankOf<V>): PersistentMap<K, V> {
  return { bitsOf, rankOf, root: EMPTY_NODE }
}

/**
 * The map with `key` bound to `value`.
 *
 * @category steps
 * @since 0.1.0
 */
export function set<K, V extends {}>(map: PersistentMap<K, V>, key: K, value: V): PersistentMap<K, V> {
  return withRoot(map, setIn(map, map.root, 0, key, value))
}

/**
 * The map without `key`; the very same map where it was not bound.
 *
 * @category steps
 * @since 0.1.0
 */
export function remove<K, V extends {}>(map: PersistentMap<K, V>, key: K): PersistentMap<K, V> {
  return withRoot(map, removeIn(map, map.root, 0, key))
}

/**
 * The map without any of `keys`, each node that changes built once; the very same map where none was bound.
 *
 * @category steps
 * @since 0.1.0
 */
export function removeAll<K, V extends {}>(map: PersistentMap<K, V>, keys: ReadonlyArray<K>): PersistentMap<K, V> {
  return withRoot(map, removeAllIn(map, map.root, 0, keys))
}

/**
 * Takes out the values for which `isDue` holds, in no order; it must hold for every value before one for which it does.
 *
 * @category steps
 * @since 0.1.0
 */
export function takeWhile<K, V extends {}>(
  map: PersistentMap<K, V>, isDue: (value: V) => boolean,
): Step<PersistentMap<K, V>, ReadonlyArray<V>> {
  const { first } = map.root
  if (first === undefined || !isDue(first)) return step(map, [])
  const taking: Taking<V> = { isDue, dueTo: map.root.firstRank, notDueFrom: Infinity, taken: [] }
  return step(withRoot(map, takeIn(map, map.root, taking)), taking.taken)
}

/**
 * The value bound to `key`, or `undefined`.
 *
 * @category queries
 * @since 0.1.0
 */
export function get<K, V extends {}>(map: PersistentMap<K, V>, key: K): V | undefined {
  const bitsOf = map.bitsOf
  let node = map.root
  for (let level = 0; ; level += 1) {
    const bit = 1 << bitsOf(key, level)
    if ((node.childBits & bit) !== 0) node = node.slots[childSlot(node, bit)] as Node<K, V>
    else if ((node.entryBits & bit) === 0) return undefined
    else {
      const slot = entrySlot(node, bit)
      return node.slots[slot] === key ? (node.slots[slot + 1] as V) : undefined
    }
  }
}

/**
 * The number of entries.
 *
 * @category queries
 * @since 0.1.0
 */
export function size<K, V extends {}>(map: PersistentMap<K, V>): number {
  return map.root.size
}

/**
 * The value before all others, in a map that was told which that is; `undefined` in an empty one.
 *
 * @category queries
 * @since 0.1.0
 */
export function first<K, V extends {}>(map: PersistentMap<K, V>): V | undefined {
  return map.root.first
}

/**
 * Folds over all entries, in the order of their keys' bits.
 *
 * @category queries
 * @since 0.1.0
 */
export function reduce<K, V extends {}, A>(
  map: PersistentMap<K, V>, initial: A, f: (accumulated: A, key: K, value: V) => A,
): A {
  return reduceNode(map.root, initial, f)
}

/**
 * The bits of a whole number from 0 to 2^53 − 1, lowest first: neighbours fill a node together.
 *
 * @category encodings
 * @since 0.1.0
 */
export function numberBits(key: number, level: number): number {
  return level < 6 ? (key >>> (5 * level)) & 31 : (Math.floor(key / 2 ** 30) >>> (5 * (level - 6))) & 31
}

/**
 * The bits of a string of characters that are each one byte, first byte first; for keys of one length,
 * because past its end a string is zeros.
 *
 * @category encodings
 * @since 0.1.0
 */
export function latin1Bits(key: string, level: number): number {
  const offset = 5 * level
  // Past the end charCodeAt gives NaN, which the bit operators read as 0.
  const twoBytes = (key.charCodeAt(offset >>> 3) << 8) | key.charCodeAt((offset >>> 3) + 1)
  return (twoBytes >>> (11 - (offset & 7))) & 31
}

function withRoot<K, V extends {}>(map: PersistentMap<K, V>, root: Node<K, V>): PersistentMap<K, V> {
  return root === map.root ? map : { bitsOf: map.bitsOf, rankOf: map.rankOf, root }
}

function setIn<K, V>(kind: Kind<K, V>, node: Node<K, V>, level: number, key: K, value: V): Node<K, V> {
  const bit = 1 << kind.bitsOf(key, level)
  if ((node.childBits & bit) !== 0) {
    const slot = childSlot(node, bit)
    return withChild(kind, node, slot, setIn(kind, node.slots[slot] as Node<K, V>, level + 1, key, value))
  }
  const slot = entrySlot(node, bit)
  if ((node.entryBits & bit) === 0) return withEntry(kind, node, bit, slot, key, value)
  const sitting = node.slots[slot] as K
  if (sitting === key) return withValue(kind, node, slot + 1, value)
  const both = pair(kind, level + 1, sitting, node.slots[slot + 1] as V, key, value)
  return entryToChild(kind, node, bit, slot, both)
}

function removeIn<K, V>(kind: Kind<K, V>, node: Node<K, V>, level: number, key: K): Node<K, V> {
  const bit = 1 << kind.bitsOf(key, level)
  if ((node.entryBits & bit) !== 0) {
    const slot = entrySlot(node, bit)
    return node.slots[slot] === key ? withoutEntry(kind, node, bit, slot) : node
  }
  if ((node.childBits & bit) === 0) return node
  const slot = childSlot(node, bit)
  const child = node.slots[slot] as Node<K, V>
  const rest = removeIn(kind, child, level + 1, key)
  if (rest === child) return node
  // An entry left alone below moves up, so that the tree does not remember what it once held.
  return rest.size === 1 ? childToEntry(kind, node, bit, slot, rest) : withChild(kind, node, slot, rest)
}

function removeAllIn<K, V>(kind: Kind<K, V>, node: Node<K, V>, level: number, keys: ReadonlyArray<K>): Node<K, V> {
  // Few keys change little of a node: one by one they cost less than building it anew.
  if (keys.length < 3) return keys.reduce((rest, key) => removeIn(kind, rest, level, key), node)
  const parts = partsOf(node)
  byPlace(kind, level, keys).forEach((sharing, place) => {
    const bit = 1 << place
    if ((node.childBits & bit) !== 0) {
      const slot = childSlot(node, bit)
      putRest(parts, bit, slot, removeAllIn(kind, parts.slots[slot] as Node<K, V>, level + 1, sharing))
    } else if ((node.entryBits & bit) !== 0 && sharing.includes(node.slots[entrySlot(node, bit)] as K)) dropEntry(parts, bit)
  })
  return settled(kind, node, parts)
}

/** The keys by their bits at a level; no array where there are none. */
function byPlace<K, V>(kind: Kind<K, V>, level: number, keys: ReadonlyArray<K>): ReadonlyArray<ReadonlyArray<K>> {
  const places: Array<Array<K>> = []
  for (const key of keys) {
    const place = kind.bitsOf(key, level)
    const sharing = places[place]
    if (sharing === undefined) places[place] = [key]
    else sharing.push(key)
  }
  return places
}

/** What is being taken: values up to one rank are known to be due, from another on not to be, and are not asked again. */
interface Taking<V> {
  readonly isDue: (value: V) => boolean
  readonly taken: Array<V>
  dueTo: number
  notDueFrom: number
}

/** Visits only what is due and what lies beside it, of which it looks at nothing but the rank. */
function takeIn<K, V>(kind: Kind<K, V>, node: Node<K, V>, taking: Taking<V>): Node<K, V> {
  const parts = partsOf(node)
  let slot = 0
  for (let bits = node.entryBits; bits !== 0; bits &= bits - 1) {
    const value = node.slots[slot + 1] as V
    slot += 2
    if (!taking.isDue(value)) continue
    taking.taken.push(value)
    dropEntry(parts, bits & -bits)
  }
  for (let bits = node.childBits; bits !== 0; bits &= bits - 1) {
    const child = node.slots[slot] as Node<K, V>
    if (isChildDue(taking, parts.ranks[slot - parts.entries] as number, child)) {
      putRest(parts, bits & -bits, slot, takeIn(kind, child, taking))
    }
    slot += 1
  }
  return settled(kind, node, parts)
}

function isChildDue<K, V>(taking: Taking<V>, rank: number, child: Node<K, V>): boolean {
  if (rank <= taking.dueTo) return true
  if (rank >= taking.notDueFrom) return false
  const isDue = taking.isDue(child.first as V)
  if (isDue) taking.dueTo = rank
  else taking.notDueFrom = rank
  return isDue
}

/** A node's parts while they change; the bits of those that stay neither the entry nor the child that they were. */
interface Parts<K, V> {
  readonly entries: number
  readonly slots: Array<K | V | Node<K, V>>
  readonly ranks: Array<number>
  size: number
  lostBits: number
}

function partsOf<K, V>({ entryBits, slots, childRanks, size }: Node<K, V>): Parts<K, V> {
  return { entries: 2 * ones(entryBits), slots: slots.slice(), ranks: childRanks.slice(), size, lostBits: 0 }
}

function dropEntry<K, V>(parts: Parts<K, V>, bit: number): void {
  parts.size -= 1
  parts.lostBits |= bit
}

/** Puts what is left of a child in its place. */
function putRest<K, V>(parts: Parts<K, V>, bit: number, slot: number, rest: Node<K, V>): void {
  parts.size -= (parts.slots[slot] as Node<K, V>).size - rest.size
  parts.slots[slot] = rest
  parts.ranks[slot - parts.entries] = rest.firstRank
  if (rest.size < 2) parts.lostBits |= bit
}

/** The node that these parts are now: without what is lost, but for entries left alone in a child, which move up. */
function settled<K, V>(kind: Kind<K, V>, node: Node<K, V>, { entries: childrenSlot, slots, ranks, size, lostBits }: Parts<K, V>): Node<K, V> {
  if (size === node.size) return node
  if (size === 0) return EMPTY_NODE
  if (lostBits === 0) return nodeOf(kind, size, node.entryBits, node.childBits, slots, ranks)
  const entries: Array<K | V> = []
  const children: Array<Node<K, V>> = []
  const childRanks: Array<number> = []
  let [entryBits, childBits] = [node.entryBits & ~lostBits, node.childBits & ~lostBits]
  let [entrySlot, childSlot] = [0, childrenSlot]
  for (let bits = node.entryBits | node.childBits; bits !== 0; bits &= bits - 1) {
    const bit = bits & -bits
    if ((node.entryBits & bit) !== 0) {
      if ((entryBits & bit) !== 0) entries.push(slots[entrySlot] as K, slots[entrySlot + 1] as V)
      entrySlot += 2
      continue
    }
    const rest = slots[childSlot] as Node<K, V>
    if ((childBits & bit) !== 0) {
      children.push(rest)
      childRanks.push(ranks[childSlot - childrenSlot] as number)
    } else if (rest.size === 1) {
      entries.push(rest.slots[0] as K, rest.slots[1] as V)
      entryBits |= bit
    }
    childSlot += 1
  }
  return nodeOf(kind, size, entryBits, childBits, [...entries, ...children], childRanks)
}

/** The smallest node that holds two different keys: they part where their bits first differ. */
function pair<K, V>(kind: Kind<K, V>, level: number, k1: K, v1: V, k2: K, v2: V): Node<K, V> {
  const bits1 = kind.bitsOf(k1, level)
  const bits2 = kind.bitsOf(k2, level)
  if (bits1 === bits2) {
    const below = pair(kind, level + 1, k1, v1, k2, v2)
    return nodeOf(kind, 2, 0, 1 << bits1, [below], [below.firstRank])
  }
  return nodeOf(kind, 2, (1 << bits1) | (1 << bits2), 0, bits1 < bits2 ? [k1, v1, k2, v2] : [k2, v2, k1, v1], NO_RANKS)
}

function withChild<K, V>(kind: Kind<K, V>, node: Node<K, V>, slot: number, child: Node<K, V>): Node<K, V> {
  const { entryBits, childBits, childRanks, first, firstRank } = node
  const before = node.slots[slot] as Node<K, V>
  const size = node.size - before.size + child.size
  const slots = replaced(node.slots, slot, child)
  if (child.first === before.first) return { size, entryBits, childBits, slots, childRanks, first, firstRank }
  const ranks = replaced(childRanks, slot - 2 * ones(entryBits), child.firstRank)
  return nodeAfter(kind, node, before.first, child, size, entryBits, childBits, slots, ranks)
}

function withValue<K, V>(kind: Kind<K, V>, node: Node<K, V>, slot: number, value: V): Node<K, V> {
  return nodeOf(kind, node.size, node.entryBits, node.childBits, replaced(node.slots, slot, value), node.childRanks)
}

function withEntry<K, V>(kind: Kind<K, V>, node: Node<K, V>, bit: number, slot: number, key: K, value: V): Node<K, V> {
  if (node.size === 0) return nodeOf(kind, 1, bit, 0, [key, value], NO_RANKS)
  const slots = node.slots.toSpliced(slot, 0, key, value)
  const [size, entryBits] = [node.size + 1, node.entryBits | bit]
  const { childBits, childRanks, first, firstRank } = node
  const rank = rankIn(kind, value)
  return rank < firstRank
    ? { size, entryBits, childBits, slots, childRanks, first: value, firstRank: rank }
    : { size, entryBits, childBits, slots, childRanks, first, firstRank }
}

function withoutEntry<K, V>(kind: Kind<K, V>, node: Node<K, V>, bit: number, slot: number): Node<K, V> {
  if (node.size === 1) return EMPTY_NODE
  const slots = node.slots.toSpliced(slot, 2)
  const [size, entryBits] = [node.size - 1, node.entryBits & ~bit]
  const { childBits, childRanks, first, firstRank } = node
  return node.slots[slot + 1] === first
    ? nodeOf(kind, size, entryBits, childBits, slots, childRanks)
    : { size, entryBits, childBits, slots, childRanks, first, firstRank }
}

function entryToChild<K, V>(kind: Kind<K, V>, node: Node<K, V>, bit: number, slot: number, child: Node<K, V>): Node<K, V> {
  const entryBits = node.entryBits & ~bit
  const childBits = node.childBits | bit
  const index = ones(childBits & (bit - 1))
  const slots = node.slots.toSpliced(slot, 2).toSpliced(2 * ones(entryBits) + index, 0, child)
  const ranks = kind.rankOf === undefined ? NO_RANKS : node.childRanks.toSpliced(index, 0, child.firstRank)
  return nodeAfter(kind, node, undefined, child, node.size + 1, entryBits, childBits, slots, ranks)
}

function childToEntry<K, V>(kind: Kind<K, V>, node: Node<K, V>, bit: number, slot: number, alone: Node<K, V>): Node<K, V> {
  const entryBits = node.entryBits | bit
  const [key, value] = alone.slots as readonly [K, V]
  const slots = node.slots.toSpliced(slot, 1).toSpliced(2 * ones(entryBits & (bit - 1)), 0, key, value)
  const ranks = kind.rankOf === undefined ? NO_RANKS : node.childRanks.toSpliced(slot - 2 * ones(node.entryBits), 1)
  const before = node.slots[slot] as Node<K, V>
  return nodeAfter(kind, node, before.first, alone, node.size - 1, entryBits, node.childBits & ~bit, slots, ranks)
}

/**
 * A node of which one part has changed, whose first value was `before` and is that of `part` now. Only where the node's own
 * first value was in that part, and has gone, must the others be asked.
 */
function nodeAfter<K, V>(
  kind: Kind<K, V>, node: Node<K, V>, before: V | undefined, part: Node<K, V>,
  size: number, entryBits: number, childBits: number, slots: ReadonlyArray<K | V | Node<K, V>>, childRanks: ReadonlyArray<number>,
): Node<K, V> {
  const { first, firstRank } = node
  if (part.firstRank < firstRank) {
    return { size, entryBits, childBits, slots, childRanks, first: part.first, firstRank: part.firstRank }
  }
  return before === first && part.first !== first
    ? nodeOf(kind, size, entryBits, childBits, slots, childRanks)
    : { size, entryBits, childBits, slots, childRanks, first, firstRank }
}

/** A node whose first value may be any of its own. */
function nodeOf<K, V>(
  kind: Kind<K, V>, size: number, entryBits: number, childBits: number, slots: ReadonlyArray<K | V | Node<K, V>>,
  childRanks: ReadonlyArray<number>,
): Node<K, V> {
  if (kind.rankOf === undefined) {
    return { size, entryBits, childBits, slots, childRanks: NO_RANKS, first: undefined, firstRank: 0 }
  }
  const entries = 2 * ones(entryBits)
  let firstSlot = -1
  let firstRank = 0
  for (let slot = 1; slot < entries; slot += 2) {
    const rank = kind.rankOf(slots[slot] as V)
    if (firstSlot >= 0 && rank >= firstRank) continue
    firstSlot = slot
    firstRank = rank
  }
  for (let i = 0; i < childRanks.length; i += 1) {
    const rank = childRanks[i] as number
    if (firstSlot >= 0 && rank >= firstRank) continue
    firstSlot = entries + i
    firstRank = rank
  }
  const first = firstSlot < entries ? (slots[firstSlot] as V) : (slots[firstSlot] as Node<K, V>).first
  return { size, entryBits, childBits, slots, childRanks, first, firstRank }
}

function rankIn<K, V>({ rankOf }: Kind<K, V>, value: V): number {
  return rankOf === undefined ? 0 : rankOf(value)
}

function reduceNode<K, V, A>(node: Node<K, V>, initial: A, f: (accumulated: A, key: K, value: V) => A): A {
  const entries = 2 * ones(node.entryBits)
  let accumulated = initial
  for (let slot = 0; slot < entries; slot += 2) {
    accumulated = f(accumulated, node.slots[slot] as K, node.slots[slot + 1] as V)
  }
  for (let slot = entries; slot < node.slots.length; slot += 1) {
    accumulated = reduceNode(node.slots[slot] as Node<K, V>, accumulated, f)
  }
  return accumulated
}

function entrySlot<K, V>(node: Node<K, V>, bit: number): number {
  return 2 * ones(node.entryBits & (bit - 1))
}

function childSlot<K, V>(node: Node<K, V>, bit: number): number {
  return 2 * ones(node.entryBits) + ones(node.childBits & (bit - 1))
}

// `toSpliced` makes arrays that have no room to spare, as `splice` does not; nodes are many, and most are small.

function replaced<A>(items: ReadonlyArray<A>, index: number, item: A): ReadonlyArray<A> {
  const copy = items.slice()
  copy[index] = item
  return copy
}

/** The number of one bits in a 32-bit word, counted in parallel (Warren, Hacker's Delight, 5-1). */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return (((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24
}
