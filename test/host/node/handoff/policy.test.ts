/**
 * Which connections are not offered to a backend, and which wait for one: the broker's desk.
 */
import { connect } from 'node:net'
import { backendLink, type BackendLink, describeNotice, type HandoffHost } from 'hello-negotiation/host/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { connectOptions, framedHello, type Started, told, until, WANTS_TOKEN } from '../support.js'
import { fakeChannel } from './fakeChannel.js'
import { ask, client, startBackend, startHandingOver } from './support.js'

/** A link whose backend is gone. */
function deadLink(): BackendLink {
  const fake = fakeChannel()
  fake.disconnect()
  return backendLink(fake.channel)
}

async function isSkipped(started: Started): Promise<unknown> {
  const served = await client(started.at)
  expect(served.event).toMatchObject({ _tag: 'Reconnect', why: { _tag: 'UnexpectedEnd' } })
  expect(await ask(served, 'ping', 'pipe ping')).toBe('pipe ping')
  expect(started.broker.acknowledge(served.token)).toEqual({ _tag: 'Left', left: { _tag: 'TokenNotPending' } })
  const notice = await told(started.notices, 'HandoffSkipped')
  expect(describeNotice(notice)).toMatch(/^handoff of zccache connection \d+, [^\n]+: not attempted, reason: \w+[^\n]*$/)
  return notice
}

