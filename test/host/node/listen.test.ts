import { type BrokerEvent, type BrokerState, UNVERIFIED_PEER } from 'hello-negotiation'
import { type Address, describeListenError, listen, sayHello } from 'hello-negotiation/host/node'
import * as fc from 'fast-check'
import { createBroker } from 'hello-negotiation'
import { describe, expect, it } from 'vitest'
import { connect } from 'node:net'
import {
  connectOptions, framedHello, GOOD_HELLO, policyWith, rawClient, refusalIn, replyIn, start, told, until, WANTS_TOKEN,
} from './support.js'

const TCP: Address = { _tag: 'Tcp', port: 0 }

describe('a broker on a socket', () => {
  it('negotiates end to end', async () => {
    const { at } = await start()
    const answer = await sayHello({ at, hello: { ...GOOD_HELLO, clientCapabilities: 1n } })
    expect(answer).toMatchObject({
      _tag: 'Right',
      right: { _tag: 'Negotiated', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', connectionId: 1n },
    })
  })

  it('refuses end to end, in the words of the wire (SPEC L1)', async () => {
    const { at } = await start()
    const answer = await sayHello({ at, hello: { ...GOOD_HELLO, serviceName: 'nobody' } })
    expect(answer).toMatchObject({ right: { _tag: 'Refused', reason: 'service is not registered' } })
  })

  it('answers the same however the bytes are cut', async () => {
    const { at } = await start()
    const bytes = framedHello()
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(cuts, async (unsorted) => {
        const client = await rawClient(at)
        const edges = [0, ...unsorted.toSorted((a, b) => a - b), bytes.length]
        for (let i = 1; i < edges.length; i += 1) await client.send(bytes.slice(edges[i - 1], edges[i]))
        client.socket.end()
        expect(replyIn(await client.received)._tag).toBe('Negotiated')
      }),
    )
  })

  it('answers a client that has closed its side (SPEC C3, C4)', async () => {
    const { at } = await start()
    const whole = await rawClient(at)
    whole.socket.end(framedHello())
    expect(replyIn(await whole.received)._tag).toBe('Negotiated')
    const half = await rawClient(at)
    half.socket.end(framedHello().slice(0, 20))
    expect(refusalIn(await half.received)).toBe('incomplete Hello frame')
  })

  it('answers one Hello a connection and closes it (SPEC C3)', async () => {
    const { at, events } = await start()
    const client = await rawClient(at)
    await client.send(Buffer.concat([framedHello(), framedHello()]))
    client.socket.on('end', () => client.socket.end())
    expect(replyIn(await client.received)._tag).toBe('Negotiated')
    expect(events.map(({ _tag }) => _tag)).toEqual(['Negotiated'])
  })

  it('sees to the broker\'s deadlines when nobody calls (DIV-A2)', async () => {
    const { at, events } = await start({ ackDeadlineMs: 20 })
    await sayHello({ at, hello: { ...GOOD_HELLO, clientCapabilities: 1n } })
    expect(await told(events, 'HandoffExpired')).toMatchObject({ handoff: { connectionId: 1n }, ackDeadlineMs: 20 })
  })
})

