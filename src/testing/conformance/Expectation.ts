/**
 * What a broker ought to say to some bytes: what this library says to them.
 *
 * **Laws**
 *  1. Any bytes have an expectation: one reply, or silence for as long as more is to come.
 *  2. It does not depend on what was said before: connection ids and tokens are examples, and nobody is limited.
 *
 * **Not here** what a broker is free in: `findReply` and `laws` compare.
 */
import { MAX_U64 } from '../../data/U64.js'
import { type PeerIdentity, UNVERIFIED_PEER } from '../../data/PeerIdentity.js'
import { answer } from '../../negotiate/answer.js'
import { initialState } from '../../negotiate/BrokerState.js'
import * as Connection from '../../negotiate/Connection.js'
import { type Ambient, type Outcome, refusedOutcome } from '../../negotiate/negotiate.js'
import type { Policy } from '../../negotiate/Policy.js'
import type { Backend, ServiceTable } from '../../step/ServiceTable.js'
import * as TokenStore from '../../step/TokenStore.js'
import { FRAME_BODY_MAX_BYTES } from '../../wire/Limits.js'
import { EMPTY_FRAME, type Frame } from '../../wire/messages/Frame.js'
import { endsItself, saidBy, type Script } from './Script.js'
import type { Subject } from './Subject.js'

/**
 * What a broker ought to say.
 *
 * @category model
 * @since 0.1.0
 */
export type Expectation = ExpectedReply | { readonly _tag: 'Silence' }

/**
 * One reply: its outcome, and the frame that it echoes. Where the reference says something else on purpose, that
 * too, and the row which tells of it.
 *
 * @category model
 * @since 0.1.0
 */
export interface ExpectedReply {
  readonly _tag: 'Reply'
  readonly outcome: Outcome
  readonly echoed: Frame
  readonly reference: { readonly row: string; readonly outcome: Outcome } | undefined
}

/**
 * What a broker ought to say to a script, to a peer whose pid it does not know, or to `peer`.
 *
 * @example
 * import assert from 'node:assert'
 * import { parsePolicy, peerIdentity } from 'hello-negotiation'
 * import { expectation, subject } from 'hello-negotiation/testing'
 *
 * const policy = parsePolicy({ services: [] })
 * if (policy._tag === 'Left') throw new Error('the policy is sound')
 * const script = { moves: [{ _tag: 'Send', bytes: Uint8Array.of(0x16) }], until: 'Reply' } as const
 * const expected = expectation(subject(policy.right, peerIdentity(4242)), script)
 * assert.equal(
 *   expected._tag === 'Reply' && expected.outcome._tag === 'Refused' && expected.outcome.reply.reason,
 *   'unsupported framing version',
 * )
 *
 * @category constructors
 * @since 0.1.0
 */
export function expectation({ policy }: Subject, script: Script, peer: PeerIdentity = UNVERIFIED_PEER): Expectation {
  const pushed = Connection.push(Connection.connection(0), saidBy(script))
  const { value: event } = Connection.next(endsItself(script) ? Connection.pushEnd(pushed) : pushed)
  if (event._tag === 'NeedData' || event._tag === 'Finished') return SILENCE
  const echoed = event._tag === 'HelloFrame' ? event.frame : EMPTY_FRAME
  const outcomeUnder = (under: Policy): Outcome => answer(under, initialState(under), event, peer, AMBIENT).value.outcome
  const admitting: Policy = { ...policy, peerPolicy: { _tag: 'AllowAny' } }
  const outcome = outcomeUnder(admitting)
  return { _tag: 'Reply', outcome, echoed, reference: referenceOutcome(admitting, outcome, outcomeUnder) }
}

const SILENCE: Expectation = Object.freeze({ _tag: 'Silence' })

/** One draw is enough for a broker that has issued nothing yet. */
const AMBIENT: Ambient = { nowMs: 0, draws: TokenStore.draws(new Uint8Array(16)) }

/**
 * To the reference there is no floor where either side of it has a part that no u64 holds (DIV-V2). One path of it
 * reads up to 16 MiB, and meets the end first where less than that came (SPEC C5).
 */
function referenceOutcome(
  policy: Policy, outcome: Outcome, outcomeUnder: (policy: Policy) => Outcome,
): ExpectedReply['reference'] {
  if (outcome._tag !== 'Refused') return undefined
  const { error } = outcome
  if (error._tag === 'BelowMinVersion' && (hasHugePart(error.actual) || hasHugePart(error.minVersion))) {
    return { row: 'DIV-V2', outcome: outcomeUnder({ ...policy, services: withoutFloors(policy.services) }) }
  }
  return error._tag === 'BodyTooLarge' && error.actual <= FRAME_BODY_MAX_BYTES
    ? { row: 'C5', outcome: refusedOutcome({ _tag: 'UnexpectedEnd', context: 'frame body' }) }
    : undefined
}

function hasHugePart(version: string): boolean {
  const [core = ''] = version.split('-')
  return core.split('.').some((part) => BigInt(part) > MAX_U64)
}

function withoutFloors(services: ServiceTable): ServiceTable {
  const withoutFloor = (backend: Backend): Backend => ({ ...backend, versions: { ...backend.versions, minVersion: undefined } })
  return new Map([...services].map(([name, backend]) => [name, withoutFloor(backend)]))
}
