/**
 * Conversations that nobody thought of, from a seed: Hellos next to every limit, some of them spoilt on their way,
 * cut anywhere.
 *
 * **Laws**
 *  1. The same policy, seed and number give the same conversation.
 *  2. Each closes its side, so that each ought to have a reply, whatever its bytes are.
 */
import type { ReadonlyNonEmptyArray } from 'fp-ts/lib/ReadonlyNonEmptyArray.js'
import { NO_BYTES } from '../../data/Bytes.js'
import { type Step, step } from '../../data/Step.js'
import { MAX_U32, MAX_U64 } from '../../data/U64.js'
import type { Frame } from '../../wire/messages/Frame.js'
import { encodeHello, type Hello } from '../../wire/messages/Hello.js'
import * as Prng from '../virtual/Prng.js'
import { concat, sayingLast, type Script } from './Script.js'
import { type Ask, askFor, helloFor, requestOf, type Subject } from './Subject.js'

/**
 * The conversation of this number.
 *
 * @example
 * import assert from 'node:assert'
 * import { parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
 * import { generatedScript, subject } from 'hello-negotiation/testing'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const tested = subject(policy.right, UNVERIFIED_PEER)
 * assert.deepEqual(generatedScript(tested, 7, 3), generatedScript(tested, 7, 3))
 *
 * @category constructors
 * @since 0.1.0
 */
export function generatedScript(subject: Subject, seed: number, number: number): Script {
  const dice = Prng.prng(seed, `conversation ${number}`)
  const asked = drawAsk(subject, dice)
  const hello = drawFields(asked.state, HELLO_CHOICES, helloFor(asked.value))
  const envelope = drawFields<Frame, Partial<Frame>>(hello.state, ENVELOPE_CHOICES, {})
  const payload = sometimes(envelope.state, encodeHello(hello.value), SPOILT_PAYLOADS)
  const bytes = sometimes(payload.state, requestOf(payload.value, envelope.value), SPOILT_FRAMES)
  const behind = sometimes(bytes.state, bytes.value, BYTES_BEHIND)
  return sayingLast(...drawPieces(behind.state, behind.value).value)
}

/** Of so many Hellos one has another value in a field than the sound one; with all fields together, most have one. */
const FIELD_ODDS = 30

/** What may be written into some fields instead; the sound value is no part of it. */
type Choices<A> = { readonly [K in keyof A]?: ReadonlyNonEmptyArray<A[K]> }

const PROTOCOLS: ReadonlyNonEmptyArray<number> = [0, 2, MAX_U32]
const U64S: ReadonlyNonEmptyArray<bigint> = [1n, 2n, 3n, 1n << 32n, 1n << 63n, MAX_U64]
const TEXTS: ReadonlyNonEmptyArray<string> = [
  '', 'a', '\ufeff', 'é'.repeat(32), 'é'.repeat(33), 'a'.repeat(64), 'a'.repeat(65), 'é'.repeat(64), 'é'.repeat(65),
  'a'.repeat(128), 'a'.repeat(129),
]
const SOME_BYTES: ReadonlyNonEmptyArray<Uint8Array> = [
  NO_BYTES, Uint8Array.of(0xff), new Uint8Array(32), new Uint8Array(33).fill(1),
]

const HELLO_CHOICES: Choices<Hello> = {
  clientMinProtocol: PROTOCOLS,
  clientMaxProtocol: PROTOCOLS,
  clientVersion: TEXTS,
  clientCapabilities: U64S,
  requestId: TEXTS,
  connectionId: U64S,
  clientLibName: TEXTS,
  clientLibVersion: TEXTS,
  peerAttestationNonce: SOME_BYTES,
  capabilityToken: SOME_BYTES,
  clientKeepaliveSecs: U64S,
}

const ENVELOPE_CHOICES: Choices<Frame> = {
  envelopeVersion: [0, 2, MAX_U32],
  kind: [1, 2, 3, 4, -1],
  payloadProtocol: [1, 0x7a63, MAX_U32],
  requestId: U64S,
  payloadEncoding: [1, 3, 4],
  deadlineUnixMs: U64S,
  traceparent: TEXTS,
  tracestate: TEXTS,
}

