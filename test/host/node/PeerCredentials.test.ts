import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { fromHex, type PeerIdentity, toHex, UNVERIFIED_PEER } from 'hello-negotiation'
import { loadPeerReader } from 'hello-negotiation/host/node'
import { describe, expect, it } from 'vitest'
import { parseUcred, parseXucred, readerFor, verified } from '../../../src/host/node/PeerCredentials.js'
import { framedHello, GOOD_HELLO, refusalIn, replyIn, start, told } from './support.js'

const NO_UID = 0xffff_ffff
const ucred = (pid: number, uid: number): Uint8Array => new Uint8Array(Uint32Array.of(pid, uid, 1_000).buffer)
const pidOf = (pid: number): Uint8Array => new Uint8Array(Int32Array.of(pid).buffer)

function xucred(version: number, uid: number): Uint8Array {
  const words = new Uint32Array(19)
  words.set([version, uid, 1, 20])
  return new Uint8Array(words.buffer)
}

describe('the kernel\'s word on Linux', () => {
  it('is a pid and a decimal user id (SPEC C2)', () => {
    expect(parseUcred(ucred(4_242, 1_000))).toEqual({ pid: 4_242, userId: '1000' })
    expect(parseUcred(ucred(4_242, 0))).toEqual({ pid: 4_242, userId: '0' })
    expect(parseUcred(ucred(4_242, 0xffff_fffe))).toEqual({ pid: 4_242, userId: '4294967294' })
  })

  it('has no pid for a peer in another pid namespace, but a user id', () => {
    expect(parseUcred(ucred(0, 1_000))).toEqual({ pid: 0, userId: '1000' })
    expect(parseUcred(ucred(-1, 1_000))).toEqual({ pid: 0, userId: '1000' })
  })

  it('is nothing on TCP, in part, or where the kernel declines', () => {
    expect(parseUcred(ucred(0, NO_UID))).toEqual(UNVERIFIED_PEER)
    expect(parseUcred(ucred(4_242, 1_000).subarray(0, 8))).toEqual(UNVERIFIED_PEER)
    expect(parseUcred(new Uint8Array(0))).toEqual(UNVERIFIED_PEER)
    expect(parseUcred(undefined)).toEqual(UNVERIFIED_PEER)
  })

  it('is read right from the middle of a larger buffer', () => {
    const buffer = Buffer.concat([Buffer.alloc(4, 0xff), ucred(4_242, 1_000)])
    expect(parseUcred(buffer.subarray(4))).toEqual({ pid: 4_242, userId: '1000' })
  })
})

describe('the kernel\'s word on macOS', () => {
  it('is a user id and, asked once more, a pid (SPEC C2)', () => {
    expect(parseXucred(xucred(0, 501), () => pidOf(4_242))).toEqual({ pid: 4_242, userId: '501' })
  })

  it('is a user id alone where there is no pid', () => {
    for (const pid of [undefined, pidOf(0), pidOf(-1), new Uint8Array(2)]) {
      expect(parseXucred(xucred(0, 501), () => pid)).toEqual({ pid: 0, userId: '501' })
    }
  })

  it('is nothing of another version, another size, or nobody', () => {
    for (const value of [xucred(1, 501), xucred(0, NO_UID), xucred(0, 501).subarray(0, 72), new Uint8Array(0), undefined]) {
      expect(parseXucred(value, () => pidOf(4_242))).toEqual(UNVERIFIED_PEER)
    }
  })

  it('is asked for by the options SOL_LOCAL 1 and 2', () => {
    const asked: Array<[number, number]> = []
    const identity = readerFor('darwin')?.(({ level, name, maxBytes }) => {
      asked.push([level, name])
      return maxBytes === 76 ? xucred(0, 501) : pidOf(7)
    })
    expect(asked).toEqual([[0, 1], [0, 2]])
    expect(identity).toEqual({ pid: 7, userId: '501' })
  })
})

describe('the reader', () => {
  it('says nothing of a socket that has no descriptor, and never throws', async () => {
    const { read } = await loadPeerReader()
    expect(read(new Socket())).toEqual(UNVERIFIED_PEER)
    expect(read(undefined as unknown as Socket)).toEqual(UNVERIFIED_PEER)
  })

  it('has none for a platform it does not know', () => {
    expect(readerFor('win32')).toBeUndefined()
    expect(readerFor('aix')).toBeUndefined()
  })

  it.runIf(process.platform === 'linux')('is there on Linux', async () => {
    expect((await loadPeerReader()).isAvailable).toBe(true)
  })
})

