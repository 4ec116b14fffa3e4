/**
 * A Hello that comes one byte at a time, at several lengths up to 64 KiB: the whole of a session's work.
 */
import assert from 'node:assert'
import { ourBroker, POLICY_INPUT } from '../lib/brokers.mjs'
import { interleaved } from '../lib/measure.mjs'
import { atMost, duration } from '../lib/rows.mjs'
import { exponent, median } from '../lib/statistics.mjs'
import { helloOfBodyBytes, PID } from '../hellos.mjs'

const KIB = 1_024
const SIZES = [KIB, 2 * KIB, 4 * KIB, 8 * KIB, 16 * KIB, 32 * KIB, 64 * KIB]

export async function run(effort) {
  const broker = ourBroker(POLICY_INPUT)
  const sides = Object.fromEntries(SIZES.map((size) => [size, byteByByte(broker, helloOfBodyBytes(size))]))
  for (const side of Object.values(sides)) assert.equal(side().outcome._tag, 'Negotiated')
  const times = await interleaved(sides, { ...effort, warmUpMs: effort.warmUpMs / 4 }, 1)
  const points = SIZES.map((size) => [size, median(times[size])])
  const [size, ns] = points[points.length - 1]
  return {
    rows: [{
      id: 'framing',
      what: 'framing a 64 KiB Hello one byte at a time: exponent of time by length',
      target: atMost(1.1, ''),
      reached: exponent(points),
      note: `${duration(ns)} for 64 KiB, ${duration(ns / size)} a byte`,
    }],
    series: [{ id: 'framing', title: 'a byte', across: 'bytes of a Hello that comes one by one', points: perUnit(points) }],
  }
}

function byteByByte(broker, bytes) {
  const chunks = Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1))
  const peer = broker.peerOf(PID)
  return () => {
    const session = broker.accept(peer).right
    let answer
    for (const chunk of chunks) answer = session.push(chunk)
    return answer
  }
}

function perUnit(points) {
  return points.map(([size, ns]) => [size, ns / size])
}
