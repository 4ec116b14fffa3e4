/**
 * The laws of a broker's deadlines (DIV-A2): what is due goes, when it is due, and is told.
 */
import * as AckRegistry from '../../step/AckRegistry.js'
import { type BrokerLife, type Lived, lived } from './BrokerLife.js'
import { type AnyLaw, firstBreach, law } from './Law.js'
import { shown } from './shown.js'
import type { Steps } from './Steps.js'

/** @internal */
export const DEADLINE_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'DEADLINE-1',
    group: 'deadline',
    sentence: 'Nothing is removed before the deadline that was told.',
    rows: ['DIV-A2', 'T6', 'A5'],
    input: 'BrokerLife',
    breach: eachState((state, steps) => {
      const deadlineMs = steps.Deadlines.nextDeadlineMs(state)
      // A step runs at the latest instant that its state has seen, and a deadline may be behind that.
      if (deadlineMs !== undefined && deadlineMs <= Math.max(state.tokens.latestMs, state.acks.latestMs)) return undefined
      const before = steps.Deadlines.expire(state, deadlineMs === undefined ? Number.MAX_VALUE : deadlineMs - 0.5).value
      return before.expiredTokens + before.overdueAcks.length === 0 ? undefined : `${shown(before)} went before ${deadlineMs}`
    }),
  }),
  law({
    id: 'DEADLINE-2',
    group: 'deadline',
    sentence: 'At the deadline that was told something is removed, and the next deadline is later.',
    rows: ['DIV-A2', 'T6', 'A5'],
    input: 'BrokerLife',
    breach: eachState((state, steps) => {
      const deadlineMs = steps.Deadlines.nextDeadlineMs(state)
      if (deadlineMs === undefined) return undefined
      const { state: next, value } = steps.Deadlines.expire(state, deadlineMs)
      if (value.expiredTokens + value.overdueAcks.length === 0) return `nothing was due at ${deadlineMs}`
      const nextMs = steps.Deadlines.nextDeadlineMs(next)
      return nextMs === undefined || nextMs > deadlineMs ? undefined : `after ${deadlineMs} the next deadline is ${nextMs}`
    }),
  }),
  law({
    id: 'DEADLINE-3',
    group: 'deadline',
    sentence: 'To expire once more at the same time changes nothing, and says so.',
    rows: ['DIV-A2', 'A5'],
    input: 'BrokerLife',
    breach: eachState((state, steps, nowMs) => {
      const once = steps.Deadlines.expire(state, nowMs).state
      const { state: twice, value } = steps.Deadlines.expire(once, nowMs)
      if (value.expiredTokens + value.overdueAcks.length > 0) return `${shown(value)} expired a second time`
      return stateText(steps, once) === stateText(steps, twice) ? undefined : 'the state is another one'
    }),
  }),
  law({
    id: 'DEADLINE-4',
    group: 'deadline',
    sentence: 'What is pending, what has left and what was drawn again make up what was registered: nothing leaves in silence, nor twice.',
    rows: ['A1', 'A2', 'A3', 'A4', 'A5', 'N8'],
    input: 'BrokerLife',
    breach: (steps, life) => {
      const all = lived(steps, life)
      const begun = all.filter(isGranted).length
      const ended = all.reduce((sum, one) => sum + leavings(one), 0)
      // A token that is drawn again replaces its former entry (SPEC A1).
      const drawnAgain = all.filter((one) => isGranted(one) && AckRegistry.pendingCount(one.after.acks) === AckRegistry.pendingCount(one.before.acks)).length
      const pending = AckRegistry.pendingHandoffs(all.at(-1)?.after.acks ?? AckRegistry.ackRegistry()).length
      return begun === ended + drawnAgain + pending
        ? undefined
        : `${begun} began, ${ended} left and were told, ${drawnAgain} were drawn again, ${pending} are pending`
    },
  }),
  law({
    id: 'DEADLINE-5',
    group: 'deadline',
    sentence: 'A token whose handoff has left by ACK, deadline or abandoning cannot be consumed.',
    rows: ['A2', 'A4', 'A5', 'T4'],
    input: 'BrokerLife',
    breach: (steps, life) => firstBreach(lived(steps, life), ({ after, before, event, nowMs }) => {
      if (event._tag !== 'Acknowledge' && event._tag !== 'Abandon') return undefined
      const isLeft = AckRegistry.pendingCount(after.acks) < AckRegistry.pendingCount(before.acks)
      if (!isLeft) return undefined
      const { value } = steps.Handoffs.consume(after, event.token, event.token, nowMs)
      return value._tag === 'Left' ? undefined : `a token was consumed after ${event._tag}`
    }),
  }),
]

/** A law about every state of a life. */
function eachState(
  breach: (state: Lived['after'], steps: Steps, nowMs: number) => string | undefined,
): (steps: Steps, life: BrokerLife) => string | undefined {
  return (steps, life) => firstBreach(lived(steps, life), ({ after, nowMs }) => breach(after, steps, nowMs))
}

function stateText({ Snapshot }: Steps, state: Lived['after']): string {
  return JSON.stringify(Snapshot.encodeSnapshot(state))
}

function isGranted({ event, value }: Lived): boolean {
  const { outcome } = event._tag === 'Hello' ? value as { readonly outcome: { readonly _tag: string; readonly handoff?: { readonly _tag: string } } } : { outcome: undefined }
  return outcome?.handoff?._tag === 'Granted'
}

/** How many handoffs an event says have left, by whichever way. */
function leavings({ event, value }: Lived): number {
  switch (event._tag) {
    case 'Abandon':
      return value === undefined ? 0 : 1
    case 'Acknowledge': {
      const answer = value as ReturnType<Steps['Handoffs']['acknowledge']>['value']
      return answer._tag === 'Right' || answer.left._tag === 'AckDeadlineExceeded' ? 1 : 0
    }
    case 'Expire':
      return (value as ReturnType<Steps['Deadlines']['expire']>['value']).overdueAcks.length
    default:
      return 0
  }
}
