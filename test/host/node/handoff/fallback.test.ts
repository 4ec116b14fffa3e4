/**
 * Every way for a handoff to fail, on real processes: the client sees no error and is served at the backend's
 * own endpoint, the token is spent, and no copy of the connection is left.
 */
import type { Socket } from 'node:net'
import { type PeerIdentity, UNVERIFIED_PEER } from 'hello-negotiation'
import { backendLink, describeNotice, type HandoffNotice, type ListenOptions } from 'hello-negotiation/host/node'
import { OfferReader } from 'hello-negotiation/step'
import { ackFrame, encodeFrame, encodeFramed, Framing, handoffAck } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { encodeMessage, readBrokerMessage } from '../../../../src/host/node/handoff/ChannelMessage.js'
import { rightOf } from '../../../support/negotiate.js'
import { framedHello, policyWith, rawClient, replyIn, type Started, told, until, WANTS_TOKEN } from '../support.js'
import { fakeChannel } from './fakeChannel.js'
import { ask, type BackendProcess, client, type ClientOptions, hasSaid, type Served, startBackend, startHandingOver } from './support.js'

type FellBack = Extract<HandoffNotice, { readonly _tag: 'HandoffFellBack' }>

/** What must hold after every fallback. */
async function isServedByItsEndpoint(started: Started, served: Served): Promise<FellBack> {
  expect(served.event).toMatchObject({ _tag: 'Reconnect', route: 'BrokerNegotiated' })
  expect(await ask(served, 'ping', 'pipe ping')).toBe('pipe ping')
  expect(started.broker.acknowledge(served.token)).toEqual({ _tag: 'Left', left: { _tag: 'TokenNotPending' } })
  expect(started.broker.msUntilDeadline()).toBeUndefined()
  const notice = await told(started.notices, 'HandoffFellBack')
  expect(describeNotice(notice)).toMatch(/^handoff of zccache connection \d+, [^\n]+: fell back at \w+, stream: \w+, [^\n]+ ms\)$/)
  await until(() => expect(started.listener.connections()).toBe(0))
  return notice
}

/** A backend's yes or no to what it was offered, as it comes over the channel. */
function answerTo(message: unknown, accepted: boolean): object {
  const offered = readBrokerMessage(message)
  const event = offered?._tag === 'Offer' ? Framing.next(Framing.push(Framing.framing(), offered.offer)).value : undefined
  if (offered?._tag !== 'Offer' || event?._tag !== 'FrameBody') throw new Error('no offer')
  const { token, correlationId } = rightOf(OfferReader.readOffer(event.body))
  const ack = encodeFrame(ackFrame(handoffAck({ token, correlationId, accepted })))
  return encodeMessage({ _tag: 'Answer', handoff: offered.handoff, bytes: rightOf(encodeFramed(ack)) })
}

const why = ({ event }: Served): string => (event._tag === 'Reconnect' ? event.why._tag : event._tag)

