/**
 * Hostile inputs, one a seed: bytes for a decoder, for the framing, or for a whole broker, and what holds whatever
 * they are.
 *
 * **Laws**
 *  1. The same seed gives the same input.
 *  2. Nothing throws, writes into its input, or leaves anything on a prototype.
 *  3. A decoder takes what the naive codec takes, and what it takes it writes and reads again the same.
 *  4. Framing gives the same events however the bytes are cut.
 *  5. A broker gives every request a whole reply, the model's; a connection gives it too, or asks for more.
 */
import fc from 'fast-check'
import { toHex } from '../../data/Bytes.js'
import { peerIdentity } from '../../data/PeerIdentity.js'
import { answer, exchange } from '../../negotiate/answer.js'
import { initialState } from '../../negotiate/BrokerState.js'
import * as Connection from '../../negotiate/Connection.js'
import type { Outcome } from '../../negotiate/negotiate.js'
import type { Policy } from '../../negotiate/Policy.js'
import { draws } from '../../step/TokenStore.js'
import * as Framing from '../../wire/Framing.js'
import { CODECS, type Codec } from '../../wire/messages/codecs.js'
import { encodeFrame, type Frame, frame } from '../../wire/messages/Frame.js'
import { encodeHello, hello } from '../../wire/messages/Hello.js'
import type { MessageName } from '../../wire/messages/schema.js'
import {
  arbitraryFrame, arbitraryHandoffAck, arbitraryHandoffOffer, arbitraryHello, arbitraryHelloReply, arbitraryNegotiated, arbitraryRefused,
  arbitraryServiceDefinition,
} from '../arbitrary/messages.js'
import * as BrokerModel from '../model/BrokerModel.js'
import * as WireModel from '../model/WireModel.js'
import { type PolicyFigures, SERVICES, sessionToken, simulationPolicy } from '../simulation/SimulationPolicy.js'
import * as Prng from '../virtual/Prng.js'
import { spoil } from './spoil.js'

/**
 * Where an input goes.
 *
 * @category model
 * @since 0.1.0
 */
export type HostileTarget = 'exchange' | 'framing' | MessageName

/**
 * An input, and where it goes.
 *
 * @category model
 * @since 0.1.0
 */
export interface HostileInput {
  readonly target: HostileTarget
  readonly bytes: Uint8Array
  /** How it is cut, where that matters. */
  readonly cutSeed: number
}

/**
 * What an input did: what it showed itself to be, how many laws it was held against, and those that broke.
 *
 * @category model
 * @since 0.1.0
 */
export interface HostileVerdict {
  readonly reached: string
  readonly lawsChecked: number
  readonly broken: ReadonlyArray<string>
}

const CORPUS_SEED = 1
const SAMPLES = 48

/** Sound encodings of each message, made once: what there is to spoil. */
const corpus: { made?: Readonly<Record<MessageName, ReadonlyArray<Uint8Array>>> } = {}

function corpusOf(): Readonly<Record<MessageName, ReadonlyArray<Uint8Array>>> {
  const encoded = <A>(arbitrary: fc.Arbitrary<A>, { encode }: Codec<A>): ReadonlyArray<Uint8Array> =>
    fc.sample(arbitrary, { seed: CORPUS_SEED, numRuns: SAMPLES }).map(encode)
  return corpus.made ??= {
    Frame: encoded(arbitraryFrame(), CODECS.Frame),
    HandoffAck: encoded(arbitraryHandoffAck(), CODECS.HandoffAck),
    HandoffOffer: encoded(arbitraryHandoffOffer(), CODECS.HandoffOffer),
    Hello: [...encoded(arbitraryHello(), CODECS.Hello), ...SOUND_HELLOS],
    HelloReply: encoded(arbitraryHelloReply(), CODECS.HelloReply),
    Negotiated: encoded(arbitraryNegotiated(), CODECS.Negotiated),
    Refused: encoded(arbitraryRefused(), CODECS.Refused),
    ServiceDefinition: encoded(arbitraryServiceDefinition(), CODECS.ServiceDefinition),
  }
}

/** Hellos that the policies below agree to, and those that are wrong in one thing. */
const SOUND_HELLOS: ReadonlyArray<Uint8Array> = [
  ...['1.11.20', '2.0.0', '1.9.0', '1.11.21'].flatMap((wantedVersion) =>
    [...SERVICES, 'constructor'].flatMap((serviceName) => [0n, 1n].map((clientCapabilities) => ({ wantedVersion, serviceName, clientCapabilities })))),
  { clientVersion: 'x'.repeat(129) }, { clientLibName: 'é'.repeat(33) }, { clientLibVersion: 'x'.repeat(65) }, { peerPid: 8 },
  { clientMinProtocol: 2 }, { clientMaxProtocol: 0 }, { serviceName: 'UPPER' }, { wantedVersion: 'latest' },
  { authToken: new Uint8Array(0) }, { authToken: sessionToken('broker') }, { authToken: sessionToken('daemon') },
].map((fields) => encodeHello(hello({
  clientMinProtocol: 1, clientMaxProtocol: 1, serviceName: SERVICES[0], wantedVersion: '1.11.20', authToken: sessionToken(), peerPid: 7, ...fields,
})))

