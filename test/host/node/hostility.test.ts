import { type BrokerEvent, createBroker, type PeerIdentity, UNVERIFIED_PEER } from 'hello-negotiation'
import { type Address, describeNotice, sayHello } from 'hello-negotiation/host/node'
import { encodeFrame, encodeFramed, encodeHello, frame, hello } from 'hello-negotiation/wire'
import * as fc from 'fast-check'
import type { Right } from 'fp-ts/lib/Either.js'
import { connect, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { holdReceived, letGo } from '../../../src/host/node/handoff/holdStream.js'
import { connectOptions, framedHello, GOOD_HELLO, policyWith, rawClient, refusalIn, replyIn, start, told, until, WANTS_TOKEN } from './support.js'

const isEmpty = (connections: () => number): Promise<void> =>
  until(() => expect(connections()).toBe(0))

describe('a slow peer', () => {
  it('that says nothing is refused at the deadline and dropped (SPEC C7)', async () => {
    const { at, events, listener } = await start({ helloTimeoutMs: 100 }, { lingerMs: 20 })
    const client = await rawClient(at)
    expect(refusalIn(await client.received)).toBe('incomplete Hello frame')
    expect(events[0]).toMatchObject({ _tag: 'Refused', error: { _tag: 'HelloDeadlineExceeded', timeoutMs: 100 } })
    await isEmpty(listener.connections)
  })

  it('that trickles does not move its deadline (SPEC C7)', async () => {
    let nowMs = 0
    const events: Array<BrokerEvent> = []
    const onEvent = (event: BrokerEvent): void => void events.push(event)
    const broker = createBroker({ policy: policyWith({ helloTimeoutMs: 150 }), clock: () => nowMs, onEvent })
    const { at, listener } = await start({}, { broker, lingerMs: 20 })
    const client = await rawClient(at)
    const bytes = framedHello({ ...GOOD_HELLO, clientLibVersion: 'x'.repeat(4_000) })
    let sent = 0
    const trickle = setInterval(() => {
      void client.send(bytes.slice(sent, (sent += 1)))
      // The deadline comes with a byte, and a byte has come just before it.
      nowMs = Math.min(10 * sent, 150)
    }, 10)
    const received = await client.received
    clearInterval(trickle)
    expect(refusalIn(received)).toBe('incomplete Hello frame')
    expect(sent).toBeGreaterThanOrEqual(15)
    expect(events[0]).toMatchObject({ error: { _tag: 'HelloDeadlineExceeded' }, nowMs: 150 })
    await isEmpty(listener.connections)
  })

  it('is waited for where the broker\'s clock says nothing, and disturbs nobody', async () => {
    const broker = createBroker({ policy: policyWith({ helloTimeoutMs: 1 }), clock: () => Number.NaN })
    const { at } = await start({}, { broker })
    const slow = await rawClient(at)
    expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({ right: { _tag: 'Negotiated' } })
    await slow.send(framedHello())
    slow.socket.end()
    expect(replyIn(await slow.received)._tag).toBe('Negotiated')
  })
})

describe('a flood', () => {
  it('of garbage leaves a good client alone', async () => {
    // No time goes by for the good clients, however long they take; then it does, for those that are not done.
    let nowMs = 0
    const broker = createBroker({ policy: policyWith({ helloTimeoutMs: 200 }), clock: () => nowMs })
    const { at, listener } = await start({}, { broker, lingerMs: 20 })
    const garbage = fc.sample(fc.uint8Array({ maxLength: 2_000 }), 300)
    const flood = garbage.map(async (bytes) => {
      const client = await rawClient(at)
      await client.send(bytes)
      return client.received
    })
    for (let i = 0; i < 30; i += 1) {
      expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({ right: { _tag: 'Negotiated' } })
    }
    nowMs = 200
    // Every one of them was answered, refused or cut off; none is left.
    const answers = await Promise.all(flood)
    expect(answers.map(refusalIn).filter((reason) => reason === 'not refused')).toEqual([])
    await isEmpty(listener.connections)
  })

  it('of requests that nobody reads the answers to is survived', async () => {
    const { at, listener } = await start({}, { lingerMs: 20 })
    await Promise.all(Array.from({ length: 200 }, async () => {
      const client = await rawClient(at)
      client.socket.pause()
      client.socket.write(framedHello(WANTS_TOKEN), () => client.socket.destroy())
    }))
    expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({ right: { _tag: 'Negotiated' } })
    await isEmpty(listener.connections)
  })
})

describe('a reply that cannot be written', () => {
  it('because the peer has vanished takes its token with it (DIV-T2)', async () => {
    const { at, broker, events, notices } = await start()
    const socket = connect(connectOptions(at))
    // The kernel has the Hello, and a moment later nobody has the socket.
    socket.on('connect', () => {
      socket.write(framedHello(WANTS_TOKEN))
      socket.destroy()
    })
    expect(await told(events, 'HandoffAbandoned')).toMatchObject({ handoff: { connectionId: 1n } })
    expect(events.map(({ _tag }) => _tag)).toEqual(['Negotiated', 'HandoffIssued', 'HandoffAbandoned'])
    expect(broker.msUntilDeadline()).toBeUndefined()
    expect(notices.map(({ _tag }) => _tag).toSorted()).toEqual(['ConnectionFailed', 'ReplyUnwritten'])
    for (const notice of notices) expect(describeNotice(notice)).toMatch(/^[^\n]+$/)
    expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({ right: { _tag: 'Negotiated' } })
  })

  it.each([['a socket', undefined], ['TCP', { _tag: 'Tcp', port: 0 }]] as ReadonlyArray<[string, Address | undefined]>)(
    'because the peer on %s never reads takes its token with it, at a deadline (DIV-T2)', async (_name, at) => {
      const started = await start({}, {
        replyTimeoutMs: 50,
        ...(at === undefined ? {} : { at }),
        identify: (socket) => {
          // What is queued before the reply fills the kernel's buffers, so that the reply waits for a reader.
          socket.write(Buffer.alloc(0x100_0000))
          return { pid: 0, userId: '' }
        },
      })
      const client = await rawClient(started.at)
      client.socket.pause()
      await client.send(framedHello(WANTS_TOKEN))
      expect(await told(started.events, 'HandoffAbandoned')).toMatchObject({ handoff: { connectionId: 1n } })
      expect(started.notices).toEqual([{ _tag: 'ReplyUnwritten', peer: { pid: 0, userId: '' } }])
      await isEmpty(started.listener.connections)
    },
  )

  it.runIf(process.platform === 'linux')('in full, half of it being with the kernel, takes its token with it (DIV-T2)', async () => {
    const shrink = await sendBufferShrinker()
    const identify = (socket: Socket): PeerIdentity => {
      shrink(socket)
      return UNVERIFIED_PEER
    }
    const started = await start({}, { replyTimeoutMs: 50, identify })
    const client = await rawClient(started.at)
    // A socket that is merely paused reads on into a buffer of its own, which has room for all of it in some versions of Node.
    client.socket.pause()
    expect(holdReceived(client.socket)).toBe(true)
    const payload = encodeHello(hello({ ...WANTS_TOKEN, clientMinProtocol: 1, clientMaxProtocol: 1 }))
    // The reply echoes the header, and so is far longer than what the kernel will take.
    const body = encodeFrame(frame({ envelopeVersion: 1, payload, traceparent: 'x'.repeat(60_000) }))
    await client.send((encodeFramed(body) as Right<Uint8Array>).right)
    expect(await told(started.events, 'HandoffAbandoned')).toMatchObject({ handoff: { connectionId: 1n } })
    letGo(client.socket)
    client.socket.resume()
    const received = (await client.received).length
    expect(received).toBeGreaterThan(0)
    expect(received).toBeLessThan(60_000)
  })

  it('is not one that the peer has not read yet: then the token lives, and the connection is let go', async () => {
    const { at, broker, events, listener } = await start({}, { lingerMs: 20 })
    const client = await rawClient(at)
    client.socket.pause()
    await client.send(framedHello(WANTS_TOKEN))
    await told(events, 'HandoffIssued')
    await isEmpty(listener.connections)
    expect(events.map(({ _tag }) => _tag)).toEqual(['Negotiated', 'HandoffIssued'])
    expect(broker.msUntilDeadline()).toBeGreaterThan(0)
    client.socket.resume()
    client.socket.end()
    expect(replyIn(await client.received)._tag).toBe('Negotiated')
  })
})

describe('a peer that never stops sending', () => {
  it('is read from no further than is good for it, and let go (SPEC C3)', async () => {
    const accepted: Array<Socket> = []
    const identify = (socket: Socket): PeerIdentity => {
      accepted.push(socket)
      return UNVERIFIED_PEER
    }
    const { at, listener } = await start({}, { lingerMs: 1_500, identify })
    // A client that does not mind that the other side has closed.
    const socket = connect({ ...connectOptions(at), allowHalfOpen: true })
    socket.on('error', () => undefined)
    const spam = (error?: Error | null): void => void (error || socket.write(Buffer.alloc(0x1_0000), spam))
    socket.write(framedHello(), spam)
    await new Promise((resolve) => socket.on('close', resolve))
    await isEmpty(listener.connections)
    expect(accepted[0]?.bytesRead).toBeGreaterThan(0x10_0000)
    expect(accepted[0]?.bytesRead).toBeLessThan(0x20_0000)
  })
})

describe('a listener of notices', () => {
  it('that throws disturbs nobody', async () => {
    const onNotice = (): never => {
      throw new Error('no notices, please')
    }
    const { at } = await start({}, { maxConnections: 1, onNotice })
    const first = await rawClient(at)
    const second = await rawClient(at)
    expect(await first.received).toHaveLength(0)
    second.socket.end(framedHello())
    expect(replyIn(await second.received)._tag).toBe('Negotiated')
  })
})

describe('a cap on connections', () => {
  /** Peers that are told apart by the order in which they came. */
  const inOrder = (): ((socket: Socket) => PeerIdentity) => {
    let pid = 0
    return () => ({ pid: (pid += 1), userId: '' })
  }

  it('lets the one go that has kept its Hello back longest, without a byte, and tells whose it was', async () => {
    const { at, listener, notices } = await start({}, { maxConnections: 2, identify: inOrder() })
    const [first, second] = [await rawClient(at), await rawClient(at)]
    await first.send(framedHello().slice(0, 30))
    await until(() => expect(listener.connections()).toBe(2))
    const third = await rawClient(at)
    expect(await first.received).toHaveLength(0)
    expect(notices).toEqual([{ _tag: 'ConnectionLimitReached', max: 2, closed: 'unanswered', peer: { pid: 1, userId: '' } }])
    expect(listener.connections()).toBe(2)
    for (const client of [second, third]) {
      client.socket.end(framedHello())
      expect(replyIn(await client.received)._tag).toBe('Negotiated')
    }
    await isEmpty(listener.connections)
  })

  it('is no help to a peer that holds every connection and says nothing', async () => {
    const { at, listener } = await start({}, { maxConnections: 16 })
    let isOver = false
    let dropped = 0
    const hold = async (): Promise<void> => {
      const holder = await rawClient(at)
      void holder.closed.then(() => {
        dropped += 1
        return isOver ? undefined : hold()
      })
    }
    await Promise.all(Array.from({ length: 16 }, hold))
    await until(() => expect(listener.connections()).toBe(16))
    for (let i = 0; i < 50; i += 1) {
      expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({ right: { _tag: 'Negotiated' } })
      await until(() => expect(listener.connections()).toBe(16))
    }
    isOver = true
    expect(dropped).toBeGreaterThanOrEqual(50)
  })

  it('is no help to a peer that holds every connection once it is answered', async () => {
    const { at, listener, notices } = await start({}, { maxConnections: 4, lingerMs: 60_000 })
    const linger = async (): Promise<Uint8Array> => {
      const socket = connect({ ...connectOptions(at), allowHalfOpen: true })
      onTestFinished(() => void socket.destroy())
      socket.on('error', () => undefined)
      socket.write(framedHello())
      return new Promise((resolve) => socket.once('data', resolve))
    }
    for (let i = 0; i < 20; i += 1) {
      while (listener.connections() < 4) expect(replyIn(await linger())._tag).toBe('Negotiated')
      expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({ right: { _tag: 'Negotiated' } })
      await until(() => expect(listener.connections()).toBe(3))
    }
    expect(notices).toEqual(Array(20).fill({ _tag: 'ConnectionLimitReached', max: 4, closed: 'lingering', peer: expect.anything() }))
  })

  it('is kept by many that come at once, each of which makes room for the next', async () => {
    const open: Array<number> = []
    let connections = (): number => 0
    const identify = (): PeerIdentity => {
      open.push(connections())
      return UNVERIFIED_PEER
    }
    const { at, listener, notices } = await start({}, { maxConnections: 4, identify })
    connections = listener.connections
    const clients = await Promise.all(Array.from({ length: 100 }, () => rawClient(at)))
    await until(() => expect(open).toHaveLength(100))
    expect(Math.max(...open)).toBe(4)
    expect(notices).toHaveLength(96)
    // All but the last four have seen their connection end.
    for (const client of clients.slice(0, 96)) expect(await client.received).toHaveLength(0)
    expect(listener.connections()).toBe(4)
  })

  it('rather lets one go that waits than one that is answered', async () => {
    const { at, listener, notices } = await start({}, { maxConnections: 2, lingerMs: 60_000, identify: inOrder() })
    const answered = connect({ ...connectOptions(at), allowHalfOpen: true })
    onTestFinished(() => void answered.destroy())
    answered.write(framedHello())
    await new Promise((resolve) => answered.once('data', resolve))
    const silent = await rawClient(at)
    await until(() => expect(listener.connections()).toBe(2))
    expect(await sayHello({ at, hello: GOOD_HELLO })).toMatchObject({ right: { _tag: 'Negotiated' } })
    expect(await silent.received).toHaveLength(0)
    expect(notices).toMatchObject([{ closed: 'unanswered', peer: { pid: 2 } }])
  })

  it('turns the newcomer away where every other is being replied to', async () => {
    const identityOf = inOrder()
    const { at, events, notices } = await start({}, {
      maxConnections: 1,
      identify: (socket) => {
        const peer = identityOf(socket)
        // What is queued before the first one's reply fills the kernel's buffers, so that it waits for a reader.
        if (peer.pid === 1) socket.write(Buffer.alloc(0x100_0000))
        return peer
      },
    })
    const first = await rawClient(at)
    first.socket.pause()
    await first.send(framedHello())
    await told(events, 'Negotiated')
    const second = await rawClient(at)
    expect(await second.received).toHaveLength(0)
    expect(notices).toEqual([{ _tag: 'ConnectionLimitReached', max: 1, closed: 'newcomer', peer: { pid: 2, userId: '' } }])
    first.socket.resume()
    expect(replyIn((await first.received).subarray(0x100_0000))._tag).toBe('Negotiated')
  })

  it('lets nobody go for a peer that may not connect (SPEC C1)', async () => {
    const identityOf = inOrder()
    const identify = (socket: Socket): PeerIdentity => {
      const peer = identityOf(socket)
      return { ...peer, userId: peer.pid === 1 ? 'owner' : 'stranger' }
    }
    const { at, notices } = await start({ peerPolicy: { ownerOnly: 'owner' } }, { maxConnections: 1, identify })
    const owner = await rawClient(at)
    expect(await (await rawClient(at)).received).toHaveLength(0)
    owner.socket.end(framedHello())
    expect(replyIn(await owner.received)._tag).toBe('Negotiated')
    expect(notices).toEqual([])
  })

  it('is told on one line, whoever had to go', () => {
    const peer = { pid: 7, userId: '1000' }
    for (const closed of ['lingering', 'newcomer', 'unanswered'] as const) {
      const line = describeNotice({ _tag: 'ConnectionLimitReached', max: 16, closed, peer })
      expect(line).toMatch(/^16 connections are open: [^\n]+ was closed, that of pid 7 \(user 1000\)$/)
    }
  })
})

/** Makes the kernel's buffer for what a socket sends as small as Linux allows. */
async function sendBufferShrinker(): Promise<(socket: Socket) => void> {
  const { default: koffi } = await import('koffi')
  const setsockopt = koffi.load(null).func('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t byteCount)')
  const SOL_SOCKET = 1
  const SO_SNDBUF = 7
  return (socket) => {
    const { fd } = (socket as unknown as { readonly _handle: { readonly fd: number } })._handle
    expect(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, Uint8Array.of(1, 0, 0, 0), 4)).toBe(0)
  }
}
