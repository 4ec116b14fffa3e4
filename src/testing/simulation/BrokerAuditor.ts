/**
 * Whoever watches a broker: holds each of its steps against every law, and keeps the ledger.
 *
 * **State** the ledger, how often a law was asked, and what was broken.
 */
import { type BrokerLaw, BROKER_LAWS } from './BrokerLaws.js'
import { type BrokerLedger, brokerLedger, note } from './BrokerLedger.js'
import type { BrokerState } from '../../negotiate/BrokerState.js'
import type { Seen } from './Twin.js'

/**
 * A law that does not hold, and what shows it.
 *
 * @category model
 * @since 0.1.0
 */
export interface Breach {
  readonly law: string
  readonly detail: string
}

/**
 * Watches one broker.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerAuditor {
  readonly watch: (seen: Seen) => ReadonlyArray<Breach>
  readonly ledger: () => BrokerLedger
  readonly lawsChecked: () => number
}

const ALL = Object.entries(BROKER_LAWS)

/** Where the past is forgotten, only what needs none can be asked. */
const WITHOUT_PAST = ALL.filter(([name]) => /model|snapshot|may be/.test(name))

/** Where nothing has changed and nobody was told anything, every other law holds if it held before. */
const WITHOUT_CHANGE = ALL.filter(([name]) => /model/.test(name))

/**
 * An auditor for a broker that starts with this memory.
 *
 * @category constructors
 * @since 0.1.0
 */
export function brokerAuditor(state: BrokerState): BrokerAuditor {
  let ledger = brokerLedger(state)
  let lawsChecked = 0

  function ask(laws: ReadonlyArray<readonly [string, BrokerLaw]>, seen: Seen): ReadonlyArray<Breach> {
    lawsChecked += laws.length
    const breaches: Array<Breach> = []
    for (const [law, broken] of laws) for (const detail of broken(seen, ledger)) breaches.push({ law, detail })
    return breaches
  }

  return {
    watch: (seen) => {
      if (isNothing(seen)) return ask(WITHOUT_CHANGE, seen)
      const isAnew = seen.step === 'Lose' || seen.step === 'Restore'
      if (isAnew) ledger = brokerLedger(seen.after)
      else note(ledger, seen)
      return ask(isAnew ? WITHOUT_PAST : ALL, seen)
    },
    ledger: () => ledger,
    lawsChecked: () => lawsChecked,
  }
}

function isNothing({ after, answer, before, events, step }: Seen): boolean {
  const mayBeIdle = step === 'Accept' || step === 'Expire' || step === 'Push' || step === 'PushEnd'
  return mayBeIdle && after === before && answer === undefined && events.length === 0
}