/** A service, mostly one that there is, and a version, mostly one near the service's own. */
function drawAsk({ policy, base, nobody }: Subject, dice: Prng.Prng): Step<Prng.Prng, Ask> {
  const backends = [...policy.services.values()]
  const { state, value: which } = Prng.below(dice, backends.length + 2)
  const backend = backends[which]
  if (backend === undefined) {
    const { state: next, value: serviceName } = Prng.pick(state, ['ZCCACHE', 'zc cache', '-', nobody, 'a'.repeat(65)])
    return step(next, { ...base, serviceName })
  }
  const { minVersion, allowList } = backend.versions
  const near = minVersion ?? base.wantedVersion
  const [first = near, ...others] = allowList
  const { state: asked, value: isOdd } = Prng.below(state, 3)
  const { state: next, value: wanted } = isOdd === 0
    ? Prng.pick<string>(asked, [`${near}-x`, `0${near}`, ...VERSIONS])
    : Prng.pick<string>(asked, [first, ...others])
  return step(next, askFor(backend, wanted, policy.sessions))
}

const VERSIONS = [
  'latest', '0.0.0', '1.9.99999999999999999999', '99999999999999999999.0.0', '1.2.3-rc.1', '1.2', `1.2.${'3'.repeat(61)}`,
]

function drawFields<A extends object, B extends Partial<A>>(dice: Prng.Prng, choices: Choices<A>, sound: B): Step<Prng.Prng, B> {
  const fields = Object.entries(choices) as ReadonlyArray<[string, ReadonlyNonEmptyArray<unknown>]>
  return fields.reduce(({ state, value }, [name, others]) => {
    const { state: next, value: odds } = Prng.below(state, FIELD_ODDS)
    if (odds !== 0) return step(next, value)
    const picked = Prng.pick(next, others)
    return step(picked.state, { ...value, [name]: picked.value })
  }, step(dice, sound))
}

/** A way to spoil bytes. */
type Spoil = (bytes: Uint8Array, at: number, byte: number) => Uint8Array

const keep: Spoil = (bytes) => bytes
const flip: Spoil = (bytes, at, byte) => bytes.map((before, i) => (i === at ? before ^ (1 << (byte & 7)) : before))
const overwrite: Spoil = (bytes, at, byte) => bytes.map((before, i) => (i === at ? byte : before))
const insert: Spoil = (bytes, at, byte) => concat([bytes.subarray(0, at), Uint8Array.of(byte), bytes.subarray(at)])
const remove: Spoil = (bytes, at) => concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
const truncate: Spoil = (bytes, at) => bytes.subarray(0, at)
const repeat: Spoil = (bytes, at) => concat([bytes, bytes.subarray(at)])
const follow: Spoil = (bytes, at, byte) => concat([bytes, new Uint8Array(at).fill(byte)])

const SPOILT_PAYLOADS: ReadonlyNonEmptyArray<Spoil> = [
  keep, keep, keep, keep, keep, keep, keep, keep, flip, overwrite, insert, remove, truncate, repeat,
]
/** Its length is not set right again: most of these end too soon, or in the middle of a field. */
const SPOILT_FRAMES: ReadonlyNonEmptyArray<Spoil> = [
  keep, keep, keep, keep, keep, keep, keep, keep, keep, keep, flip, overwrite, insert, remove, truncate,
]
const BYTES_BEHIND: ReadonlyNonEmptyArray<Spoil> = [keep, keep, keep, keep, follow]

function sometimes(dice: Prng.Prng, bytes: Uint8Array, spoils: ReadonlyNonEmptyArray<Spoil>): Step<Prng.Prng, Uint8Array> {
  const spoil = Prng.pick(dice, spoils)
  const at = Prng.below(spoil.state, bytes.length)
  const byte = Prng.below(at.state, 0x100)
  return step(byte.state, spoil.value(bytes, at.value, byte.value))
}

/** The bytes whole, or in two pieces. */
function drawPieces(dice: Prng.Prng, bytes: Uint8Array): Step<Prng.Prng, ReadonlyArray<Uint8Array>> {
  const isCut = Prng.below(dice, 3)
  const at = Prng.below(isCut.state, bytes.length)
  const pieces = isCut.value === 0 ? [bytes.subarray(0, at.value), bytes.subarray(at.value)] : [bytes]
  return step(at.state, pieces.filter((piece) => piece.length > 0))
}
