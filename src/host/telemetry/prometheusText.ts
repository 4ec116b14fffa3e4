/**
 * Metrics in the text format that Prometheus reads (exposition format 0.0.4), in the order of SPEC M7.
 */
import { DURATION_BUCKETS_SECONDS, type Histogram, METRIC_PREFIX, type Metrics } from './Metrics.js'

/**
 * What is so at the moment, and is not counted: told by the host.
 *
 * @category model
 * @since 0.1.0
 */
export interface Gauges {
  readonly connectionsOpen: number
  readonly uptimeSeconds: number
}

/**
 * The content type that goes with the text.
 *
 * @category constants
 * @since 0.1.0
 */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * The text.
 *
 * @example
 * import assert from 'node:assert'
 * import { NO_METRICS, prometheusText } from 'hello-negotiation/telemetry'
 *
 * const text = prometheusText(NO_METRICS, { connectionsOpen: 3, uptimeSeconds: 60 })
 * assert.match(text, /^running_process_broker_v1_connections_open 3$/m)
 *
 * @category encodings
 * @since 0.1.0
 */
export function prometheusText({ helloTotal, helloDuration }: Metrics, { connectionsOpen, uptimeSeconds }: Gauges): string {
  return [
    ...family('hello_total', 'counter', 'Hellos answered.', [...helloTotal.values()].map(({ labels, count }) => sample('', { ...labels }, count))),
    ...family('hello_duration_seconds', 'histogram', 'From the beginning of a connection to its answer.',
      [...helloDuration].flatMap(([service, histogram]) => samplesOf(service, histogram))),
    ...family('connections_open', 'gauge', 'Connections that are open.', [sample('', {}, connectionsOpen)]),
    ...family('uptime_seconds', 'gauge', 'Since the broker was started.', [sample('', {}, uptimeSeconds)]),
    '',
  ].join('\n')
}

type Sample = (name: string) => string

function family(name: string, type: string, help: string, samples: ReadonlyArray<Sample>): ReadonlyArray<string> {
  const full = `${METRIC_PREFIX}${name}`
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...samples.map((of) => of(full))]
}

function sample(suffix: string, labels: Readonly<Record<string, string>>, value: number): Sample {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return (name) => `${name}${suffix}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

/** Buckets count all that came before them too. */
function samplesOf(service: string, { counts, sumSeconds }: Histogram): ReadonlyArray<Sample> {
  const edges = [...DURATION_BUCKETS_SECONDS.map(String), '+Inf']
  const upTo = (last: number): number => counts.slice(0, last + 1).reduce((sum, count) => sum + count, 0)
  return [
    ...edges.map((le, i) => sample('_bucket', { service, le }, upTo(i))),
    sample('_sum', { service }, sumSeconds), sample('_count', { service }, upTo(counts.length)),
  ]
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}
