/**
 * An immutable map whose every version goes on answering: a radix trie over the bits of its keys.
 *
 * **State** a tree of nodes with up to 32 branches. A key's place is spelled by its own bits, five a
 * level, not by a hash of it, so two keys can never collide and nobody can make them; a u32 is
 * at most 7 levels down, 16 bytes at most 26. Entries sit in the node where they first stand alone.
 * Invariant: a node below the root holds at least two entries, so equal maps have equal trees.
 *
 * **Laws**
 *  1. `get(set(m, k, v), k)` is `v`, and every other key answers as before.
 *  2. `get(remove(m, k), k)` is `undefined`, and every other key answers as before.
 *  3. No operation changes the answers of an older version.
 *  4. `size` is the number of keys that answer.
 *  5. Reading and writing cost the depth of the key, never the size of the map.
 *
 * **Not here** an order: `reduce` visits entries in the order of their bits. `DeadlineMap` keeps one.
 */

/**
 * Five bits of a key, level by level: any two different keys of one map must differ at some level.
 *
 * @category model
 * @since 0.1.0
 */
export type KeyBits<K> = (key: K, level: number) => number

/**
 * An immutable map from `K` to `V`.
 *
 * @category model
 * @since 0.1.0
 */
export interface PersistentMap<K, V extends {}> {
  readonly bitsOf: KeyBits<K>
  readonly root: Node<K, V>
}

/** `slots` holds key, value, key, value … in the order of `entryBits`, then children in that of `childBits`. */
interface Node<K, V> {
  readonly size: number
  readonly entryBits: number
  readonly childBits: number
  readonly slots: ReadonlyArray<K | V | Node<K, V>>
}

const EMPTY_NODE: Node<never, never> = Object.freeze({
  size: 0, entryBits: 0, childBits: 0, slots: Object.freeze([]),
})

/**
 * The map without entries, for keys that spell their bits with `bitsOf`.
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
export function empty<K, V extends {}>(bitsOf: KeyBits<K>): PersistentMap<K, V> {
  return { bitsOf, root: EMPTY_NODE }
}

/**
 * The map with `key` bound to `value`.
 *
 * @category steps
 * @since 0.1.0
 */
export function set<K, V extends {}>(map: PersistentMap<K, V>, key: K, value: V): PersistentMap<K, V> {
  return { bitsOf: map.bitsOf, root: setIn(map.bitsOf, map.root, 0, key, value) }
}

/**
 * The map without `key`; the very same map where it was not bound.
 *
 * @category steps
 * @since 0.1.0
 */
export function remove<K, V extends {}>(map: PersistentMap<K, V>, key: K): PersistentMap<K, V> {
  const root = removeIn(map.bitsOf, map.root, 0, key)
  return root === map.root ? map : { bitsOf: map.bitsOf, root }
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

function setIn<K, V>(bitsOf: KeyBits<K>, node: Node<K, V>, level: number, key: K, value: V): Node<K, V> {
  const bit = 1 << bitsOf(key, level)
  if ((node.childBits & bit) !== 0) {
    const slot = childSlot(node, bit)
    return withChild(node, slot, setIn(bitsOf, node.slots[slot] as Node<K, V>, level + 1, key, value))
  }
  const slot = entrySlot(node, bit)
  if ((node.entryBits & bit) === 0) return withEntry(node, bit, slot, key, value)
  const sitting = node.slots[slot] as K
  if (sitting === key) return withValue(node, slot + 1, value)
  const both = pair(bitsOf, level + 1, sitting, node.slots[slot + 1] as V, key, value)
  return entryToChild(node, bit, slot, both)
}

function removeIn<K, V>(bitsOf: KeyBits<K>, node: Node<K, V>, level: number, key: K): Node<K, V> {
  const bit = 1 << bitsOf(key, level)
  if ((node.entryBits & bit) !== 0) {
    const slot = entrySlot(node, bit)
    return node.slots[slot] === key ? withoutEntry(node, bit, slot) : node
  }
  if ((node.childBits & bit) === 0) return node
  const slot = childSlot(node, bit)
  const child = node.slots[slot] as Node<K, V>
  const rest = removeIn(bitsOf, child, level + 1, key)
  if (rest === child) return node
  // An entry left alone below moves up, so that the tree does not remember what it once held.
  return rest.size === 1 ? childToEntry(node, bit, slot, rest) : withChild(node, slot, rest)
}

/** The smallest node that holds two different keys: they part where their bits first differ. */
function pair<K, V>(bitsOf: KeyBits<K>, level: number, k1: K, v1: V, k2: K, v2: V): Node<K, V> {
  const bits1 = bitsOf(k1, level)
  const bits2 = bitsOf(k2, level)
  if (bits1 === bits2) {
    const below = pair(bitsOf, level + 1, k1, v1, k2, v2)
    return { size: 2, entryBits: 0, childBits: 1 << bits1, slots: [below] }
  }
  const slots = bits1 < bits2 ? [k1, v1, k2, v2] : [k2, v2, k1, v1]
  return { size: 2, entryBits: (1 << bits1) | (1 << bits2), childBits: 0, slots }
}

function withChild<K, V>(node: Node<K, V>, slot: number, child: Node<K, V>): Node<K, V> {
  const size = node.size - (node.slots[slot] as Node<K, V>).size + child.size
  return { size, entryBits: node.entryBits, childBits: node.childBits, slots: replaced(node.slots, slot, child) }
}

function withValue<K, V>({ size, entryBits, childBits, slots }: Node<K, V>, slot: number, value: V): Node<K, V> {
  return { size, entryBits, childBits, slots: replaced(slots, slot, value) }
}

function withEntry<K, V>(node: Node<K, V>, bit: number, slot: number, key: K, value: V): Node<K, V> {
  const slots = node.slots.slice()
  slots.splice(slot, 0, key, value)
  return { size: node.size + 1, entryBits: node.entryBits | bit, childBits: node.childBits, slots }
}

function withoutEntry<K, V>(node: Node<K, V>, bit: number, slot: number): Node<K, V> {
  const slots = node.slots.slice()
  slots.splice(slot, 2)
  return { size: node.size - 1, entryBits: node.entryBits & ~bit, childBits: node.childBits, slots }
}

function entryToChild<K, V>(node: Node<K, V>, bit: number, slot: number, child: Node<K, V>): Node<K, V> {
  const slots = node.slots.slice()
  slots.splice(slot, 2)
  const bits = { entryBits: node.entryBits & ~bit, childBits: node.childBits | bit }
  slots.splice(2 * ones(bits.entryBits) + ones(bits.childBits & (bit - 1)), 0, child)
  return { size: node.size + 1, ...bits, slots }
}

function childToEntry<K, V>(node: Node<K, V>, bit: number, slot: number, alone: Node<K, V>): Node<K, V> {
  const slots = node.slots.slice()
  slots.splice(slot, 1)
  const bits = { entryBits: node.entryBits | bit, childBits: node.childBits & ~bit }
  slots.splice(2 * ones(bits.entryBits & (bit - 1)), 0, alone.slots[0] as K, alone.slots[1] as V)
  return { size: node.size - 1, ...bits, slots }
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
