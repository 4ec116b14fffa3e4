/**
 * The laws of handoffs to be acknowledged (SPEC §9).
 */
import { absurd } from '../../data/absurd.js'
import type { HandoffToken } from '../../data/HandoffToken.js'
import { type BrokerState, FIRST_CONNECTION_ID } from '../../negotiate/BrokerState.js'
import type { AckRegistry, Handoff } from '../../step/AckRegistry.js'
import { atLeastOne, endOf } from '../model/time.js'
import type { AckEvent, AckLife, HandoffEvent, HandoffLife } from './inputs/ack.js'
import { type AnyLaw, firstBreach, forbid, law } from './Law.js'
import { live, type Moment, steady } from './live.js'
import { nameOf, same, shown } from './shown.js'
import type { Steps } from './Steps.js'

/** @internal */
export const ACK_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'ACK-1',
    group: 'ack',
    sentence: 'A handoff that was registered leaves once, as the one that it was; one that is not pending cannot leave.',
    rows: ['A2', 'A3', 'A4', 'A5'],
    input: 'AckLife',
    breach: (steps, life) => firstBreach(momentsOf(steps, life), (moment) =>
      firstBreach(leaving(moment), ({ name, handoff }) => {
        const expected = moment.open.get(name)?.handoff
        return forbid(!same(handoff, expected), () =>
          `${shown(handoff)} left at ${moment.atMs} ms, where ${shown(expected)} was pending`)
      })),
  }),
  law({
    id: 'ACK-2',
    group: 'ack',
    sentence: 'Those registered are those pending and those acknowledged, overdue, abandoned or replaced.',
    rows: ['A1', 'A2', 'A4', 'A5'],
    input: 'AckLife',
    breach: (steps, life) => {
      let registered = 0
      let gone = 0
      return firstBreach(momentsOf(steps, life), (moment) => {
        registered += moment._tag === 'Register' ? 1 : 0
        gone += moment._tag === 'Register' && moment.open.has(nameOf(moment.token)) ? 1 : 0
        gone += leaving(moment).filter(({ handoff }) => handoff !== undefined).length
        const pending = steps.AckRegistry.pendingCount(moment.state)
        return forbid(registered !== gone + pending, () =>
          `${registered} registered, ${gone} gone, ${pending} pending after ${moment._tag}`)
      })
    },
  }),
  law({
    id: 'ACK-3',
    group: 'ack',
    sentence: 'However a handoff leaves, and when it is abandoned even if it had left, its token is taken back.',
    rows: ['A2', 'A4', 'A5'],
    input: 'HandoffLife',
    breach: (steps, life) => firstBreach(handoffMomentsOf(steps, life), ({ state, nowMs, revoked }) =>
      firstBreach(revoked, (token) => {
        const { value } = steps.Handoffs.consume(state, token, token, nowMs)
        return forbid(value._tag === 'Right', () => `${nameOf(token)} was consumed after its handoff had left`)
      })),
  }),
  law({
    id: 'ACK-4',
    group: 'ack',
    sentence: 'Registering a token again puts the new handoff in the old one\'s place, and its clock starts anew.',
    rows: ['A1'],
    input: 'AckLife',
    breach: ({ AckRegistry }, life) => firstBreach(momentsOf({ AckRegistry }, life), (moment) => {
      if (moment._tag !== 'Register' || !moment.open.has(nameOf(moment.token))) return undefined
      const { value } = AckRegistry.acknowledge(moment.state, moment.token, moment.nowMs)
      const answer = value._tag === 'Right' ? value.right : value.left
      const isNew = answer._tag !== 'TokenNotPending' && same(answer.handoff, moment.handoff)
      const isOverAtOnce = endOf(moment.atMs, atLeastOne(life.ackDeadlineMs)) === moment.atMs
      const isAnew = value._tag === 'Right' ? value.right.waitedMs === 0 : isOverAtOnce
      return forbid(!isNew || !isAnew, () =>
        `${shown(moment.handoff)} was registered again, and acknowledging it at once gave ${shown(answer)}`)
    }),
  }),
  law({
    id: 'ACK-5',
    group: 'ack',
    sentence: 'An ACK is in time before the deadline and never from then on, and how long it was waited for is told.',
    rows: ['A2', 'DIV-R2'],
    input: 'AckLife',
    breach: (steps, life) => firstBreach(momentsOf(steps, life), (moment) => {
      const entry = moment._tag === 'Acknowledge' ? moment.open.get(nameOf(moment.token)) : undefined
      if (moment._tag !== 'Acknowledge' || entry === undefined) return undefined
      const answer = moment.value._tag === 'Right' ? moment.value.right : moment.value.left
      const expected = moment.atMs < entry.deadlineMs
        ? { _tag: 'Acknowledged', handoff: entry.handoff, waitedMs: moment.atMs - entry.issuedMs }
        : { _tag: 'AckDeadlineExceeded', handoff: entry.handoff, ackDeadlineMs: atLeastOne(life.ackDeadlineMs) }
      return forbid(!same(answer, expected), () => `at ${moment.atMs} ms of ${entry.deadlineMs} ms it said ${shown(answer)}`)
    }),
  }),
  law({
    id: 'ACK-6',
    group: 'ack',
    sentence: 'Those whose deadline has come are all taken out together, told by deadline and then by age.',
    rows: ['A5', 'DIV-A1'],
    input: 'AckLife',
    breach: (steps, life) => firstBreach(momentsOf(steps, life), (moment) => {
      if (moment._tag !== 'Expire') return undefined
      const due = [...moment.open].filter(([, { deadlineMs }]) => moment.atMs >= deadlineMs)
        .sort(([, a], [, b]) => a.deadlineMs - b.deadlineMs).map(([name]) => name)
      const out = moment.value.map(({ token }) => nameOf(token))
      return forbid(!same(out, due), () => `${shown(out)} were told at ${moment.atMs} ms, and not ${shown(due)}`)
    }),
  }),
  law({
    id: 'ACK-7',
    group: 'ack',
    sentence: 'The next deadline is the earliest of those pending, and none where nothing is.',
    rows: ['DIV-A2'],
    input: 'AckLife',
    breach: ({ AckRegistry }, life) => firstBreach(momentsOf({ AckRegistry }, life), ({ before, open, atMs }) => {
      const next = AckRegistry.nextDeadlineMs(before)
      const deadlines = [...open.values()].map(({ deadlineMs }) => deadlineMs)
      const earliest = deadlines.length === 0 ? undefined : Math.min(...deadlines)
      return forbid(next !== earliest, () => `by ${atMs} ms it was to be ${earliest} ms, and was said to be ${next}`)
    }),
  }),
  law({
    id: 'ACK-8',
    group: 'ack',
    sentence: 'An ACK is judged by its own deadline alone: that its token was consumed or has expired makes no difference.',
    rows: ['A3', 'N8'],
    input: 'HandoffLife',
    breach: (steps, life) => firstBreach(handoffMomentsOf(steps, life), (moment) => {
      if (moment._tag !== 'Acknowledge') return undefined
      const deadlineMs = moment.open.get(nameOf(moment.token))
      const isInTime = deadlineMs !== undefined && moment.atMs < deadlineMs
      const expected = isInTime ? 'Acknowledged' : deadlineMs === undefined ? 'TokenNotPending' : 'AckDeadlineExceeded'
      const { _tag } = moment.value._tag === 'Right' ? moment.value.right : moment.value.left
      return forbid(_tag !== expected, () => `at ${moment.atMs} ms of ${deadlineMs} ms the ACK was ${_tag}`)
    }),
  }),
]