describe('a connection is not offered to a backend', () => {
  it.each<[string, Omit<HandoffHost, 'linkOf'> & Partial<HandoffHost>, string]>([
    ['that has no link', { linkOf: () => undefined }, 'ServicePolicyDisabled'],
    ['while descriptors are scarce', { isUnderFdPressure: () => true }, 'FdPressureDisabled'],
    ['that was there before the broker', { isAdopted: (serviceName) => serviceName === 'zccache' }, 'AdoptedBackend'],
    ['where its link cannot even be asked for', {
      linkOf: () => {
        throw new Error('no link today')
      },
    }, 'ServicePolicyDisabled'],
  ])('%s (SPEC B1, A4)', async (_name, host, reason) => {
    const started = await startHandingOver({ linkOf: deadLink, ...host })
    expect(await isSkipped(started)).toMatchObject({ reason, serviceName: 'zccache', connectionId: 1n, retryAfterMs: undefined })
  })

  it('and is let go in the end, though its client keeps its own side open', async () => {
    const { at, listener, notices } = await startHandingOver({ linkOf: () => undefined }, {}, { lingerMs: 20 })
    const socket = connect({ ...connectOptions(at), allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => undefined)
    socket.resume().write(framedHello(WANTS_TOKEN))
    await told(notices, 'HandoffSkipped')
    await until(() => expect(listener.connections()).toBe(0))
  })

  it('that has as many under way as it may have (SPEC Q1, B1)', async () => {
    const link = backendLink(fakeChannel().channel, { maxInFlight: 1 })
    const started = await startHandingOver({ linkOf: () => link })
    const first = client(started.at)
    await until(() => expect(link.inFlight()).toBe(1))
    expect(await isSkipped(started)).toMatchObject({ reason: 'FdPressureDisabled', connectionId: 2n })
    link.close()
    expect((await first).event._tag).toBe('Reconnect')
  })

  it('that has failed too often of late, until the window is over (SPEC B2)', async () => {
    const links = [deadLink(), deadLink()]
    const started = await startHandingOver({ linkOf: () => links[0] as BackendLink, failureLimit: { maxFailures: 2, windowMs: 60_000 } })
    for (let i = 0; i < 2; i += 1) await client(started.at)
    expect(started.notices.map(({ _tag }) => _tag)).toEqual(['HandoffFellBack', 'HandoffFellBack'])
    const notice = await isSkipped(started) as { readonly retryAfterMs: number }
    expect(notice).toMatchObject({ reason: 'FailedAttemptRateLimited', connectionId: 3n })
    expect(notice.retryAfterMs).toBeGreaterThan(50_000)
    expect(notice.retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  it('but is once a success has cleared its failures (SPEC B2)', async () => {
    const backend = await startBackend('good')
    const links = [deadLink(), backend.link, deadLink(), deadLink()]
    const queue = [...links]
    const started = await startHandingOver({
      linkOf: () => queue.shift(), failureLimit: { maxFailures: 2, windowMs: 60_000 },
    })
    for (let i = 1; i <= links.length; i += 1) {
      await client(started.at)
      await until(() => expect(started.notices).toHaveLength(i))
    }
    expect(started.notices.map(({ _tag }) => _tag)).toEqual([
      'HandoffFellBack', 'HandoffTransferred', 'HandoffFellBack', 'HandoffFellBack',
    ])
  })

  it.each([
    ['ENOTSUP', 'ServicePolicyDisabled', 'HandoffFellBack'],
    ['ERR_INVALID_HANDLE_TYPE', 'ServicePolicyDisabled', 'HandoffFellBack'],
    ['EPERM', 'PermissionDenied', 'HandoffSkipped'],
    ['EPIPE', 'BackendAckTimeout', 'HandoffSkipped'],
  ])('where sending fails with %s: that counts as %s (SPEC B3)', async (code, reason, next) => {
    const sending = { error: Object.assign(new Error('cannot send'), { code }) }
    const link = backendLink(fakeChannel({ sending }).channel)
    const started = await startHandingOver({ linkOf: () => link, failureLimit: { maxFailures: 1, windowMs: 60_000 } })
    const served = await client(started.at)
    expect(await ask(served, 'ping', 'pipe ping')).toBe('pipe ping')
    expect(started.notices).toMatchObject([{ _tag: 'HandoffFellBack', stage: 'Send', owner: 'Broker', reason }])
    // A platform that cannot send has failed at nothing, so the next connection is tried as well.
    await client(started.at)
    expect(started.notices[1]?._tag).toBe(next)
  })
})

describe('a client whose backend is starting', () => {
  it('waits for it, with the others in their order, and is handed over (SPEC Q1)', async () => {
    const backend = await startBackend('good')
    let come: (link: BackendLink) => void = () => undefined
    const coming = new Promise<BackendLink>((resolve) => (come = resolve))
    const started = await startHandingOver({ linkOf: () => coming, pendingLimits: { maxPending: 64, ttlMs: 60_000 } })
    const waiting = [client(started.at), client(started.at), client(started.at)]
    await until(() => expect(started.events.filter(({ _tag }) => _tag === 'HandoffIssued')).toHaveLength(3))
    expect(started.notices).toEqual([])
    come(backend.link)
    const served = await Promise.all(waiting)
    expect(served.map(({ event }) => event._tag)).toEqual(['Adopted', 'Adopted', 'Adopted'])
    expect(await ask(served[2] as (typeof served)[2], 'ping', 'adopted ping')).toBe('adopted ping')
    await until(() => expect(started.notices.map((notice) => 'connectionId' in notice && notice.connectionId)).toEqual([1n, 2n, 3n]))
  })

  it('is handed over at once where the promise has been kept already', async () => {
    const backend = await startBackend('good')
    const started = await startHandingOver({ linkOf: async () => backend.link })
    for (let i = 0; i < 3; i += 1) expect((await client(started.at)).event._tag).toBe('Adopted')
  })

  it.each<[string, PromiseLike<BackendLink>]>([
    ['does not come in time', new Promise(() => undefined)],
    ['will not come', { then: (_kept, broken) => Promise.reject(new Error('no backend')).then(undefined, broken) }],
  ])('reconnects where the backend %s (SPEC Q1)', async (_name, coming) => {
    const started = await startHandingOver({ linkOf: () => coming, pendingLimits: { maxPending: 64, ttlMs: 30 } })
    expect(await isSkipped(started)).toMatchObject({ reason: 'BackendAckTimeout' })
  })

  it('reconnects at once where too many wait already, and disturbs none of them (SPEC Q1)', async () => {
    const backend = await startBackend('good')
    let come: (link: BackendLink) => void = () => undefined
    const coming = new Promise<BackendLink>((resolve) => (come = resolve))
    const started = await startHandingOver({ linkOf: () => coming, pendingLimits: { maxPending: 1, ttlMs: 60_000 } })
    const first = client(started.at)
    await told(started.events, 'HandoffIssued')
    expect(await isSkipped(started)).toMatchObject({ reason: 'FdPressureDisabled', connectionId: 2n })
    come(backend.link)
    expect((await first).event._tag).toBe('Adopted')
  })

  it('reconnects where others have taken all the room that the link has when it comes (SPEC Q1, B1)', async () => {
    const link = backendLink(fakeChannel().channel, { maxInFlight: 1 })
    let come: (link: BackendLink) => void = () => undefined
    const coming = new Promise<BackendLink>((resolve) => (come = resolve))
    const started = await startHandingOver({ linkOf: () => coming, pendingLimits: { maxPending: 64, ttlMs: 60_000 } })
    const waiting = [client(started.at), client(started.at), client(started.at)]
    await until(() => expect(started.events.filter(({ _tag }) => _tag === 'HandoffIssued')).toHaveLength(3))
    come(link)
    await told(started.notices, 'HandoffSkipped')
    expect(link.inFlight()).toBe(1)
    expect(started.notices).toMatchObject([2n, 3n].map((connectionId) => ({ reason: 'FdPressureDisabled', connectionId })))
    link.close()
    expect((await Promise.all(waiting)).map(({ event }) => event._tag)).toEqual(['Reconnect', 'Reconnect', 'Reconnect'])
  })

  it('and whose connection is closed meanwhile is not handed over when the backend comes', async () => {
    const backend = await startBackend('good')
    let come: (link: BackendLink) => void = () => undefined
    const coming = new Promise<BackendLink>((resolve) => (come = resolve))
    const started = await startHandingOver({ linkOf: () => coming, pendingLimits: { maxPending: 64, ttlMs: 60_000 } })
    const ended = client(started.at)
    await told(started.events, 'HandoffIssued')
    await started.listener.close(0)
    expect((await ended).event._tag).toBe('Reconnect')
    come(backend.link)
    await coming
    expect(started.notices.map(({ _tag }) => _tag)).toEqual(['HandoffSkipped'])
    expect(backend.link.inFlight()).toBe(0)
    expect(started.broker.msUntilDeadline()).toBeUndefined()
  })
})