describe('a backend that is', () => {
  it.each([
    ['dying', 'AwaitAck', 'Relinquished', 'unexpected EOF'],
    ['leaving', 'AwaitAck', 'Relinquished', 'unexpected EOF'],
    ['showing another token', 'AwaitAck', 'Relinquished', 'HandoffAck token echo does not match the offered token'],
    ['showing another correlation id', 'AwaitAck', 'Relinquished', 'request_id 4242 does not match correlation id 1'],
    ['showing another correlation id under the right one', 'AwaitAck', 'Relinquished',
      'HandoffAck correlation id 4242 does not match offer correlation id 1'],
    ['garbling its ACK', 'AwaitAck', 'Relinquished', 'unsupported framing version: got 72, expected 1'],
    ['cutting its ACK short', 'AwaitAck', 'Relinquished', 'unexpected EOF'],
    ['sending what is no message', 'AwaitAck', 'Relinquished', 'unexpected EOF'],
    ['refusing', 'AwaitAck', 'Broker', 'backend refused the handoff: service zccache is not served here'],
    ['refusing without a word', 'AwaitAck', 'Broker', 'backend refused the handoff: no detail provided'],
  ])('%s fails at %s, and the stream is %s (SPEC X5, X6, X8, X9)', async (mode, stage, owner, detail) => {
    const backend = await startBackend(mode)
    const started = await startHandingOver({ linkOf: () => backend.link })
    // The end of the stream is what the client sees, and at once: it would have waited for much longer.
    const served = await client(started.at)
    expect(why(served)).toBe('UnexpectedEnd')
    const notice = await isServedByItsEndpoint(started, served)
    expect(notice).toMatchObject({ stage, owner, reason: 'BackendAckTimeout' })
    expect(notice.detail).toContain(detail)
    expect(started.events.map(({ _tag }) => _tag)).toContain('HandoffAbandoned')
    expect(backend.link.inFlight()).toBe(0)
  })

  it('dead before it is offered anything leaves the stream with the broker (SPEC X8, B2)', async () => {
    const backend = await startBackend('good')
    backend.child.kill('SIGKILL')
    await until(() => expect(backend.link.isAlive()).toBe(false))
    const started = await startHandingOver({ linkOf: () => backend.link })
    const notice = await isServedByItsEndpoint(started, await client(started.at))
    expect(notice).toMatchObject({ stage: 'Send', owner: 'Broker', reason: 'BackendAckTimeout' })
  })

  it('dying after its ACK has either never had the stream, or dies as any backend may (SPEC X8)', async () => {
    const backend = await startBackend('dying after its ACK')
    const started = await startHandingOver({ linkOf: () => backend.link })
    const served = await client(started.at)
    // Whether the ACK or the end of its sender is seen first is the kernel's choice; the client never hangs.
    if (served.event._tag === 'Adopted') await new Promise((resolve) => served.stream.on('close', resolve).resume())
    else await isServedByItsEndpoint(started, served)
    expect(started.broker.acknowledge(served.token)).toMatchObject({ left: { _tag: 'TokenNotPending' } })
  })

  it('gone before its ACK is read gets nothing by it (SPEC X8, A2)', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    const started = await startHandingOver({ linkOf: () => link })
    const ended = client(started.at)
    await until(() => expect(fake.sent).toHaveLength(1))
    fake.die()
    fake.receive(answerTo(fake.sent[0]?.message, true))
    const notice = await isServedByItsEndpoint(started, await ended)
    expect(notice).toMatchObject({ stage: 'Acknowledge', owner: 'Relinquished' })
  })

  it('saying yes twice has the client told once, though the telling is still on its way (SPEC A3)', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    const started = await startHandingOver({ linkOf: () => link }, {}, { replyTimeoutMs: 50 })
    void client(started.at, { onNegotiated: (socket) => void socket.pause() })
    await until(() => expect(fake.sent).toHaveLength(1))
    const [{ message, handle: stream } = {}] = fake.sent
    // What is queued before the ready frame fills the kernel's buffers, so that it waits for a reader.
    stream?.write(Buffer.alloc(0x100_0000))
    const queuedBytes = [stream?.writableLength ?? 0]
    for (let i = 0; i < 2; i += 1) {
      fake.receive(answerTo(message, true))
      queuedBytes.push(stream?.writableLength ?? 0)
    }
    expect(queuedBytes[1]).toBeGreaterThan(queuedBytes[0] as number)
    expect(queuedBytes[2]).toBe(queuedBytes[1])
    expect(await told(started.notices, 'HandoffTransferred')).toMatchObject({ readyFailure: expect.stringContaining('not written within 50 ms') })
  })

  it('not interested lets a client that has sent much have its reply, and the end, not a reset (SPEC X8)', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    const started = await startHandingOver({ linkOf: () => link })
    const eager = await rawClient(started.at)
    const errors: Array<Error> = []
    eager.socket.on('error', (error) => void errors.push(error))
    await eager.send(Buffer.concat([framedHello(WANTS_TOKEN), Buffer.alloc(5_000)]))
    await until(() => expect(fake.sent).toHaveLength(1))
    await until(() => expect(eager.socket.bytesRead).toBeGreaterThan(0))
    // These stay in the kernel while the stream is on offer; to close over them would be to reset the connection.
    await eager.send(Buffer.alloc(5_000))
    fake.receive(answerTo(fake.sent[0]?.message, false))
    expect(replyIn(await eager.received)._tag).toBe('Negotiated')
    expect(errors).toEqual([])
  })

  it('silent is given up at the deadline, and the client goes when its own patience ends (SPEC A1, G10)', async () => {
    const backend = await startBackend('silent')
    const started = await startHandingOver({ linkOf: () => backend.link, ackDeadlineMs: 50 })
    const served = await client(started.at, { adoptionTimeoutMs: 300 })
    // This backend keeps its copy, which is all that keeps the stream from ending.
    expect(why(served)).toBe('ReadyTimedOut')
    const notice = await isServedByItsEndpoint(started, served)
    expect(notice).toMatchObject({ stage: 'AwaitAck', owner: 'Relinquished', reason: 'BackendAckTimeout' })
    expect(notice.detail).toContain('backend ACK deadline (50 ms) exceeded')
  })

  it('late with its ACK is not believed, and closes its copy when it learns so (SPEC X5, X8)', async () => {
    const backend = await startBackend('late')
    const started = await startHandingOver({ linkOf: () => backend.link, ackDeadlineMs: 100 })
    const served = await client(started.at)
    expect(why(served)).toBe('UnexpectedEnd')
    await isServedByItsEndpoint(started, served)
    await hasSaid(backend, 'dropped Withdrawn')
    expect(backend.said).not.toContain('HandoffReceived')
  })

  it('accepting twice gets the stream once, and the client one ready frame (SPEC A3)', async () => {
    const backend = await startBackend('accepting twice')
    const started = await startHandingOver({ linkOf: () => backend.link })
    const { event, early } = await client(started.at)
    expect(event._tag).toBe('Adopted')
    await hasSaid(backend, 'Released')
    expect(early).toHaveLength(0)
    expect(backend.said.filter((words) => words === 'Released')).toHaveLength(1)
    expect(started.notices.map(({ _tag }) => _tag)).toEqual(['HandoffTransferred'])
  })
})

