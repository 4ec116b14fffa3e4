/**
 * The report on a client, from what was seen of it.
 */
import type { CaseResult, ConformanceReport } from '../ConformanceReport.js'
import { notShown } from '../Finding.js'
import { CLIENT_LAWS } from './clientLaws.js'
import type { ClientCase, ClientSeen } from './ClientTrial.js'
import { describeSeen } from './judgeClient.js'

/**
 * A case, and what was seen in each of its trials, in their order.
 *
 * @category model
 * @since 0.1.0
 */
export interface PlayedClientCase {
  readonly played: ClientCase
  readonly seen: ReadonlyArray<ClientSeen>
}

/**
 * What was found out about a client. One that never calls the broker cannot be talked to.
 *
 * @category constructors
 * @since 0.1.0
 */
export function clientReport(cases: ReadonlyArray<PlayedClientCase>): ConformanceReport {
  const seen = cases.flatMap(({ seen }) => seen)
  const calls = seen.flatMap(({ calls }) => calls)
  // Where nobody listens there is no call.
  const [first] = cases.flatMap(({ played, seen }) => seen.filter((_, i) => played.trials[i]?.parts.length !== 0))
  if (calls.length === 0 && first !== undefined) {
    return { _tag: 'Unreachable', trouble: `the client never called: ${describeSeen(first)}` }
  }
  const laws = CLIENT_LAWS.map(({ id, rows, what, find }): CaseResult => {
    const findings = calls.flatMap((call) => find(call) ?? [])
    return { id, rows, what, findings: findings.length === 0 ? [notShown('no such request was heard')] : findings }
  })
  return { _tag: 'Compared', results: [...laws, ...cases.map(clientResult)], conversations: seen.length }
}

/** @internal What was found in one case. */
export function clientResult({ played: { id, rows, what, trials }, seen }: PlayedClientCase): CaseResult {
  const findings = trials.map((trial, i) => {
    const one = seen[i]
    return one === undefined ? notShown('it was not played') : trial.judge(one, trial)
  })
  return { id, rows, what, findings }
}
