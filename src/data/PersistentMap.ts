/**
 * An immutable map whose every version goes on answering: a radix trie over the bits of its keys.
 *
 * **State** a tree of nodes with up to 32 branches. A key's place is spelled by its own bits, five a
 * level, not by a hash of it, so two keys can never collide and nobody can make them; a u32 is
 * at most 7 levels down, 16 bytes at most 26. Entries sit in the node where they first stand alone.
 * Invariant: a node below the root holds at least two entries, so equal maps have equal trees.
 * A map may be told which values come before which; then each node holds the first of its values, so that
 * the first of all is at hand, and the first few are found without looking at the others.
 *
 * **Laws**
 *  1. `get(set(m, k, v), k)` is `v`, and every other key answers as before.
 *  2. `get(remove(m, k), k)` is `undefined`, and every other key answers as before.
 *  3. No operation changes the answers of an older version.
 *  4. `size` is the number of keys that answer.
 *  5. Reading and writing cost the depth of the key, never the size of the map.
 *  6. `first` is the value that comes before all others; `takeWhile` takes the first few, at a cost that
 *     follows how many they are.
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
 * Whether one value comes before another: a strict total order.
 *
 * @category model
 * @since 0.1.0
 */
export type IsBefore<V> = (a: V, b: V) => boolean

/**
 * An immutable map from `K` to `V`.
 *
 * @category model
 * @since 0.1.0
 */
export interface PersistentMap<K, V extends {}> extends Kind<K, V> {
  readonly root: Node<K, V>
}

/** What a map knows of its keys and values: where a key goes, and which value is first, if that matters. */
interface Kind<K, V> {
  readonly bitsOf: KeyBits<K>
  readonly isBefore: IsBefore<V> | undefined
}

/** `slots` holds key, value, key, value … in the order of `entryBits`, then children in that of `childBits`. */
interface Node<K, V> {
  readonly size: number
  readonly entryBits: number
  readonly childBits: number
  readonly slots: ReadonlyArray<K | V | Node<K, V>>
  readonly first: V | undefined
}

const EMPTY_NODE: Node<never, never> = Object.freeze({
  size: 0, entryBits: 0, childBits: 0, slots: Object.freeze([]), first: undefined,
})

/**
 * The map without entries, for keys that spell their bits with `bitsOf`; with `isBefore` it knows its first value.
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
export function empty<K, V extends {}>(bitsOf: KeyBits<K>, isBefore?: IsBefore<V>): PersistentMap<K, V> {
  return { bitsOf, isBefore, root: EMPTY_NODE }
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
  const taken: Array<V> = []
  return step(withRoot(map, takeIn(map, map.root, isDue, taken)), taken)
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
  return root === map.root ? map : { bitsOf: map.bitsOf, isBefore: map.isBefore, root }
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
  const byPlace = new Map<number, Array<K>>()
  for (const key of keys) {
    const place = kind.bitsOf(key, level)
    const sharing = byPlace.get(place)
    if (sharing === undefined) byPlace.set(place, [key])
    else sharing.push(key)
  }
  return rebuilt(kind, node, (place, key) => byPlace.get(place)?.includes(key) !== true, (place, child) => {
    const below = byPlace.get(place)
    return below === undefined ? child : removeAllIn(kind, child, level + 1, below)
  })
}

/** Visits only what is due and what lies beside it. */
function takeIn<K, V>(kind: Kind<K, V>, node: Node<K, V>, isDue: (value: V) => boolean, taken: Array<V>): Node<K, V> {
  if (node.first === undefined || !isDue(node.first)) return node
  const stays = (_: number, __: K, value: V): boolean => {
    if (!isDue(value)) return true
    taken.push(value)
    return false
  }
  return rebuilt(kind, node, stays, (_, child) => takeIn(kind, child, isDue, taken))
}

/** The node with those of its entries that stay, and with what is left of its children. */
function rebuilt<K, V>(
  kind: Kind<K, V>, node: Node<K, V>,
  stays: (place: number, key: K, value: V) => boolean, restOf: (place: number, child: Node<K, V>) => Node<K, V>,
): Node<K, V> {
  const entries: Array<K | V> = []
  const children: Array<Node<K, V>> = []
  let [size, entryBits, childBits] = [0, 0, 0]
  let [entrySlot, childSlot] = [0, 2 * ones(node.entryBits)]
  for (let place = 0; place < 32; place += 1) {
    const bit = 1 << place
    if ((node.entryBits & bit) !== 0) {
      const [key, value] = [node.slots[entrySlot] as K, node.slots[entrySlot + 1] as V]
      entrySlot += 2
      if (!stays(place, key, value)) continue
      entries.push(key, value)
      entryBits |= bit
      size += 1
    } else if ((node.childBits & bit) !== 0) {
      const rest = restOf(place, node.slots[childSlot] as Node<K, V>)
      childSlot += 1
      if (rest.size === 1) entries.push(rest.slots[0] as K, rest.slots[1] as V)
      else if (rest.size > 1) children.push(rest)
      entryBits |= rest.size === 1 ? bit : 0
      childBits |= rest.size > 1 ? bit : 0
      size += rest.size
    }
  }
  if (size === node.size) return node
  return size === 0 ? EMPTY_NODE : nodeOf(kind, size, entryBits, childBits, [...entries, ...children])
}

