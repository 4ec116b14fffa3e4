/**
 * A broker's metrics, under the frozen names of SPEC M7: counts as a record, and one step that counts.
 *
 * **State** counts by label, and one histogram a service. Labels come from the policy alone: a Hello for a service that is
 * not registered counts under no name, so no peer can make the record grow.
 *
 * **Laws**
 *  1. No count ever falls.
 *  2. The counts of `hello_total` add up to the Hellos seen, and so do those of `hello_duration_seconds`.
 *  3. There are at most as many series as services, times outcomes.
 *
 * **Not here** what a broker alone cannot know, of the names of M7: backends that run, spawns, descriptors.
 */
import { ErrorCode } from '../../wire/messages/enums.js'
import type { HelloSeen } from './watchHellos.js'

/**
 * The prefix of every name (SPEC M7).
 *
 * @category constants
 * @since 0.1.0
 */
export const METRIC_PREFIX = 'running_process_broker_v1_'

/**
 * The upper edges of the histogram's buckets, in seconds; the last bucket has none.
 *
 * @category constants
 * @since 0.1.0
 */
export const DURATION_BUCKETS_SECONDS: ReadonlyArray<number> = Object.freeze([0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30])

/**
 * What tells a Hello's series apart; empty where it has no service.
 *
 * @category model
 * @since 0.1.0
 */
export interface HelloLabels {
  readonly service: string
  readonly version: string
  readonly outcome: string
}

/**
 * How long Hellos took: how many in each bucket and behind the last, and all of them together.
 *
 * @category model
 * @since 0.1.0
 */
export interface Histogram {
  readonly counts: ReadonlyArray<number>
  readonly sumSeconds: number
}

/**
 * The counts so far.
 *
 * @category model
 * @since 0.1.0
 */
export interface Metrics {
  readonly helloTotal: ReadonlyMap<string, { readonly labels: HelloLabels; readonly count: number }>
  readonly helloDuration: ReadonlyMap<string, Histogram>
}

/**
 * Nothing counted yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const NO_METRICS: Metrics = Object.freeze({ helloTotal: new Map(), helloDuration: new Map() })

/**
 * Counts a Hello.
 *
 * @category steps
 * @since 0.1.0
 */
export function countHello(metrics: Metrics, seen: HelloSeen): Metrics {
  const labels = labelsOf(seen)
  const key = `${labels.service} ${labels.version} ${labels.outcome}`
  const count = (metrics.helloTotal.get(key)?.count ?? 0) + 1
  return {
    helloTotal: new Map(metrics.helloTotal).set(key, { labels, count }),
    helloDuration: new Map(metrics.helloDuration).set(labels.service, observed(metrics.helloDuration.get(labels.service), seen.tookMs / 1_000)),
  }
}

/**
 * A Hello's labels: service and version where it was negotiated; the outcome is `negotiated`, or what its refusal's code says.
 *
 * @category queries
 * @since 0.1.0
 */
export function labelsOf({ event }: HelloSeen): HelloLabels {
  if (event._tag === 'Negotiated') return { service: event.serviceName, version: event.daemonVersion, outcome: 'negotiated' }
  return { service: '', version: '', outcome: OUTCOMES.get(event.code) ?? 'other' }
}

const OUTCOMES: ReadonlyMap<number, string> = new Map(Object.entries(ErrorCode)
  .map(([name, code]) => [code, name.replace(/^ERROR_(?:CODE_)?/, '').toLowerCase()]))

const NONE: Histogram = { counts: [...DURATION_BUCKETS_SECONDS, Infinity].map(() => 0), sumSeconds: 0 }

function observed({ counts, sumSeconds }: Histogram = NONE, seconds: number): Histogram {
  const edge = DURATION_BUCKETS_SECONDS.findIndex((edge) => seconds <= edge)
  const bucket = edge < 0 ? DURATION_BUCKETS_SECONDS.length : edge
  return { counts: counts.map((count, i) => (i === bucket ? count + 1 : count)), sumSeconds: sumSeconds + seconds }
}
