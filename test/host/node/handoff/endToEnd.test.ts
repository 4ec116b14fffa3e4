/**
 * The library's own client, broker and backend, each in its part, the backend in a process of its own.
 */
import { connect, type Incident } from 'hello-negotiation/host/node'
import { describe, expect, it } from 'vitest'
import { ASKED, read, streamOf } from '../clientSupport.js'
import { told, until } from '../support.js'
import { startBackend, startHandingOver } from './support.js'

describe('connect, where the broker hands over', () => {
  it.each(['Socket', 'Tcp'] as const)('comes to the backend\'s process on the very connection, over %s (SPEC G10, X1, X8)', async (kind) => {
    const backend = await startBackend('greeting')
    const options = kind === 'Tcp' ? { at: { _tag: kind, port: 0 } } : {}
    const { at, notices, listener } = await startHandingOver({ linkOf: () => backend.link }, {}, options)
    const connected = streamOf(await connect({ at, hello: ASKED, adopt: true }))
    expect(connected).toMatchObject({ route: 'HandlePassed', attempts: 1, negotiated: { connectionId: 1n } })
    expect(await read(connected, 8)).toBe('welcome ')
    connected.stream.write('ping')
    expect(await read(connected, 12)).toBe('adopted ping')
    await told(notices, 'HandoffTransferred')
    await until(() => expect(listener.connections()).toBe(0))
  })

  it.each([
    'dying', 'late', 'refusing', 'showing another correlation id', 'showing another token', 'silent',
  ])('goes to the endpoint where the backend is %s, and sees no error (SPEC G10, B2, X9)', async (mode) => {
    const backend = await startBackend(mode)
    const { at, broker, notices, listener } = await startHandingOver({ linkOf: () => backend.link, ackDeadlineMs: 100 })
    const seen: Array<Incident> = []
    const connected = streamOf(await connect({ at, hello: ASKED, adopt: true, onMove: (_, because) => void seen.push(because) }))
    expect(connected).toMatchObject({ route: 'BrokerNegotiated', attempts: 1 })
    expect(seen).toMatchObject([{ _tag: 'Negotiated' }, { _tag: 'Reconnect' }])
    connected.stream.write('ping')
    expect(await read(connected, 9)).toBe('pipe ping')
    await told(notices, 'HandoffFellBack')
    await until(() => expect(listener.connections()).toBe(0))
    expect(broker.msUntilDeadline()).toBeUndefined()
  })
})
