/**
 * The broker's host: it takes connections up to its bound, moves their bytes, keeps their deadlines, writes the one
 * answer, and offers a connection that may be handed over to its backend.
 *
 * **Not here** deciding: it does as the broker and `HandoffAttempt` say.
 */
import * as DeadlineMap from '../../data/DeadlineMap.js'
import { handoffToken, type HandoffToken, tokenKey } from '../../data/HandoffToken.js'
import { earlier } from '../../data/Instant.js'
import type { Answer } from '../../negotiate/answer.js'
import * as Deadlines from '../../negotiate/Deadlines.js'
import * as HandoffAttempt from '../../negotiate/HandoffAttempt.js'
import type { NegotiatedOutcome } from '../../negotiate/negotiate.js'
import { end, say, sendSocket } from './network.js'
import { broken, type Fate, faultOf, type Link, post, reach, type SimulationWorld, struck, told } from './SimulationWorld.js'

const ANOTHER_TOKEN = handoffToken(new Uint8Array(16).fill(0x33))

/** A connection arrives. */
export function hostOpens(world: SimulationWorld, link: Link): void {
  if (world.isDown) return closes(world, link, 'Unreachable')
  const session = world.twin.accept(link.peer)
  if (session === undefined) return closes(world, link, 'Rejected')
  if (openCount(world) >= world.scenario.maxConnections && !makesRoom(world)) return closes(world, link, 'Evicted')
  link.session = session
  link.isHostOpen = true
  world.live.add(link)
  if (openCount(world) > world.scenario.maxConnections) broken(world, 'no more connections are open than may be', `${openCount(world)}`)
}

/** Bytes of a client arrive, or its end. */
export function hostHears(world: SimulationWorld, link: Link, bytes: Uint8Array | undefined): void {
  const { session, twin } = { session: link.session, twin: world.twin }
  if (!link.isHostOpen || session === undefined || link.answer !== undefined) return
  gives(world, link, bytes === undefined ? twin.pushEnd(session) : twin.push(session, bytes))
}

/** Bytes of a backend arrive on the channel of an offer, or its end. */
export function attemptHears(world: SimulationWorld, link: Link, bytes: Uint8Array | undefined): void {
  if (link.attempt === undefined) return
  observes(world, link, bytes === undefined ? HandoffAttempt.pushEnd(link.attempt) : HandoffAttempt.push(link.attempt, bytes))
}

/** Something of the host's may be due: it looks at everything that it keeps time for. */
export function hostWakes(world: SimulationWorld): void {
  world.twin.sweep()
  for (const link of [...world.live]) {
    if (link.isHostOpen && link.session !== undefined && link.answer === undefined && world.twin.msUntilSessionDeadline(link.session) === 0) {
      gives(world, link, world.twin.expire(link.session))
    }
    if (link.attempt !== undefined) observes(world, link, HandoffAttempt.expire(link.attempt, world.twin.nowMs()))
  }
  const late = [...world.live].find(({ answer, isHostOpen, session }) =>
    isHostOpen && answer === undefined && session !== undefined && world.twin.msUntilSessionDeadline(session) === 0)
  if (late !== undefined) broken(world, 'nobody keeps a connection longer than it may without a Hello (SPEC C7)', late.id)
}

/** How long until something of the host's is due, by the broker's clock; `undefined` where nothing is. */
export function msUntilHostWakes({ live, twin }: SimulationWorld): number | undefined {
  let soonestMs = Deadlines.nextDeadlineMs(twin.state())
  for (const { answer, attempt, isHostOpen, session } of live) {
    if (isHostOpen && answer === undefined) soonestMs = earlier(soonestMs, session?.model.deadlineMs)
    if (attempt !== undefined) soonestMs = earlier(soonestMs, HandoffAttempt.nextDeadlineMs(attempt))
  }
  return soonestMs === undefined ? undefined : Math.max(0, soonestMs - twin.nowMs())
}

/** The host's process ends, and all connections with it. */
export function hostDies(world: SimulationWorld): void {
  for (const link of world.live) {
    link.attempt = undefined
    if (link.isHostOpen) closes(world, link, 'Died')
  }
}

function gives(world: SimulationWorld, link: Link, answer: Answer | undefined): void {
  if (answer === undefined) return
  if (link.answer !== undefined) broken(world, 'a connection is answered once (SPEC C3)', link.id)
  link.answer = answer
  const { outcome } = answer
  if (outcome._tag === 'Negotiated' && outcome.handoff._tag === 'Granted') isTouched(world, link, outcome.handoff.token)
  told(world, link.id, { _tag: 'Answered', as: outcome._tag === 'Negotiated' ? outcome._tag : outcome.error._tag })
  judgesHonest(world, link, answer)
  if (answer.bytes.length === 0) return closes(world, link, 'Rejected')
  const unwritable = faultOf(link, 'ReplyUnwritable')
  if (unwritable !== undefined) struck(world, link.id, unwritable)
  if (unwritable !== undefined || !link.isClientOpen) {
    world.twin.unwritten(answer)
    return closes(world, link, 'Answered')
  }
  say(world, link, 'Reply', answer.bytes)
  if (outcome._tag === 'Negotiated' && link.visit.handsOver) offers(world, link, outcome)
  else closes(world, link, 'Answered')
}