/** The smallest node that holds two different keys: they part where their bits first differ. */
function pair<K, V>(kind: Kind<K, V>, level: number, k1: K, v1: V, k2: K, v2: V): Node<K, V> {
  const bits1 = kind.bitsOf(k1, level)
  const bits2 = kind.bitsOf(k2, level)
  if (bits1 === bits2) {
    const below = pair(kind, level + 1, k1, v1, k2, v2)
    return { size: 2, entryBits: 0, childBits: 1 << bits1, slots: [below], first: below.first }
  }
  const slots = bits1 < bits2 ? [k1, v1, k2, v2] : [k2, v2, k1, v1]
  return { size: 2, entryBits: (1 << bits1) | (1 << bits2), childBits: 0, slots, first: earlier(kind, v1, v2) }
}

function withChild<K, V>(kind: Kind<K, V>, node: Node<K, V>, slot: number, child: Node<K, V>): Node<K, V> {
  const { entryBits, childBits } = node
  const before = node.slots[slot] as Node<K, V>
  const size = node.size - before.size + child.size
  return nodeAfter(kind, node, before, child.first, size, entryBits, childBits, replaced(node.slots, slot, child))
}

function withValue<K, V>(kind: Kind<K, V>, node: Node<K, V>, slot: number, value: V): Node<K, V> {
  return nodeOf(kind, node.size, node.entryBits, node.childBits, replaced(node.slots, slot, value))
}

function withEntry<K, V>(kind: Kind<K, V>, node: Node<K, V>, bit: number, slot: number, key: K, value: V): Node<K, V> {
  const slots = node.slots.toSpliced(slot, 0, key, value)
  const first = earlier(kind, node.first, value)
  return { size: node.size + 1, entryBits: node.entryBits | bit, childBits: node.childBits, slots, first }
}

function withoutEntry<K, V>(kind: Kind<K, V>, node: Node<K, V>, bit: number, slot: number): Node<K, V> {
  const slots = node.slots.toSpliced(slot, 2)
  const [size, entryBits] = [node.size - 1, node.entryBits & ~bit]
  return node.slots[slot + 1] === node.first
    ? nodeOf(kind, size, entryBits, node.childBits, slots)
    : { size, entryBits, childBits: node.childBits, slots, first: node.first }
}

function entryToChild<K, V>(kind: Kind<K, V>, node: Node<K, V>, bit: number, slot: number, child: Node<K, V>): Node<K, V> {
  const entryBits = node.entryBits & ~bit
  const childBits = node.childBits | bit
  const slots = node.slots.toSpliced(slot, 2).toSpliced(2 * ones(entryBits) + ones(childBits & (bit - 1)), 0, child)
  return { size: node.size + 1, entryBits, childBits, slots, first: earlier(kind, node.first, child.first) }
}

function childToEntry<K, V>(kind: Kind<K, V>, node: Node<K, V>, bit: number, slot: number, alone: Node<K, V>): Node<K, V> {
  const entryBits = node.entryBits | bit
  const [key, value] = alone.slots as readonly [K, V]
  const slots = node.slots.toSpliced(slot, 1).toSpliced(2 * ones(entryBits & (bit - 1)), 0, key, value)
  const before = node.slots[slot] as Node<K, V>
  return nodeAfter(kind, node, before, value, node.size - 1, entryBits, node.childBits & ~bit, slots)
}

/**
 * A node of which one child has become something whose first value is `first`. Only where the node's own first
 * value was in that child and has gone must the others be asked, each of them far away in memory.
 */
function nodeAfter<K, V>(
  kind: Kind<K, V>, node: Node<K, V>, before: Node<K, V>, first: V | undefined,
  size: number, entryBits: number, childBits: number, slots: ReadonlyArray<K | V | Node<K, V>>,
): Node<K, V> {
  return before.first === node.first && before.first !== first
    ? nodeOf(kind, size, entryBits, childBits, slots)
    : { size, entryBits, childBits, slots, first: earlier(kind, node.first, first) }
}

/** A node whose first value may be any of its own. */
function nodeOf<K, V>(
  kind: Kind<K, V>, size: number, entryBits: number, childBits: number, slots: ReadonlyArray<K | V | Node<K, V>>,
): Node<K, V> {
  if (kind.isBefore === undefined) return { size, entryBits, childBits, slots, first: undefined }
  const entries = 2 * ones(entryBits)
  let first: V | undefined
  for (let slot = 1; slot < entries; slot += 2) first = earlier(kind, first, slots[slot] as V)
  for (let slot = entries; slot < slots.length; slot += 1) first = earlier(kind, first, (slots[slot] as Node<K, V>).first)
  return { size, entryBits, childBits, slots, first }
}

/** The earlier of two values, of which the former may be none; in a map that was told no order, none. */
function earlier<K, V>({ isBefore }: Kind<K, V>, a: V | undefined, b: V | undefined): V | undefined {
  if (isBefore === undefined) return undefined
  return a === undefined || isBefore(b as V, a) ? b : a
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