interface Child {
  readonly pid: number
  readonly say: (bytes: Uint8Array) => Promise<Uint8Array>
}

/** A client in a process of its own. */
function child(path: string): Child {
  const process_ = spawn(process.execPath, [fileURLToPath(new URL('say.mjs', import.meta.url)), path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  return {
    pid: process_.pid ?? 0,
    say: async (bytes) => {
      process_.stdin.end(toHex(bytes))
      return fromHex((await text(process_.stdout)).trim()) ?? new Uint8Array(0)
    },
  }
}

const { isAvailable } = await loadPeerReader()

describe.runIf(isAvailable)('a peer in another process', () => {
  it('is known by its real pid and user, whatever it says', async () => {
    const { path, events } = await start()
    const peer = child(path)
    const reply = replyIn(await peer.say(framedHello({ ...GOOD_HELLO, peerPid: peer.pid })))
    expect(reply._tag).toBe('Negotiated')
    expect(events[0]).toMatchObject({ _tag: 'Negotiated', peer: { pid: peer.pid, userId: `${process.getuid?.()}` } })
  })

  it('is refused for a pid that is not its own (SPEC H6)', async () => {
    const { path, events } = await start()
    const peer = child(path)
    const reply = await peer.say(framedHello({ ...GOOD_HELLO, peerPid: process.pid }))
    expect(refusalIn(reply)).toBe('peer_pid does not match verified peer')
    expect(events[0]).toMatchObject({ error: { _tag: 'PeerPidMismatch', claimed: process.pid, verified: peer.pid } })
  })

  it('is answered where it is the owner, and gets silence where it is not (SPEC C1)', async () => {
    const own = await start({ peerPolicy: { ownerOnly: `${process.getuid?.()}` } })
    expect(replyIn(await child(own.path).say(framedHello()))._tag).toBe('Negotiated')
    const other = await start({ peerPolicy: { ownerOnly: `${(process.getuid?.() ?? 0) + 1}` } })
    expect(await child(other.path).say(framedHello())).toHaveLength(0)
    expect(await told(other.events, 'PeerRejected')).toMatchObject({ error: { peer: { userId: `${process.getuid?.()}` } } })
    expect(other.events).toHaveLength(1)
  })
})

describe('another way to tell peers', () => {
  it('is asked instead', async () => {
    const { path, events } = await start({}, { identify: () => ({ pid: 7, userId: 'windows-sid:01' }) })
    await child(path).say(framedHello())
    expect(events[0]).toMatchObject({ peer: { pid: 7, userId: 'windows-sid:01' } })
  })

  it.each([1.5, Number.NaN, -1, 2 ** 32, undefined, '7'])('that gives the pid %s knows no pid (SPEC R2)', (pid) => {
    expect(verified(() => ({ pid: pid as number, userId: '1000' }))).toEqual({ pid: 0, userId: '1000' })
  })

  it.each([undefined, null, 1_000, {}])('that gives the user id %s knows no user (SPEC C1)', (userId) => {
    expect(verified(() => ({ pid: 7, userId: userId as string }))).toEqual({ pid: 7, userId: '' })
  })

  it.each([undefined, null, 7, { pid: 7n, userId: '1000' }, Promise.resolve({ pid: 7, userId: '1000' })])('that gives %s tells of nobody', (identity) => {
    expect(verified(() => identity as unknown as PeerIdentity)).toEqual(UNVERIFIED_PEER)
  })

  it('that gives a pid which is none is taken for no pid by the whole broker (SPEC R2)', async () => {
    const { path, events } = await start({ rateLimit: { maxPerWindow: 1 } }, { identify: () => ({ pid: Number.NaN, userId: '' }) })
    for (let i = 0; i < 2; i += 1) await child(path).say(framedHello())
    expect(events).toMatchObject(Array(2).fill({ _tag: 'Negotiated', peer: UNVERIFIED_PEER }))
  })

  it('that throws tells of nobody', async () => {
    const identify = (): never => {
      throw new Error('no idea')
    }
    const { path, events } = await start({}, { identify })
    await child(path).say(framedHello())
    expect(events[0]).toMatchObject({ _tag: 'Negotiated', peer: UNVERIFIED_PEER })
  })
})