interface Entry {
  readonly handoff: Handoff
  readonly issuedMs: number
  readonly deadlineMs: number
}

/** One thing done to a registry, and what is pending right before it, the oldest first, by its answers up to then. */
type AckMoment = ReturnType<typeof one> & Moment<AckRegistry> & { readonly open: ReadonlyMap<string, Entry> }

function momentsOf({ AckRegistry }: Pick<Steps, 'AckRegistry'>, { ackDeadlineMs, events }: AckLife): ReadonlyArray<AckMoment> {
  const lastsMs = atLeastOne(ackDeadlineMs)
  let open: ReadonlyMap<string, Entry> = new Map()
  const lived = live(
    AckRegistry.ackRegistry(ackDeadlineMs), events, (before, event, nowMs) => one(AckRegistry, before, event, nowMs),
    ({ _tag }) => _tag !== 'Abandon',
  )
  return lived.map((moment) => {
    const known = { ...moment, open }
    open = openAfter(known, lastsMs)
    return known
  })
}

function one(registry: Steps['AckRegistry'], before: AckRegistry, event: AckEvent, nowMs: number) {
  switch (event._tag) {
    case 'Abandon':
      return { ...event, ...registry.abandon(before, event.token) }
    case 'Acknowledge':
      return { ...event, ...registry.acknowledge(before, event.token, nowMs) }
    case 'Expire':
      return { ...event, ...registry.expire(before, nowMs) }
    case 'Register':
      return { ...event, state: registry.register(before, event.token, event.handoff, nowMs) }
    default:
      return absurd<never>(event)
  }
}

