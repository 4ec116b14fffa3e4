/**
 * The backend's end against a broker that is the test: every message, in order and out of it.
 */
import type { Socket } from 'node:net'
import { type AcceptedOffer, fromHex, HandoffAttempt, handoffToken, isServiceName, toHex } from 'hello-negotiation'
import { describeReceiverNotice, receiveHandoffs, type ReceiveOptions, type Reception, type ReceiverNotice } from 'hello-negotiation/host/node'
import { decodeFrame, decodeHandoffAck, Framing, type HandoffAck } from 'hello-negotiation/wire'
import { describe, expect, it, vi } from 'vitest'
import { encodeMessage, readBackendMessage } from '../../../../src/host/node/handoff/ChannelMessage.js'
import { told } from '../support.js'
import { type FakeChannel, fakeChannel, socketPair } from './fakeChannel.js'
import { readText } from './support.js'

type Pair = Awaited<ReturnType<typeof socketPair>>

const TOKEN = handoffToken(fromHex('07'.repeat(16)) ?? new Uint8Array(0))

interface Backend extends FakeChannel {
  readonly reception: Reception
  readonly notices: ReadonlyArray<ReceiverNotice>
  readonly received: ReadonlyArray<[Socket, AcceptedOffer]>
}

function backendOn(fake: FakeChannel = fakeChannel(), options: Partial<ReceiveOptions> = {}): Backend {
  const notices: Array<ReceiverNotice> = []
  const received: Array<[Socket, AcceptedOffer]> = []
  const reception = receiveHandoffs({
    channel: fake.channel,
    onConnection: (socket, offer) => void received.push([socket, offer]),
    onNotice: (notice) => void notices.push(notice),
    ...options,
  })
  if (reception._tag === 'Left') throw new Error(reception.left._tag)
  return { ...fake, reception: reception.right, notices, received }
}

/** The offer of a stream of this service, as a broker sends it. */
function offerOf(handoff: number, fields: { readonly serviceName?: string; readonly remainder?: string; readonly offer?: Uint8Array } = {}): object {
  const { serviceName = 'zccache', remainder = '' } = fields
  if (TOKEN === undefined || !isServiceName(serviceName)) throw new Error('both are sound')
  const { offer } = HandoffAttempt.begin({ token: TOKEN, connectionId: 5n, serviceName, handleValue: 0n }, 0)
  return encodeMessage({ _tag: 'Offer', handoff, offer: fields.offer ?? offer, token: TOKEN, remainder: Buffer.from(remainder) })
}

const released = (handoff: number): object => encodeMessage({ _tag: 'Released', handoff })
const withdrawn = (handoff: number): object => encodeMessage({ _tag: 'Withdrawn', handoff })

/** The ACK in the last message that went out, or `undefined` where it says that there is none. */
function lastAck({ sent }: FakeChannel): HandoffAck | undefined {
  const message = readBackendMessage(sent.at(-1)?.message)
  if (message?._tag !== 'Answer') return undefined
  const event = Framing.next(Framing.push(Framing.framing(), message.bytes)).value
  const frame = decodeFrame(event._tag === 'FrameBody' ? event.body : new Uint8Array(0))
  const ack = frame._tag === 'Right' ? decodeHandoffAck(frame.right.payload) : frame
  return ack._tag === 'Right' ? ack.right : undefined
}

