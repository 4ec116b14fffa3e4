/**
 * A small broker to test with: one policy, one service, Hellos that pass unless a test breaks them.
 */
import { inspect } from 'node:util'
import type { Either } from 'fp-ts/lib/Either.js'
import {
  type Answer, type BrokerState, fromLatin1, handoffToken, type HandoffToken, initialState, isServiceName, MAX_INSTANT_MS,
  parsePolicy, type PeerIdentity, peerIdentity, type Policy, type ServiceName,
} from 'hello-negotiation'
import { SessionAuthority, TokenStore } from 'hello-negotiation/step'
import {
  decodeFrame, encodeFrame, encodeFramed, encodeHello, type Frame, Framing, type Hello, hello, requestFrame,
} from 'hello-negotiation/wire'

/** The right of an either that a test knows to be one. */
export function rightOf<E, A>(either: Either<E, A>): A {
  if (either._tag === 'Left') throw new Error(`expected a Right, got ${inspect(either.left)}`)
  return either.right
}

/** The left of an either that a test knows to be one. */
export function leftOf<E, A>(either: Either<E, A>): E {
  if (either._tag === 'Right') throw new Error(`expected a Left, got ${inspect(either.right)}`)
  return either.left
}

export function serviceName(text: string): ServiceName {
  if (!isServiceName(text)) throw new Error(`${text} is no service name`)
  return text
}

export const SERVICE: ServiceName = serviceName('zccache')
export const OTHER_SERVICE: ServiceName = serviceName('clud')

/** What a policy's file says of the service that the tests ask for. */
export const BACKEND: Readonly<Record<'backendPipe' | 'daemonVersion' | 'serviceName', string>> = {
  serviceName: SERVICE, daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock',
}

/** A policy with one service, and whatever else a test sets. */
export function policyOf(input: Readonly<Record<string, unknown>> = {}): Policy {
  return rightOf(parsePolicy({ services: [BACKEND], ...input }))
}

export const POLICY: Policy = policyOf()
export const FRESH: BrokerState = initialState(POLICY)
export const PEER: PeerIdentity = peerIdentity(4242, '1000')

/** A Hello that the small broker negotiates, but for the fields given. */
export function helloWith(fields: Partial<Hello> = {}): Hello {
  return hello({ clientMinProtocol: 1, clientMaxProtocol: 1, serviceName: SERVICE, wantedVersion: '1.11.20', ...fields })
}

/** A request frame with such a Hello in it, but for the parts of the envelope given. */
export function helloFrame(fields: Partial<Hello> = {}, envelope: Partial<Frame> = {}): Frame {
  return { ...requestFrame(0, encodeHello(helloWith(fields))), ...envelope }
}

/** Such a frame as it goes over the wire. */
export function framedHello(fields: Partial<Hello> = {}, envelope: Partial<Frame> = {}): Uint8Array {
  return rightOf(encodeFramed(encodeFrame(helloFrame(fields, envelope))))
}

/** The fields of a client that can take over an open connection (SPEC N6). */
export const WANTS_HANDOFF: Partial<Hello> = { clientCapabilities: 1n }

/** The token whose sixteen bytes are all `byte`. */
export function token(byte: number): HandoffToken {
  const made = handoffToken(new Uint8Array(16).fill(byte))
  if (made === undefined) throw new Error('sixteen bytes are a token')
  return made
}

/** Draws that give these tokens in order. */
export function drawsOf(...bytes: ReadonlyArray<number>): TokenStore.Draws {
  return TokenStore.draws(Uint8Array.from(bytes.flatMap((byte) => new Array<number>(16).fill(byte))))
}

/** Half a session token from sixteen ASCII characters. */
export function sessionHalf(text: string): SessionAuthority.SessionHalf {
  const half = SessionAuthority.parseSessionHalf(fromLatin1(text))
  if (half === undefined) throw new Error(`${text} has not 16 characters`)
  return half
}

/** Readings that are no instant, or one out of the ordinary. */
export const STRANGE_TIMES: ReadonlyArray<number> = [
  Number.NaN, Infinity, -Infinity, -1, Number.MIN_VALUE, MAX_INSTANT_MS, 2 * MAX_INSTANT_MS, Number.MAX_VALUE,
]

/** The frame that an answer is. */
export function frameIn({ bytes }: Answer): Frame {
  const { value } = Framing.next(Framing.push(Framing.framing(), bytes))
  if (value._tag !== 'FrameBody') throw new Error(value._tag)
  return rightOf(decodeFrame(value.body))
}