/** What a frame around them is, mostly as it should be. */
const FRAMES: readonly [Partial<Frame>, ...Array<Partial<Frame>>] = [
  {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, { envelopeVersion: 2 }, { kind: 1 }, { kind: -1 }, { payloadProtocol: 0xad01 }, { payloadEncoding: 1 },
  { traceparent: 'trace', tracestate: 'state' },
]

const FIGURES: PolicyFigures = {
  maxPerWindow: 1, windowMs: 100, maxPending: 2, ttlMs: 50, collisionAttempts: 2, ackDeadlineMs: 50, helloTimeoutMs: 100, isOwnerOnly: false,
  asksForSession: false,
}
const POLICIES = [FIGURES, { ...FIGURES, asksForSession: true }].map(simulationPolicy)

const CHUNK_MAX_BYTES = 61

/** Of ten inputs, one goes to the framing, four to a broker, and five to a decoder. */
const TARGETS: readonly [HostileTarget, ...Array<HostileTarget>] = [
  'framing', 'framing', 'exchange', 'exchange', 'exchange', 'exchange', 'exchange', 'exchange', 'Frame', 'Frame', 'Hello', 'Hello', 'HelloReply',
  'HelloReply', 'HandoffAck', 'HandoffOffer', 'Negotiated', 'Refused', 'ServiceDefinition', 'ServiceDefinition',
]

/**
 * The input of a seed.
 *
 * @category constructors
 * @since 0.1.0
 */
export function hostileInput(seed: number): HostileInput {
  const { state, value: target } = Prng.pick(Prng.prng(seed, 'hostile'), TARGETS)
  const { state: next, value: cutSeed } = Prng.u32(state)
  switch (target) {
    case 'exchange':
      return { target, cutSeed, bytes: requestOf(next) }
    case 'framing':
      return { target, cutSeed, bytes: streamOf(next) }
    default: {
      const { state: drawn, value } = Prng.pick(next, corpusOf()[target] as unknown as readonly [Uint8Array])
      return { target, cutSeed, bytes: spoil(value, drawn).value }
    }
  }
}

/**
 * What holds of an input.
 *
 * @category queries
 * @since 0.1.0
 */
export function judgeHostile(input: HostileInput): HostileVerdict {
  const [names, before] = [prototypeNames(), input.bytes.slice()]
  try {
    const verdict = judged(input)
    const isUntouched = isSame(input.bytes, before) && prototypeNames() === names
    return {
      ...verdict, lawsChecked: verdict.lawsChecked + 2,
      broken: isUntouched ? verdict.broken : [...verdict.broken, 'an input is read, and nothing is written, into it or into a prototype'],
    }
  } catch (error) {
    return { reached: 'thrown', lawsChecked: 1, broken: [`nothing throws: ${String(error)}`] }
  }
}

function judged({ bytes, cutSeed, target }: HostileInput): HostileVerdict {
  switch (target) {
    case 'exchange':
      return judgeExchange(bytes, cutSeed)
    case 'framing':
      return judgeFraming(bytes, cutSeed)
    default:
      return judgeDecode(target, bytes)
  }
}

function judgeDecode(name: MessageName, bytes: Uint8Array): HostileVerdict {
  const codec = CODECS[name] as Codec<unknown>
  const decoded = codec.decode(bytes)
  const model = WireModel.decode(name, bytes)
  if (decoded._tag === 'Left') {
    const { fault, offset } = decoded.left
    const broken = [
      ...(model === undefined ? [] : ['a decoder takes what the naive one takes (SPEC W1–W9)']),
      ...(offset >= 0 && offset <= bytes.length ? [] : ['a fault is at a place in the bytes']),
    ]
    return { reached: `decode ${fault._tag}`, lawsChecked: 2, broken }
  }
  const written = codec.encode(decoded.right)
  const again = codec.decode(written)
  const broken = [
    ...(model !== undefined && isSame(WireModel.encode(name, model), written) ? [] : ['a decoder takes what the naive one takes (SPEC W1–W9)']),
    ...(again._tag === 'Right' && isSame(codec.encode(again.right), written) ? [] : ['what is written is read again (SPEC W10)']),
  ]
  return { reached: `decode ${name}`, lawsChecked: 2, broken }
}

function judgeFraming(bytes: Uint8Array, cutSeed: number): HostileVerdict {
  const whole = framingEvents([bytes])
  const cut = framingEvents(chunksOf(bytes, cutSeed))
  return {
    reached: `framing ${whole[0]?.split(' ')[0]}`, lawsChecked: 1,
    broken: whole.join() === cut.join() ? [] : ['framing does not depend on how bytes are cut (SPEC F2)'],
  }
}

/** All events of a stream that ends, each on a line. */
function framingEvents(chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<string> {
  const events: Array<string> = []
  let framing = Framing.framing(1_024)
  for (const chunk of [...chunks, undefined]) {
    framing = chunk === undefined ? Framing.pushEnd(framing) : Framing.push(framing, chunk)
    for (let isOpen = true; isOpen;) {
      const { state, value } = Framing.next(framing)
      framing = state
      if (value._tag === 'FrameBody') events.push(`FrameBody ${toHex(value.body)}`)
      if (value._tag === 'FramingFailed') return [...events, value.error._tag]
      isOpen = value._tag === 'FrameBody'
    }
  }
  return events
}

/** The same request once, or twice, so that limits are met; and once more by way of a connection. */
function judgeExchange(bytes: Uint8Array, cutSeed: number): HostileVerdict {
  const policy = POLICIES[cutSeed & 1] as Policy
  const [peer, ambient] = [peerIdentity(7), { nowMs: 10, draws: draws(new Uint8Array(32).fill(0x21)) }]
  const [start, modelStart] = [initialState(policy), BrokerModel.brokerModel(policy)]
  const first = exchange(policy, start, bytes, peer, ambient)
  const modelFirst = BrokerModel.exchange(modelStart, bytes, peer, ambient.nowMs, ambient.draws)
  const connected = answer(policy, start, connectionAnswer(bytes, cutSeed), peer, ambient)
  const isTwice = (cutSeed & 6) === 0
  const last = isTwice ? exchange(policy, first.state, bytes, peer, ambient) : first
  const modelLast = isTwice ? BrokerModel.exchange(modelFirst.state, bytes, peer, ambient.nowMs, ambient.draws) : modelFirst
  const isModels = isSame(first.value.bytes, modelFirst.value.bytes) && isSame(last.value.bytes, modelLast.value.bytes)
  return {
    reached: `exchange ${outcomeName(last.value.outcome)}`, lawsChecked: 2,
    broken: [
      ...(isModels ? [] : ['a broker says what its model says (SPEC §3–§7, C3, C4)']),
      ...(isSame(connected.value.bytes, first.value.bytes) ? [] : ['a connection is answered as its bytes are (SPEC C3)']),
    ],
  }
}

/** What a connection makes of the bytes, cut, and then the end: nothing is needed after that. */
function connectionAnswer(bytes: Uint8Array, cutSeed: number): Connection.Failed | Connection.HelloFrame {
  let connection = Connection.connection(0, 100)
  for (const chunk of [...chunksOf(bytes, cutSeed), undefined]) {
    connection = chunk === undefined ? Connection.pushEnd(connection) : Connection.push(connection, chunk)
    const { state, value } = Connection.next(connection)
    connection = state
    if (value._tag === 'Failed' || value._tag === 'HelloFrame') return value
  }
  throw new Error('a connection that has ended still needs data')
}

function outcomeName(outcome: Outcome): string {
  return outcome._tag === 'Negotiated' ? outcome._tag : outcome.error._tag
}

/** A Hello spoilt, or the frame around it, or the framing, or all of them. */
function requestOf(dice: Prng.Prng): Uint8Array {
  const { state, value: where } = Prng.below(dice, 8)
  const { state: chosen, value: payload } = Prng.pick(state, corpusOf().Hello.slice(SAMPLES / 2) as unknown as readonly [Uint8Array])
  const hello = where < 4 ? spoil(payload, chosen) : { state: chosen, value: payload }
  const { state: shaped, value: fields } = Prng.pick(hello.state, FRAMES)
  const body = encodeFrame(frame({ envelopeVersion: 1, payload: hello.value, requestId: BigInt(where), ...fields }))
  const spoilt = where === 0 || where === 4 ? spoil(body, shaped) : { state: shaped, value: body }
  const framed = framedBytes(spoilt.value)
  return where === 0 || where === 5 ? spoil(framed, spoilt.state).value : framed
}

/** A few frames in a row, spoilt. */
function streamOf(dice: Prng.Prng): Uint8Array {
  const { state, value: count } = Prng.below(dice, 3)
  const { state: chosen, value: body } = Prng.pick(state, corpusOf().HandoffAck as unknown as readonly [Uint8Array])
  const frames = Array.from({ length: count + 1 }, () => [...framedBytes(body)]).flat()
  return spoil(Uint8Array.from(frames), chosen).value
}

function framedBytes(body: Uint8Array): Uint8Array {
  const framed = Framing.encodeFramed(body)
  return framed._tag === 'Right' ? framed.right : body
}

function chunksOf(bytes: Uint8Array, cutSeed: number): ReadonlyArray<Uint8Array> {
  const size = 1 + (cutSeed >>> 1) % CHUNK_MAX_BYTES
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
}

/** What there is to see of the prototype that everything has. */
function prototypeNames(): number {
  return Reflect.ownKeys(Object.prototype).length
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