describe('a backend that receives', () => {
  it('accepts, waits, and gives the stream to its user once it is released, earlier bytes first (SPEC X4)', async () => {
    const backend = backendOn()
    const { near, far } = await socketPair()
    far.write('second')
    backend.receive(offerOf(1, { remainder: 'first ' }), near)
    expect(lastAck(backend)).toMatchObject({ accepted: true, errorDetail: '', correlationId: 5n })
    expect(toHex(lastAck(backend)?.token ?? new Uint8Array(0))).toBe('07'.repeat(16))
    expect([backend.received.length, backend.reception.waiting()]).toEqual([0, 1])
    backend.receive(released(1))
    expect(backend.received[0]?.[1]).toEqual({ serviceName: 'zccache', correlationId: 5n, handleValue: 0n })
    expect(backend.received[0]?.[0]).toBe(near)
    expect(await readText(near, 12)).toBe('first second')
    expect(backend.reception.waiting()).toBe(0)
    expect(backend.notices).toMatchObject([{ _tag: 'HandoffReceived', serviceName: 'zccache', correlationId: 5n }])
  })

  it.each([
    ['Node reads nothing of before it is told to', ({ near, far }: Pair): [Socket, Socket] => [near, far]],
    ['Node reads already, as one that comes over a channel', ({ near, far }: Pair): [Socket, Socket] => [far, near]],
  ])('reads nothing of a stream that is not released, neither bytes nor the end; one that %s (SPEC X8)', async (_name, ends) => {
    const backend = backendOn()
    const [ours, theirs] = ends(await socketPair())
    backend.receive(offerOf(1), ours)
    theirs.end('bytes')
    // The other side's bytes have come once those of a second connection, sent later, have made the whole way.
    const second = await socketPair()
    second.far.write('later')
    expect(await readText(second.near, 5)).toBe('later')
    expect([ours.bytesRead, ours.readableEnded, ours.writable]).toEqual([0, false, true])
    backend.receive(released(1))
    expect(await readText(ours, Infinity)).toBe('bytes')
  })

  it.each<[string, (backend: Backend) => void, string]>([
    ['is withdrawn', ({ receive }) => receive(withdrawn(1)), 'Withdrawn'],
    ['loses its broker', ({ disconnect }) => disconnect(), 'ChannelClosed'],
  ])('closes its copy of a stream that %s, and nobody gets it', async (_name, act, why) => {
    const backend = backendOn()
    const { near, far } = await socketPair()
    backend.receive(offerOf(1), near)
    act(backend)
    expect(await readText(far, Infinity)).toBe('')
    backend.receive(released(1))
    expect(backend.received).toEqual([])
    expect(near.destroyed).toBe(true)
    expect(backend.reception.waiting()).toBe(0)
    expect(backend.notices).toMatchObject([{ _tag: 'HandoffDropped', why, correlationId: 5n }])
  })

  it('closes its copy of a stream that is not released in time', async () => {
    const backend = backendOn(fakeChannel(), { releaseTimeoutMs: 10 })
    const { near, far } = await socketPair()
    backend.receive(offerOf(1), near)
    expect(await readText(far, Infinity)).toBe('')
    expect(await told(backend.notices, 'HandoffDropped')).toMatchObject({ why: 'NotReleasedInTime' })
    backend.receive(released(1))
    expect(backend.received).toEqual([])
  })

  it('gives nobody a stream that has broken while it waited', async () => {
    const backend = backendOn()
    const { near } = await socketPair()
    backend.receive(offerOf(1), near)
    near.destroy(new Error('broken'))
    backend.receive(released(1))
    expect(backend.received).toEqual([])
    expect(backend.notices).toMatchObject([{ _tag: 'HandoffDropped', why: 'StreamClosed' }])
  })

  it('declines a service that it does not serve, in an ACK (SPEC X4)', async () => {
    const backend = backendOn(fakeChannel(), { serviceNames: ['zccache'] })
    const { near } = await socketPair()
    backend.receive(offerOf(1, { serviceName: 'other' }), near)
    expect(lastAck(backend)).toMatchObject({ accepted: false, errorDetail: 'service other is not served here', correlationId: 5n })
    expect(near.destroyed).toBe(true)
    expect(backend.notices).toEqual([{ _tag: 'HandoffDeclined', detail: 'service other is not served here' }])
  })

  it('accepts a token once, though it is offered twice (SPEC T4, T8)', async () => {
    const backend = backendOn()
    const [first, second] = [await socketPair(), await socketPair()]
    backend.receive(offerOf(1), first.near)
    backend.receive(offerOf(2), second.near)
    expect(lastAck(backend)).toMatchObject({ accepted: false, errorDetail: 'handoff token is not pending' })
    expect([first.near.destroyed, second.near.destroyed]).toEqual([false, true])
  })

  it('declines a number that is under way, without disturbing the stream that has it', async () => {
    const backend = backendOn()
    const [first, second] = [await socketPair(), await socketPair()]
    backend.receive(offerOf(1), first.near)
    const answers = backend.sent.length
    backend.receive(offerOf(1), second.near)
    expect([second.near.destroyed, backend.sent.length]).toEqual([true, answers])
    backend.receive(released(1))
    expect(backend.received.map(([socket]) => socket)).toEqual([first.near])
  })

  it.each<[string, object]>([
    ['an offer that is no frame', offerOf(1, { offer: Uint8Array.of(0x16, 3, 1) })],
    ['an offer that is not whole', offerOf(1, { offer: Uint8Array.of(1, 9, 0, 0, 0, 1) })],
    ['a message that cannot be read', { helloHandoff: 1, handoff: 1, kind: 'Offer' }],
  ])('answers %s with the end, because there is nothing to echo, and closes the copy (SPEC X4)', async (_name, message) => {
    const backend = backendOn()
    const { near } = await socketPair()
    backend.receive(message, near)
    expect(readBackendMessage(backend.sent.at(-1)?.message)).toEqual({ _tag: 'AnswerEnd', handoff: 1 })
    expect(near.destroyed).toBe(true)
    expect(backend.notices).toMatchObject([{ _tag: 'HandoffDeclined' }])
  })

  it('declines an offer without a stream, as comes of one that was closed on the way', () => {
    const backend = backendOn()
    backend.receive(offerOf(1), undefined)
    expect(readBackendMessage(backend.sent.at(-1)?.message)).toEqual({ _tag: 'AnswerEnd', handoff: 1 })
    expect(backend.notices).toEqual([{ _tag: 'HandoffDeclined', detail: 'no stream came with the offer' }])
  })

  it('closes what comes with a message that brings no stream, or with one that says nothing', async () => {
    const backend = backendOn()
    for (const message of [released(7), withdrawn(7), { helloHandoff: 1, handoff: 'x' }]) {
      const { near } = await socketPair()
      backend.receive(message, near)
      expect(near.destroyed).toBe(true)
    }
    expect(backend.sent).toEqual([])
  })

  it('leaves alone what is not its own: other messages, and the sockets that come with them', async () => {
    const backend = backendOn()
    const { near } = await socketPair()
    backend.receive({ mine: true }, near)
    backend.receive('a text', near)
    expect(near.destroyed).toBe(false)
    expect([backend.sent, backend.notices]).toEqual([[], []])
  })

  it('that is closed declines what comes, and still receives what it has accepted', async () => {
    const backend = backendOn()
    const [first, second] = [await socketPair(), await socketPair()]
    backend.receive(offerOf(1), first.near)
    backend.reception.close()
    backend.receive(offerOf(2), second.near)
    expect(readBackendMessage(backend.sent.at(-1)?.message)).toEqual({ _tag: 'AnswerEnd', handoff: 2 })
    expect(second.near.destroyed).toBe(true)
    backend.receive(released(1))
    expect(backend.received).toHaveLength(1)
  })

  it('says so where nobody is at the other end, or where it receives already', () => {
    const gone = fakeChannel()
    gone.disconnect()
    expect(receiveHandoffs({ channel: gone.channel, onConnection: vi.fn() })).toEqual({ _tag: 'Left', left: { _tag: 'NoChannel' } })
    const fake = fakeChannel()
    backendOn(fake)
    expect(receiveHandoffs({ channel: fake.channel, onConnection: vi.fn() })).toEqual({ _tag: 'Left', left: { _tag: 'AlreadyReceiving' } })
  })

  it('listens to its channel no longer than that lives, and survives one that throws', async () => {
    const backend = backendOn(fakeChannel({ sending: { thrown: new Error('no') } }), {
      onNotice: () => {
        throw new Error('no notices, please')
      },
    })
    const { near } = await socketPair()
    backend.receive(offerOf(1), near)
    backend.disconnect()
    expect(near.destroyed).toBe(true)
    expect(backend.listenerCount()).toBe(0)
  })

  it('tells everything on one line, whatever the broker has said', () => {
    const about = { serviceName: 'a\nb', correlationId: 5n, elapsedMs: 1.26 }
    expect(describeReceiverNotice({ _tag: 'HandoffDeclined', detail: 'x\ny' })).toBe('handoff declined: x\\u000ay')
    expect(describeReceiverNotice({ _tag: 'HandoffReceived', ...about })).toBe('handoff received: a\\u000ab connection 5 after 1.3 ms')
    expect(describeReceiverNotice({ _tag: 'HandoffDropped', why: 'Withdrawn', ...about }))
      .toBe('handoff dropped: a\\u000ab connection 5 after 1.3 ms: the broker has taken it back')
  })
})
