/**
 * What every host does, whatever it moves bytes over.
 */
import type { HostCase, HostUnderTest } from './HostCase.js'
import {
  differing, dueTo, fate, HELLO, hearing, overhearing, said, sameBroker, serving, STRANGER, turn, watched, within,
} from './HostTrial.js'

/** What a client that says these pieces must hear is what a broker answers to them in one. */
async function answersTo(host: HostUnderTest, pieces: ReadonlyArray<Uint8Array>, due: Uint8Array, ends = false): Promise<string | undefined> {
  return serving(host, sameBroker(), async ({ dial }) => differing(await said(host, await dial(), pieces, ends), due))
}

const cutAt = (bytes: Uint8Array, at: number): ReadonlyArray<Uint8Array> => [bytes.subarray(0, at), bytes.subarray(at)]
const oneByOne = (bytes: Uint8Array): ReadonlyArray<Uint8Array> => Array.from(bytes, (byte) => Uint8Array.of(byte))

/** The first that is wrong. */
async function firstWrong(checks: Iterable<() => Promise<string | undefined>>): Promise<string | undefined> {
  for (const check of checks) {
    const wrong = await check()
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const MANY_HELLOS = Uint8Array.from(Array.from({ length: 20 }, () => [...HELLO]).flat())

/** More than any host reads of a peer that sends on and on, in pieces. */
const FLOOD: ReadonlyArray<Uint8Array> = Array.from({ length: 32 }, () => new Uint8Array(0x1_0000))

/** How many connections there are in all, and at once. */
const CROWD = 1_000
const AT_ONCE = 50

/** Hellos that differ from the sound one: by a byte, by their framing, by being nothing like one. */
const HOSTILE: ReadonlyArray<Uint8Array> = [
  Uint8Array.of(0x16, 0x03, 0x01), Uint8Array.of(0x01, 0xff, 0xff, 0xff, 0xff), Uint8Array.of(0x01, 0, 0, 0, 0),
  Uint8Array.from(HELLO, (byte, i) => (i === 6 ? byte ^ 0xff : byte)), new Uint8Array(2_000),
]

/**
 * What every host does. Each is checked by itself, on a broker of its own, in any order.
 *
 * @example
 * import assert from 'node:assert'
 * import { UNVERIFIED_PEER } from 'hello-negotiation'
 * import { brokerHost, memoryTransports } from 'hello-negotiation/host'
 * import { HOST_CASES, type HostUnderTest } from 'hello-negotiation/testing'
 *
 * const memory: HostUnderTest = {
 *   serve: async (broker) => {
 *     const host = brokerHost({ broker, lingerMs: 50 })
 *     const dial = async () => {
 *       const [ours, theirs] = memoryTransports()
 *       host.accept(ours, UNVERIFIED_PEER)
 *       return theirs
 *     }
 *     return { dial, close: () => host.close() }
 *   },
 * }
 * for (const { id, check } of HOST_CASES) assert.equal(await check(memory), undefined, id)
 *
 * @category constants
 * @since 0.1.0
 */
export const HOST_CASES: ReadonlyArray<HostCase> = Object.freeze([
  {
    id: 'HOST-1', rows: ['C3', 'N1'], sentence: 'A Hello is answered with the broker\'s own bytes, and then the connection ends.',
    check: (host) => firstWrong([HELLO, STRANGER].map((hello) => () => answersTo(host, [hello], dueTo(hello)))),
  },
  {
    id: 'HOST-2', rows: ['C3', 'F8'], sentence: 'However a Hello is cut, it is answered the same.',
    check: (host) => firstWrong([
      () => answersTo(host, oneByOne(HELLO), dueTo(HELLO)),
      ...Array.from(HELLO.subarray(1), (_, i) => () => answersTo(host, cutAt(HELLO, i + 1), dueTo(HELLO))),
    ]),
  },
  {
    id: 'HOST-3', rows: ['C4', 'F2', 'F3'], sentence: 'What is no Hello is refused as soon as that is known.',
    check: (host) => firstWrong(HOSTILE.map((bytes) => () => answersTo(host, [bytes], dueTo(bytes)))),
  },
  {
    id: 'HOST-4', rows: ['C4', 'F5'], sentence: 'A client that ends its side in the middle of a Hello is told so, where it can still listen.',
    check: async (host) => {
      const half = HELLO.subarray(0, 20)
      if (host.halfCloses !== false) return answersTo(host, [half], dueTo(half), true)
      return serving(host, sameBroker(), async ({ dial }) => ((await said(host, await dial(), [half], true)).isOver ? undefined : 'the connection stayed open'))
    },
  },
  {
    id: 'HOST-5', rows: ['C7'], sentence: 'A client that keeps its Hello back is refused at its deadline, and its connection ends.',
    check: async (host) => {
      const startMs = Date.now()
      const broker = sameBroker({ helloTimeoutMs: 60 }, () => Date.now() - startMs)
      return serving(host, broker, async ({ dial }) => {
        const keptBack = [[], [HELLO.subarray(0, 1)], [HELLO.subarray(0, -1)]]
        const heard = await Promise.all(keptBack.map(async (pieces) => said(host, await dial(), pieces)))
        return heard.map((one) => differing(one, dueTo(HELLO.subarray(0, 1)))).find((wrong) => wrong !== undefined)
      })
    },
  },
  {
    id: 'HOST-6', rows: ['C3'], sentence: 'Bytes behind a Hello change nothing about its answer, be they another Hello.',
    check: (host) => firstWrong([new Uint8Array(3_000), HELLO, MANY_HELLOS].map((behind) => () =>
      answersTo(host, [Uint8Array.from([...HELLO, ...behind])], dueTo(HELLO)))),
  },
  {
    id: 'HOST-7', rows: ['C1'], sentence: 'A peer that the broker does not admit hears not one byte.',
    check: (host) => serving(host, sameBroker({ peerPolicy: { ownerOnly: 'nobody has this user id' } }), async ({ dial }) =>
      differing(await said(host, await dial(), [HELLO]), new Uint8Array(0))),
  },
  {
    id: 'HOST-8', rows: ['C3'], sentence: 'A peer that vanishes, at whatever point, disturbs nobody.',
    check: (host) => serving(host, sameBroker(), async ({ dial }) => {
      for (const saidBefore of [0, 1, 20, HELLO.length]) {
        const transport = await dial()
        transport.read({ onChunk: () => undefined, onEnd: () => undefined, onClosed: () => undefined })
        if (saidBefore > 0) transport.write(HELLO.subarray(0, saidBefore), () => undefined)
        await turn()
        transport.destroy()
      }
      const inAHurry = await dial()
      inAHurry.read({ onChunk: () => inAHurry.destroy(), onEnd: () => undefined, onClosed: () => undefined })
      inAHurry.write(HELLO, () => undefined)
      await turn()
      const { bytes, isOver } = await said(host, await dial(), [STRANGER])
      return isOver && bytes.length === dueTo(STRANGER).length ? undefined : `the next one got ${bytes.length} bytes`
    }),
  },
  {
    id: 'HOST-9', rows: ['C3', 'N5'], sentence: 'A thousand connections, many of them at once, are each answered, once.',
    check: (host) => serving(host, sameBroker({ rateLimit: { maxPerWindow: CROWD } }), async ({ dial }) => {
      const crowd = async (): Promise<string | undefined> => {
        const transports = await Promise.all(Array.from({ length: AT_ONCE }, dial))
        const heard = await Promise.all(transports.map((transport) => said(host, transport, [STRANGER])))
        const wrong = heard.map((one) => differing(one, dueTo(STRANGER))).filter((one) => one !== undefined)
        return wrong.length === 0 ? undefined : `${wrong.length} of ${heard.length}: ${wrong[0] ?? ''}`
      }
      return firstWrong(Array.from({ length: CROWD / AT_ONCE }, () => crowd))
    }),
  },
  {
    id: 'HOST-10', rows: ['C3'], sentence: 'When the host closes, a peer that has said nothing is closed too, and closing comes to an end.',
    check: async (host) => {
      const served = await host.serve(sameBroker())
      const heard = hearing(host, await served.dial())
      await turn()
      await served.close()
      return differing(await heard, new Uint8Array(0))
    },
  },
  {
    id: 'HOST-11', rows: ['C3'], sentence: 'A Hello that has begun when the host closes is answered, if the rest of it comes soon.',
    check: async (host) => {
      const { broker, reached } = watched(sameBroker())
      const served = await host.serve(broker)
      const transport = await served.dial()
      const heard = hearing(host, transport)
      transport.write(HELLO.subarray(0, 9), () => undefined)
      if ((await within(host, reached)) === 'nothing') return 'the first bytes of a Hello never reached the broker'
      const closing = served.close()
      await turn()
      transport.write(HELLO.subarray(9), () => undefined)
      const wrong = differing(await heard, dueTo(HELLO))
      return (await within(host, closing)) === 'nothing' ? 'closing never came to an end' : wrong
    },
  },
  {
    id: 'HOST-12', rows: ['DIV-T2'], sentence: 'A reply that a peer has had is not told as unwritten, so its token stays good.',
    check: async (host) => {
      const { broker, unwritten } = watched(sameBroker())
      const wrong = await serving(host, broker, async ({ dial }) => differing(await said(host, await dial(), [HELLO]), dueTo(HELLO)))
      return wrong ?? (unwritten() === 0 ? undefined : 'a reply that was had in full was told as unwritten')
    },
  },
  {
    id: 'HOST-13', rows: ['C3'], sentence: 'A peer that sends on and on behind its Hello has its answer.',
    check: (host) => serving(host, sameBroker(), async ({ dial }) => {
      const transport = await dial()
      const heard = hearing(host, transport)
      for (const piece of [HELLO, ...FLOOD]) transport.write(piece, () => undefined)
      return differing(await heard, dueTo(HELLO))
    }),
  },
  {
    id: 'HOST-14', rows: ['C3'], sentence: 'A write behind the end is told that it comes too late, and does nothing to the connection.',
    check: (host) => serving(host, sameBroker(), async ({ dial }) => {
      const transport = await dial()
      const heard = hearing(host, transport)
      transport.write(HELLO, () => undefined)
      transport.end()
      const late = await within(host, fate(transport, Uint8Array.of(1)))
      transport.end()
      const wrong = host.halfCloses === false ? undefined : differing(await heard, dueTo(HELLO))
      transport.destroy()
      return late === 'too late' ? wrong : `a write behind the end was told: ${late}`
    }),
  },
  {
    id: 'HOST-15', rows: ['DIV-T2'], sentence: 'Once a transport is destroyed it is told to be closed, once; nothing else is heard, and a write is told that it comes too late.',
    check: (host) => serving(host, sameBroker(), async ({ dial }) => {
      const transport = await dial()
      const { told, closed } = overhearing(transport)
      transport.destroy()
      const late = await within(host, fate(transport, HELLO))
      transport.pause()
      transport.end()
      transport.destroy()
      if ((await within(host, closed)) === 'nothing') return 'it is not told that the connection is closed'
      for (let i = 0; i < 3; i += 1) await turn()
      if (late !== 'too late') return `a write on a destroyed transport was told: ${late}`
      return told.join() === 'closed' || told.join() === 'end,closed' ? undefined : `heard ${told.join(', ')} of a destroyed transport`
    }),
  },
])
