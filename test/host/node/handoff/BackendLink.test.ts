/**
 * The broker's end of a channel against a backend that is the test.
 */
import { handoffToken } from 'hello-negotiation'
import { backendLink } from 'hello-negotiation/host/node'
import { describe, expect, it } from 'vitest'
import type { OfferListeners, Offering } from '../../../../src/host/node/handoff/BackendLink.js'
import { encodeMessage } from '../../../../src/host/node/handoff/ChannelMessage.js'
import { type FakeChannel, fakeChannel, socketPair } from './fakeChannel.js'

const TOKEN = handoffToken(new Uint8Array(16).fill(7))

/** An offer, and all that was heard of it, in order. */
async function offerOver(link: ReturnType<typeof backendLink>): Promise<{ readonly offering: Offering; readonly heard: ReadonlyArray<string> }> {
  const heard: Array<string> = []
  const listeners: OfferListeners = {
    onSent: () => void heard.push('sent'),
    onUnsent: ({ code }) => void heard.push(`unsent ${code}`),
    onBytes: (bytes) => void heard.push(`bytes ${bytes.join()}`),
    onEnd: () => void heard.push('end'),
  }
  const { near } = await socketPair()
  if (TOKEN === undefined) throw new Error('sixteen bytes are a token')
  const offering = link.offer({ offer: Uint8Array.of(1), token: TOKEN, remainder: Uint8Array.of(2) }, near, listeners)
  expect(heard).toEqual([])
  await new Promise((resolve) => setImmediate(resolve))
  return { offering, heard }
}

const numberOf = ({ sent }: FakeChannel, i: number): number => sent[i]?.message['handoff'] as number
const kinds = ({ sent }: FakeChannel): ReadonlyArray<unknown> => sent.map(({ message }) => message['kind'])
const answer = (handoff: number, byte: number): object => encodeMessage({ _tag: 'Answer', handoff, bytes: Uint8Array.of(byte) })

describe('a link to a backend', () => {
  it('brings each handoff its own answers, in any order', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    const [one, two] = [await offerOver(link), await offerOver(link)]
    fake.receive(answer(numberOf(fake, 1), 2))
    fake.receive(answer(numberOf(fake, 0), 1))
    fake.receive(encodeMessage({ _tag: 'AnswerEnd', handoff: numberOf(fake, 1) }))
    expect([one.heard, two.heard]).toEqual([['sent', 'bytes 1'], ['sent', 'bytes 2', 'end']])
    expect(link.inFlight()).toBe(2)
  })

  it('ends a handoff once, by the first word, and brings it nothing after that', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    const { offering, heard } = await offerOver(link)
    offering.release()
    offering.withdraw()
    fake.receive(answer(numberOf(fake, 0), 1))
    fake.disconnect()
    expect(heard).toEqual(['sent'])
    expect(kinds(fake)).toEqual(['Offer', 'Released'])
  })

  it('takes what makes no sense for the end of the handoff that it names, and otherwise for nothing', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    const { heard } = await offerOver(link)
    for (const noise of [null, 'x', { mine: 1 }, { helloHandoff: 1 }, { helloHandoff: 1, handoff: -1 }, answer(4_242_424, 1)]) fake.receive(noise)
    expect(heard).toEqual(['sent'])
    fake.receive({ helloHandoff: 1, handoff: numberOf(fake, 0), kind: 'Answer', bytes: [1] })
    expect(heard).toEqual(['sent', 'end'])
  })

  it('closes a socket that comes with an answer, and leaves alone one that comes with something else', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    await offerOver(link)
    const [ours, theirs] = [await socketPair(), await socketPair()]
    fake.receive(answer(numberOf(fake, 0), 1), ours.near)
    fake.receive({ mine: 1 }, theirs.near)
    expect([ours.near.destroyed, theirs.near.destroyed]).toEqual([true, false])
  })

  it.each<[string, Parameters<typeof fakeChannel>[0], string]>([
    ['fails', { sending: { error: Object.assign(new Error('no'), { code: 'EPIPE' }) } }, 'unsent EPIPE'],
    ['throws', { sending: { thrown: Object.assign(new Error('no'), { code: 'ERR_INVALID_HANDLE_TYPE' }) } }, 'unsent ERR_INVALID_HANDLE_TYPE'],
  ])('tells where sending %s, never before the offer is made', async (_name, options, told) => {
    const { heard } = await offerOver(backendLink(fakeChannel(options).channel))
    expect(heard).toEqual([told])
  })

  it('is alive as long as its channel, and no longer than it is wanted', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    expect(link.isAlive()).toBe(true)
    fake.disconnect()
    expect(link.isAlive()).toBe(false)
    const other = backendLink(fakeChannel().channel)
    const { heard } = await offerOver(other)
    other.close()
    expect([other.isAlive(), heard]).toEqual([false, ['sent', 'end']])
    expect((await offerOver(other)).heard).toEqual(['unsent ERR_LINK_CLOSED'])
  })

  it('tells every handoff under way when the channel dies', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    const [one, two] = [await offerOver(link), await offerOver(link)]
    fake.disconnect()
    expect([one.heard, two.heard]).toEqual([['sent', 'end'], ['sent', 'end']])
  })

  it('listens only while a handoff is under way, so that it keeps no process alive', async () => {
    const fake = fakeChannel()
    const link = backendLink(fake.channel)
    expect(fake.listenerCount()).toBe(0)
    const [one, two] = [await offerOver(link), await offerOver(link)]
    expect(fake.listenerCount()).toBe(2)
    one.offering.release()
    expect(fake.listenerCount()).toBe(2)
    two.offering.withdraw()
    expect(fake.listenerCount()).toBe(0)
  })

  it('has no room for more than it may have under way, nor for more than Node has not sent (SPEC Q1)', async () => {
    const taking = backendLink(fakeChannel().channel, { maxInFlight: 2 })
    const { offering } = await offerOver(taking)
    expect(taking.hasRoom()).toBe(true)
    await offerOver(taking)
    expect(taking.hasRoom()).toBe(false)
    offering.withdraw()
    await new Promise((resolve) => setImmediate(resolve))
    expect(taking.hasRoom()).toBe(true)
    // This one takes nothing: what is withdrawn is still in the queue, and so is the word that it is.
    const clogged = backendLink(fakeChannel({ sending: 'never' }).channel, { maxInFlight: 2 })
    for (const { offering } of [await offerOver(clogged), await offerOver(clogged)]) offering.withdraw()
    expect([clogged.inFlight(), clogged.hasRoom()]).toEqual([0, false])
  })

  it('uses no number twice, not even another link', async () => {
    const fake = fakeChannel()
    await offerOver(backendLink(fake.channel))
    await offerOver(backendLink(fake.channel))
    expect(numberOf(fake, 0)).not.toBe(numberOf(fake, 1))
  })

  it('takes the very number of handoffs that 64 is, if it is not told otherwise (SPEC Q1)', async () => {
    const link = backendLink(fakeChannel().channel)
    for (let i = 0; i < 63; i += 1) await offerOver(link)
    expect(link.hasRoom()).toBe(true)
    await offerOver(link)
    expect(link.hasRoom()).toBe(false)
  })
})