function openAfter(moment: AckMoment, lastsMs: number): AckMoment['open'] {
  const gone = moment._tag === 'Register' ? [nameOf(moment.token)] : leaving(moment).map(({ name }) => name)
  const rest = new Map([...moment.open].filter(([name]) => !gone.includes(name)))
  if (moment._tag !== 'Register') return rest
  const { token, handoff, atMs } = moment
  return rest.set(nameOf(token), { handoff, issuedMs: atMs, deadlineMs: endOf(atMs, lastsMs) })
}

/** Who leaves, by a moment's answer; for a token that was named, also that none was pending under it. */
function leaving(moment: AckMoment): ReadonlyArray<{ readonly name: string; readonly handoff: Handoff | undefined }> {
  switch (moment._tag) {
    case 'Abandon':
      return [{ name: nameOf(moment.token), handoff: moment.value }]
    case 'Acknowledge': {
      const answer = moment.value._tag === 'Right' ? moment.value.right : moment.value.left
      return [{ name: nameOf(moment.token), handoff: answer._tag === 'TokenNotPending' ? undefined : answer.handoff }]
    }
    case 'Expire':
      return moment.value.map(({ token, handoff }) => ({ name: nameOf(token), handoff }))
    case 'Register':
      return []
    default:
      return absurd(moment)
  }
}

/** One thing done to tokens and ACKs together. */
type HandoffMoment = ReturnType<typeof oneOfBoth> & Moment<BrokerState> & {
  /** The deadlines of the handoffs pending right before it. */
  readonly open: ReadonlyMap<string, number>
  /** The tokens that it takes back. */
  readonly revoked: ReadonlyArray<HandoffToken>
}

/** The clock is a steady one, because not every step here moves both clocks on, the tokens' and the ACKs'. */
function handoffMomentsOf(steps: Steps, { limits, ackDeadlineMs, events }: HandoffLife): ReadonlyArray<HandoffMoment> {
  const lastsMs = atLeastOne(ackDeadlineMs)
  let open: ReadonlyMap<string, number> = new Map()
  const lived = live(
    brokerOf(steps, limits, ackDeadlineMs), steady(events), (before, event, nowMs) => oneOfBoth(steps, before, event, nowMs),
  )
  return lived.map((moment) => {
    const known = { ...moment, open, revoked: revokedBy(moment) }
    const left = known.revoked.map(nameOf)
    const rest = new Map([...open].filter(([name]) => !left.includes(name)))
    const registered = moment._tag === 'Issue' ? moment.registered : undefined
    open = registered === undefined ? rest : rest.set(nameOf(registered), endOf(moment.atMs, lastsMs))
    return known
  })
}

/** A broker that has nothing yet. */
function brokerOf(steps: Steps, limits: HandoffLife['limits'], ackDeadlineMs: number): BrokerState {
  return {
    limiter: steps.RateLimiter.rateLimiter(),
    tokens: steps.TokenStore.tokenStore(limits),
    acks: steps.AckRegistry.ackRegistry(ackDeadlineMs),
    nextConnectionId: FIRST_CONNECTION_ID,
    sessions: undefined,
  }
}

function oneOfBoth({ AckRegistry, Handoffs, TokenStore }: Steps, before: BrokerState, event: HandoffEvent, nowMs: number) {
  switch (event._tag) {
    case 'Abandon':
      return { ...event, ...Handoffs.abandon(before, event.token) }
    case 'Acknowledge':
      return { ...event, ...Handoffs.acknowledge(before, event.token, nowMs) }
    case 'Consume':
      return { ...event, ...Handoffs.consume(before, event.token, event.token, nowMs) }
    case 'ExpireAcks':
      return { ...event, ...Handoffs.expireAcks(before, nowMs) }
    case 'ExpireTokens':
      return { ...event, ...Handoffs.expireTokens(before, nowMs) }
    case 'Issue': {
      const { state: tokens, value } = TokenStore.issue(before.tokens, nowMs, event.draws)
      const issued = { ...before, tokens }
      if (value._tag === 'Left' || event.handoff === undefined) return { ...event, state: issued, registered: undefined }
      const { token } = value.right
      const acks = AckRegistry.register(before.acks, token, event.handoff, nowMs)
      return { ...event, state: { ...issued, acks }, registered: token }
    }
    default:
      return absurd<never>(event)
  }
}

function revokedBy(moment: ReturnType<typeof oneOfBoth>): ReadonlyArray<HandoffToken> {
  switch (moment._tag) {
    case 'Abandon':
      return [moment.token]
    case 'Acknowledge':
      return moment.value._tag === 'Left' && moment.value.left._tag === 'TokenNotPending' ? [] : [moment.token]
    case 'ExpireAcks':
      return moment.value.map(({ token }) => token)
    case 'Consume':
    case 'ExpireTokens':
    case 'Issue':
      return []
    default:
      return absurd(moment)
  }
}