describe('while a backend keeps the broker waiting', () => {
  /** A client whose connection has been offered to a backend that says nothing. */
  async function offered(options: Partial<ListenOptions> = {}, clientOptions: ClientOptions = {}): Promise<{
    readonly backend: BackendProcess
    readonly started: Started
    readonly ended: Promise<Served>
  }> {
    const backend = await startBackend('cautious')
    const started = await startHandingOver({ linkOf: () => backend.link, ackDeadlineMs: 60_000 }, {}, options)
    const ended = client(started.at, clientOptions)
    await hasSaid(backend, 'offered')
    return { backend, started, ended }
  }

  /** What must hold where the backend has the stream, and its client does not know. */
  async function isTransferredUntold(backend: BackendProcess, started: Started, readyFailure: RegExp): Promise<void> {
    backend.child.send({ answer: true })
    expect(await told(started.notices, 'HandoffTransferred')).toMatchObject({ readyFailure: expect.stringMatching(readyFailure) })
    expect(started.events.map(({ _tag }) => _tag)).toEqual(['Negotiated', 'HandoffIssued', 'HandoffAcknowledged'])
    await hasSaid(backend, 'Withdrawn')
    expect(backend.said).not.toContain('Released')
    await until(() => expect(started.listener.connections()).toBe(0))
    expect(backend.link.inFlight()).toBe(0)
  }

  it('a channel that disconnects ends the attempt (SPEC X8)', async () => {
    const { backend, started, ended } = await offered()
    backend.child.disconnect()
    const notice = await isServedByItsEndpoint(started, await ended)
    expect(notice).toMatchObject({ stage: 'AwaitAck', owner: 'Relinquished' })
  })

  it('a link that is closed ends the attempt, and takes no other', async () => {
    const { backend, started, ended } = await offered()
    backend.link.close()
    await isServedByItsEndpoint(started, await ended)
    await hasSaid(backend, 'Withdrawn')
    const next = await client(started.at)
    expect(next.event._tag).toBe('Reconnect')
    expect(started.notices.at(-1)).toMatchObject({ _tag: 'HandoffFellBack', stage: 'Send', owner: 'Broker', detail: expect.stringContaining('closed') })
  })

  it('a listener that closes takes the offer back, and tells so (SPEC X9)', async () => {
    const { backend, started, ended } = await offered()
    await started.listener.close(20)
    const served = await ended
    expect(await ask(served, 'ping', 'pipe ping')).toBe('pipe ping')
    await hasSaid(backend, 'Withdrawn')
    expect(await told(started.notices, 'HandoffFellBack')).toMatchObject({ stage: 'AwaitAck', owner: 'Relinquished', reason: undefined })
    expect(started.broker.acknowledge(served.token)).toMatchObject({ left: { _tag: 'TokenNotPending' } })
  })

  it('another policy\'s limits drop the pending ACK, and the backend that sends it late gets nothing (SPEC A6)', async () => {
    const { backend, started, ended } = await offered()
    started.broker.reconfigure(policyWith({ ackDeadlineMs: 1_000 }))
    backend.child.send({ answer: true })
    const served = await ended
    expect(served.event._tag).toBe('Reconnect')
    await hasSaid(backend, 'Withdrawn')
    expect(await told(started.notices, 'HandoffFellBack')).toMatchObject({ stage: 'Acknowledge', owner: 'Relinquished' })
  })

  it('the registry\'s own deadline counts too (SPEC A2, A3)', async () => {
    const backend = await startBackend('cautious')
    const started = await startHandingOver({ linkOf: () => backend.link, ackDeadlineMs: 60_000 }, { ackDeadlineMs: 30 })
    const ended = client(started.at)
    await told(started.events, 'HandoffExpired')
    backend.child.send({ answer: true })
    const notice = await isServedByItsEndpoint(started, await ended)
    expect(notice).toMatchObject({ stage: 'Acknowledge', owner: 'Relinquished' })
    expect(notice.detail).toContain('handoff ACK token is not pending')
  })

  it('a client that has gone cannot be told, which takes nothing back: the backend has it, and closes it (SPEC X8)', async () => {
    const { backend, started } = await offered({}, { onNegotiated: (socket) => void socket.destroy() })
    await isTransferredUntold(backend, started, /^the client was not told that its stream was handed off: ./)
  })

  it('a client that reads nothing is not waited for, which takes nothing back: the backend has it, and closes it (SPEC X8)', async () => {
    const accepted: Array<Socket> = []
    const identify = (socket: Socket): PeerIdentity => {
      accepted.push(socket)
      return UNVERIFIED_PEER
    }
    const { backend, started } = await offered({ identify, replyTimeoutMs: 50 }, { onNegotiated: (socket) => void socket.pause() })
    // What is queued before the ready frame fills the kernel's buffers, so that it waits for a reader.
    accepted[0]?.write(Buffer.alloc(0x100_0000))
    await isTransferredUntold(backend, started, /: it was not written within 50 ms$/)
  })

  it('its place is not given to a newcomer, as that of an answered connection would be', async () => {
    const { started, ended } = await offered({ maxConnections: 1 })
    const newcomer = await rawClient(started.at)
    expect(await newcomer.received).toHaveLength(0)
    expect(started.notices).toMatchObject([{ _tag: 'ConnectionLimitReached', closed: 'newcomer' }])
    await started.listener.close(0)
    await ended
  })
})
