/**
 * Every host does what every host does; and a host that does not is found out.
 */
import { type Broker, UNVERIFIED_PEER } from 'hello-negotiation'
import { type BrokerHost, brokerHost, memoryTransports, type Transport } from 'hello-negotiation/host'
import { HOST_CASES, type HostUnderTest } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { HOSTS, pairedHost } from './hosts.js'

describe.each(Object.entries(HOSTS))('a host over %s', (_name, host) => {
  it.each(HOST_CASES)('$id: $sentence ($rows)', async ({ check }) => {
    expect(await check(host)).toBeUndefined()
  })
})

/** A host that is right but for one thing that is done to its side of each connection. */
function spoilt(spoil: (transport: Transport) => Transport, hostOf: (broker: Broker) => BrokerHost = (broker) => brokerHost({ broker, lingerMs: 50 })): HostUnderTest {
  return pairedHost(() => {
    const [ours, theirs] = memoryTransports()
    return [spoil(ours), theirs]
  }, hostOf)
}

/** One whose clients' side of each connection has something done to it: that is the host author's transport too. */
function spoiltClient(spoil: (transport: Transport) => Transport): HostUnderTest {
  return pairedHost(() => {
    const [ours, theirs] = memoryTransports()
    return [ours, spoil(theirs)]
  }, (broker) => brokerHost({ broker, lingerMs: 50 }))
}

/** A host of somebody's who answers the first chunk and nothing else. */
const firstChunkOnly: HostUnderTest = pairedHost(memoryTransports, (broker) => ({
  accept: (transport, peer) => {
    let isAnswered = false
    transport.read({
      onChunk: (chunk) => {
        if (isAnswered) return
        isAnswered = true
        transport.write(broker.exchange(chunk, peer).bytes, () => transport.end())
      },
      onEnd: () => undefined,
      onClosed: () => undefined,
    })
  },
  connections: () => 0,
  close: () => Promise.resolve(),
}))

/** Two places for connections, of which those that say nothing are never cleared. */
function broken(name: string): HostUnderTest {
  const same = (transport: Transport): Transport => transport
  switch (name) {
    case 'never ends the connection': return spoilt((transport) => ({ ...transport, end: () => undefined, destroy: () => undefined }))
    case 'writes a byte too many': return spoilt((transport) => ({ ...transport, write: (bytes, done) => transport.write(Uint8Array.of(...bytes, 0), done) }))
    case 'loses the last byte': return spoilt((transport) => ({ ...transport, write: (bytes, done) => transport.write(bytes.subarray(0, -1), done) }))
    case 'loses what comes in small pieces': return spoilt((transport) => ({
      ...transport, read: (sink) => transport.read({ ...sink, onChunk: (chunk) => (chunk.length > 1 ? sink.onChunk(chunk) : undefined) }),
    }))
    case 'never hears the end': return spoilt((transport) => ({ ...transport, read: (sink) => transport.read({ ...sink, onEnd: () => undefined }) }))
    case 'greets a peer that is not admitted': return pairedHost(memoryTransports, (broker) => {
      const host = brokerHost({ broker, lingerMs: 50 })
      return { ...host, accept: (transport, peer) => {
        const session = broker.accept(peer)
        if (session._tag === 'Left') transport.write(Uint8Array.of(1), () => transport.end())
        else host.accept(transport, peer)
      } }
    })
    case 'answers twice': return spoilt((transport) => ({
      ...transport, write: (bytes, done) => transport.write(bytes, () => transport.write(bytes, done)), end: () => setTimeout(transport.end, 5),
    }))
    case 'serves one connection alone': {
      let isTaken = false
      return pairedHost(memoryTransports, (broker) => {
        const host = brokerHost({ broker, lingerMs: 50 })
        isTaken = false
        return { ...host, accept: (transport, peer) => {
          if (isTaken) return transport.destroy()
          isTaken = true
          host.accept(same(transport), peer)
        } }
      })
    }
    case 'answers the first chunk alone': return firstChunkOnly
    case 'drops what has begun when it closes': return pairedHost(memoryTransports, (broker) => {
      const host = brokerHost({ broker, lingerMs: 50 })
      return { ...host, close: () => host.close(0) }
    })
    case 'thinks every reply lost': return spoilt((transport) => ({
      ...transport, write: (bytes, done) => transport.write(bytes, () => done(new Error('lost'))),
    }))
    case 'gives up a peer that sends on': return spoilt((transport) => ({
      ...transport, pause: transport.destroy, write: (bytes, done) => void setTimeout(() => transport.write(bytes, done), 20),
      end: () => void setTimeout(transport.end, 20),
    }))
    case 'breaks over a late write': return spoiltClient((transport) => {
      let hasEnded = false
      return {
        ...transport,
        write: (bytes, done) => {
          if (hasEnded) transport.destroy()
          transport.write(bytes, done)
        },
        end: () => {
          hasEnded = true
          transport.end()
        },
      }
    })
    case 'takes late writes for good ones': return spoiltClient((transport) => ({ ...transport, write: (bytes, done) => transport.write(bytes, () => done()) }))
    case 'tells twice that it is closed': return spoiltClient((transport) => ({
      ...transport, read: (sink) => transport.read({ ...sink, onClosed: () => {
        sink.onClosed()
        sink.onClosed()
      } }),
    }))
    default: throw new Error(`no host ${name}`)
  }
}

