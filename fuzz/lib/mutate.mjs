/**
 * Small changes of bytes, of the kinds that have turned out to lead somewhere new: bits, bytes, edges of numbers, pieces said twice,
 * left out, or taken from another input; and frames whose length is put right again, or they would never be more than too short.
 */

const EDGES = [0x00, 0x01, 0x08, 0x0a, 0x10, 0x12, 0x1a, 0x20, 0x22, 0x7f, 0x80, 0xc0, 0xf4, 0xff]
const INPUT_MAX_BYTES = 4_096

/** One to four changes of an input, by dice that give whole numbers below their argument. */
export function mutated(input, other, below) {
  let bytes = input
  for (let i = below(4); i >= 0; i -= 1) bytes = changed(bytes, other, below)
  return (below(2) === 0 ? withLengthPutRight(bytes) : bytes).subarray(0, INPUT_MAX_BYTES)
}

function changed(bytes, other, below) {
  const at = below(bytes.length + 1)
  const until = Math.min(bytes.length, at + 1 + below(8))
  switch (below(8)) {
    case 0:
      return written(bytes, at, [(bytes[at] ?? 0) ^ (1 << below(8))])
    case 1:
      return written(bytes, at, [below(256)])
    case 2:
      return written(bytes, at, [EDGES[below(EDGES.length)]])
    case 3:
      return spliced(bytes, at, at, [EDGES[below(EDGES.length)]])
    case 4:
      return spliced(bytes, at, until, [])
    case 5:
      return spliced(bytes, at, at, bytes.subarray(at, until))
    case 6:
      return spliced(bytes, at, at, Array.from({ length: 1 + below(12) }, () => (below(3) === 0 ? below(256) : 0xff)))
    default:
      return spliced(bytes, at, until, other.subarray(below(other.length + 1), other.length))
  }
}

function written(bytes, at, values) {
  return at < bytes.length ? spliced(bytes, at, at + values.length, values) : bytes
}

function spliced(bytes, from, to, between) {
  return Uint8Array.of(...bytes.subarray(0, from), ...between, ...bytes.subarray(to))
}

function withLengthPutRight(bytes) {
  const start = bytes[0] === 1 ? 0 : bytes[1] === 1 ? 1 : -1
  if (start === -1 || bytes.length < start + 5) return bytes
  const right = Uint8Array.from(bytes)
  new DataView(right.buffer).setUint32(start + 1, bytes.length - start - 5, true)
  return right
}