/** The token that was given will be used behind everybody's back, now or next to one of its deadlines. */
function isTouched(world: SimulationWorld, link: Link, token: HandoffToken): void {
  const fault = faultOf(link, 'TokenTouched')
  if (fault === undefined) return
  const { acks, tokens } = world.twin.state()
  const key = tokenKey(token)
  const entry = fault.since === 'Expiry' ? DeadlineMap.get(tokens.pending, key) : DeadlineMap.get(acks.pending, key)
  const leftMs = fault.since === 'Reply' || entry === undefined ? 0 : entry.deadlineMs - world.twin.nowMs()
  struck(world, link.id, fault)
  post(world, world.nowMs + leftMs + fault.afterMs, { _tag: 'Touched', token, operation: fault.operation })
}

/** Nobody who does as he should is refused because others do not (host law 1). */
function judgesHonest(world: SimulationWorld, link: Link, { outcome }: Answer): void {
  const { faults, peer } = link.visit
  if (outcome._tag === 'Negotiated' || faults.length > 0 || peer !== 'Own' || link.isDisturbed) return
  const excused = ['RateLimited', ...(world.wasTimeWrong ? ['HelloDeadlineExceeded'] : [])]
  if (!excused.includes(outcome.error._tag)) broken(world, 'an honest peer is not refused for what others do', `${link.id}: ${outcome.error._tag}`)
}

function offers(world: SimulationWorld, link: Link, { reply, serviceName }: NegotiatedOutcome): void {
  const ticket = HandoffAttempt.attemptable(reply)
  if (ticket._tag === 'Left') return closes(world, link, 'Answered')
  const { token } = ticket.right
  const attempt = HandoffAttempt.begin({ ...ticket.right, serviceName, handleValue: 0n }, world.twin.nowMs(), world.twin.policy().ackDeadlineMs)
  const fails = faultOf(link, 'DeliveryFails')
  link.attempt = attempt
  if (fails !== undefined) {
    struck(world, link.id, fails)
    return observes(world, link, HandoffAttempt.deliveryFailed(attempt, 'the channel is closed', fails.mayHaveArrived))
  }
  const mismatch = faultOf(link, 'SidebandMismatch')
  if (mismatch !== undefined) struck(world, link.id, mismatch)
  sendSocket(world, link, mismatch === undefined || ANOTHER_TOKEN === undefined ? token : ANOTHER_TOKEN)
  say(world, link, 'Offer', attempt.offer)
  link.attempt = HandoffAttempt.delivered(attempt)
}

/** What a host does with the events of an attempt: asks the registry, relays the word, abandons what fell back. */
function observes(world: SimulationWorld, link: Link, attempt: HandoffAttempt.HandoffAttempt): void {
  const { state, value: event } = HandoffAttempt.next(attempt, world.twin.nowMs())
  link.attempt = state
  if (event._tag === 'NeedData') return
  if (event._tag === 'AckObserved') {
    const answer = world.twin.acknowledge(event.token)
    return answer === undefined ? undefined : observes(world, link, HandoffAttempt.acknowledged(state, answer))
  }
  link.attempt = undefined
  const as = event._tag === 'Transferred' ? event._tag : failureName(event.failure)
  reach(world, `handoff ${as}`)
  told(world, link.id, { _tag: 'HandoffEnds', as })
  if (event._tag === 'FellBack') world.twin.abandon(event.token)
  else say(world, link, 'Ready', event.ready)
  replays(world, link, state)
  closes(world, link, 'Answered')
}

function failureName(failure: HandoffAttempt.FellBack['failure']): string {
  switch (failure._tag) {
    case 'AckNotObserved':
      return failure.fault._tag
    case 'AckRefused':
      return failure.error._tag
    default:
      return failure._tag
  }
}

/** The same offer comes once more, and whatever the backend says to it is nobody's. */
function replays(world: SimulationWorld, link: Link, { offered, offer }: HandoffAttempt.HandoffAttempt): void {
  const fault = faultOf(link, 'OfferReplayed')
  if (fault === undefined) return
  struck(world, link.id, fault)
  sendSocket(world, link, offered.token)
  post(world, link.heardMs.Backend, { _tag: 'Heard', by: 'Backend', link: link.id, bytes: offer })
}

/** Room for one more: the place of whoever has kept its Hello back longest, if anybody has. */
function makesRoom(world: SimulationWorld): boolean {
  const evicted = [...world.live].find(({ answer, isHostOpen }) => isHostOpen && answer === undefined)
  if (evicted !== undefined) closes(world, evicted, 'Evicted')
  return evicted !== undefined
}

function openCount({ live }: SimulationWorld): number {
  return [...live].filter(({ isHostOpen }) => isHostOpen).length
}

function closes(world: SimulationWorld, link: Link, fate: Fate): void {
  link.isHostOpen = false
  link.fates.push(fate)
  reach(world, `fate ${fate}`)
  if (fate !== 'Answered') told(world, link.id, { _tag: 'Closed', fate })
  end(world, link, 'Client')
}