describe('a host that', () => {
  it.each([
    ['never ends the connection', 'HOST-1'], ['writes a byte too many', 'HOST-1'], ['loses the last byte', 'HOST-3'],
    ['loses what comes in small pieces', 'HOST-2'], ['never hears the end', 'HOST-4'], ['greets a peer that is not admitted', 'HOST-7'],
    ['answers twice', 'HOST-6'], ['serves one connection alone', 'HOST-9'], ['answers the first chunk alone', 'HOST-2'],
    ['drops what has begun when it closes', 'HOST-11'], ['thinks every reply lost', 'HOST-12'], ['gives up a peer that sends on', 'HOST-13'],
    ['breaks over a late write', 'HOST-14'], ['takes late writes for good ones', 'HOST-14'], ['takes late writes for good ones', 'HOST-15'],
    ['tells twice that it is closed', 'HOST-15'],
  ])('%s is found out by %s', async (name, id) => {
    const found = HOST_CASES.find((one) => one.id === id)
    expect(await found?.check({ ...broken(name), patienceMs: 300 })).toMatch(/./)
  })

  it('keeps silent connections for ever is found out by HOST-5', async () => {
    const host = pairedHost(memoryTransports, (broker) => {
      const { accept, ...rest } = broker
      const forever: Broker = { ...rest, accept: (peer) => {
        const session = accept(peer)
        return session._tag === 'Left' ? session : { _tag: 'Right', right: { ...session.right, msUntilDeadline: () => undefined } }
      } }
      return brokerHost({ broker: forever, lingerMs: 50 })
    })
    expect(await HOST_CASES.find(({ id }) => id === 'HOST-5')?.check({ ...host, patienceMs: 300 })).toMatch(/where/)
  })

  it('never closes is found out by HOST-10', async () => {
    const host: HostUnderTest = {
      serve: (broker) => {
        const inner = brokerHost({ broker })
        const dial = (): Promise<Transport> => {
          const [ours, theirs] = memoryTransports()
          inner.accept(ours, UNVERIFIED_PEER)
          return Promise.resolve(theirs)
        }
        return Promise.resolve({ dial, close: () => Promise.resolve() })
      },
    }
    expect(await HOST_CASES.find(({ id }) => id === 'HOST-10')?.check({ ...host, patienceMs: 300 })).toMatch(/still open/)
  })
})

describe('HOST_CASES', () => {
  it('have each an id and rows of their own', () => {
    expect(new Set(HOST_CASES.map(({ id }) => id)).size).toBe(HOST_CASES.length)
    for (const { rows } of HOST_CASES) expect(rows.length).toBeGreaterThan(0)
  })
})