describe('a broker restored in a quiet place', () => {
  /** What a broker leaves that has issued a handoff at each of these instants, due 300 ms later. */
  function stateWith(issuedMs: ReadonlyArray<number>): BrokerState {
    let nowMs = 0
    const broker = createBroker({ policy: policyWith({ ackDeadlineMs: 300 }), clock: () => nowMs })
    for (nowMs of issuedMs) broker.exchange(framedHello(WANTS_TOKEN), UNVERIFIED_PEER)
    return broker.state()
  }

  async function restored(state: BrokerState): Promise<ReadonlyArray<BrokerEvent>> {
    const events: Array<BrokerEvent> = []
    const onEvent = (event: BrokerEvent): void => void events.push(event)
    const broker = createBroker({ policy: policyWith({ ackDeadlineMs: 300 }), restore: { state }, onEvent })
    await start({}, { broker })
    return events
  }

  it('sees to the deadlines it was left, though no peer ever comes (DIV-A2)', async () => {
    const events = await restored(stateWith([0]))
    expect(await told(events, 'HandoffExpired')).toMatchObject({ handoff: { connectionId: 1n } })
  })

  it('sees to one deadline after the other, though nobody calls in between (DIV-A2)', async () => {
    const events = await restored(stateWith([0, 150]))
    const expired = await until(() => {
      const expired = events.filter(({ _tag }) => _tag === 'HandoffExpired')
      expect(expired).toHaveLength(2)
      return expired
    })
    expect(expired).toMatchObject([{ handoff: { connectionId: 1n } }, { handoff: { connectionId: 2n } }])
    // They were due at different times, so it took two sweeps.
    expect(expired[1]?.nowMs).toBeGreaterThan(expired[0]?.nowMs ?? Infinity)
  })
})

describe.each([['socket', undefined], ['TCP', TCP]] as const)('extra bytes after the Hello, on %s', (_name, at) => {
  it.each([64, 300, 8_192])('do not take the reply away: %i KiB of them (SPEC C3)', async (kibibytes) => {
    const options = at === undefined ? {} : { at }
    const started = await start({}, { lingerMs: 60_000, ...options })
    const socket = connect(connectOptions(started.at))
    const chunks: Array<Uint8Array> = []
    socket.on('error', () => undefined)
    socket.pause()
    socket.write(framedHello())
    socket.write(Buffer.alloc(kibibytes * 1_024, 0xa5))
    // The client reads only once the broker has answered and is done with the connection's bytes.
    await told(started.events, 'Negotiated')
    socket.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    socket.resume()
    await new Promise((resolve) => socket.on('end', resolve))
    expect(replyIn(Buffer.concat(chunks))._tag).toBe('Negotiated')
    socket.destroy()
  })
})

describe('a broker on TCP', () => {
  it('negotiates on the loopback, with a peer that nobody vouches for (SPEC R2)', async () => {
    const { at, listener, events } = await start({}, { at: TCP })
    const answer = await sayHello({ at, hello: { ...GOOD_HELLO, peerPid: 4_242 } })
    expect(answer).toMatchObject({ right: { _tag: 'Negotiated' } })
    expect(events[0]).toMatchObject({ _tag: 'Negotiated', peer: UNVERIFIED_PEER })
    expect(listener.address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/)
  })

  it('takes localhost for 127.0.0.1', async () => {
    const { listener } = await start({}, { at: { ...TCP, host: 'localhost' } })
    expect(listener.address).toMatch(/^127\.0\.0\.1:/)
  })

  it.each(['0.0.0.0', '::', '192.168.0.1', '127.1', '127.0.0.1.example.org', 'example.org', ''])(
    'refuses the host %j', async (host) => {
      const result = await listen({ broker: createBroker({ policy: policyWith() }), at: { ...TCP, host } })
      expect(result).toEqual({ _tag: 'Left', left: { _tag: 'HostNotLoopback', host } })
    },
  )

  it('refuses a port that is taken, and one that is none', async () => {
    const { at, broker } = await start({}, { at: TCP })
    const taken = await listen({ broker, at })
    expect(taken).toMatchObject({ _tag: 'Left', left: { _tag: 'AddressInUse' } })
    const none = await listen({ broker, at: { _tag: 'Tcp', port: 65_536 } })
    expect(none).toMatchObject({ _tag: 'Left', left: { _tag: 'ListenFailed', code: 'ERR_SOCKET_BAD_PORT' } })
    for (const result of [taken, none]) {
      expect(result._tag === 'Left' && describeListenError(result.left)).toMatch(/^127\.0\.0\.1:\d+[^\n]*$/)
    }
  })
})
