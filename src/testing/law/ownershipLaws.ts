/**
 * The laws of ownership: a stream has one owner, whoever fails and whenever (SPEC X8).
 */
import { adopting, attempted } from './handoffLaws.js'
import { type AnyLaw, forbid, law } from './Law.js'
import { shown } from './shown.js'

/** @internal */
export const OWNERSHIP_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'OWNERSHIP-1',
    group: 'ownership',
    sentence: 'Where the backend has accepted a stream, the broker does not take itself for its owner, whatever becomes of the ACK.',
    rows: ['X8', 'X4', 'X5'],
    input: 'JoinedHandoff',
    breach: (steps, { subject, arriving, isTaken, observedMs }) => {
      const { HandoffAcceptance, HandoffAttempt, HandoffReceiver } = steps
      const begun = attempted(steps, { subject }, [])
      const receiver = HandoffReceiver.begin(HandoffAcceptance.handoffAcceptance(), subject.token, 0)
      const { value: verdict } = HandoffReceiver.next(HandoffReceiver.push(receiver.value, begun.offer), receiver.state, 1)
      if (verdict._tag !== 'Accepted') return `a sound offer is ${verdict._tag}`
      const answered = HandoffAttempt.pushEnd(HandoffAttempt.push(begun, verdict.ack.subarray(0, Math.floor(verdict.ack.length * arriving))))
      const seen = HandoffAttempt.next(HandoffAttempt.expire(answered, observedMs), observedMs)
      const { value } = seen.value._tag === 'AckObserved'
        ? HandoffAttempt.next(HandoffAttempt.acknowledged(seen.state, isTaken ? { _tag: 'Right', right: { waitedMs: 1 } } : { _tag: 'Left', left: { _tag: 'TokenNotPending' } }), observedMs)
        : seen
      if (value._tag !== 'FellBack' && value._tag !== 'Transferred') return `it has not ended: ${value._tag}`
      return forbid(value.owner === 'Broker', () => `both have it: the broker says ${shown(value)}`)
    },
  }),
  law({
    id: 'OWNERSHIP-2',
    group: 'ownership',
    sentence: 'The broker keeps a stream that cannot have arrived, and gives up one that may have.',
    rows: ['X8', 'X9'],
    input: 'FailedDelivery',
    breach: ({ HandoffAttempt }, { subject, mayHaveArrived, answered }) => {
      const begun = HandoffAttempt.push(HandoffAttempt.begin(subject, 0, 50), answered)
      const { value } = HandoffAttempt.next(HandoffAttempt.deliveryFailed(begun, 'broken pipe', mayHaveArrived), 1)
      const wanted = mayHaveArrived || answered.length > 0 ? 'Relinquished' : 'Broker'
      return forbid(value._tag !== 'FellBack' || value.owner !== wanted, () => `${shown(value)}, where ${wanted} has it`)
    },
  }),
  law({
    id: 'OWNERSHIP-3',
    group: 'ownership',
    sentence: 'A client keeps a stream exactly where it has adopted it, and closes it where it goes to the endpoint.',
    rows: ['X8', 'G10'],
    input: 'ReadyStream',
    breach: (steps, stream) => {
      const { Adoption } = steps
      const { value } = Adoption.next(Adoption.expire(adopting(steps, stream, stream.chunks), 50))
      if (value._tag === 'NeedData') return 'it has not ended at its deadline'
      const wanted = value._tag === 'Adopted' ? 'ClientKeeps HandlePassed' : 'ClientCloses BrokerNegotiated'
      return forbid(`${value.stream} ${value.route}` !== wanted, () => `${value._tag}: ${value.stream} ${value.route}`)
    },
  }),
]
