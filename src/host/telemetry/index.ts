/**
 * What a broker does, for those who watch it: metrics, traces, logs. Exported as `hello-negotiation/telemetry`; it names
 * nothing of any runtime, and needs no package.
 *
 * @module
 */
export { jsonLine } from './jsonLine.js'
export { countHello, DURATION_BUCKETS_SECONDS, type HelloLabels, type Histogram, labelsOf, METRIC_PREFIX, type Metrics, NO_METRICS } from './Metrics.js'
export { type MeterLike, openTelemetry, type OpenTelemetryApi, type OpenTelemetryOptions, type TracerLike } from './openTelemetry.js'
export { type Gauges, PROMETHEUS_CONTENT_TYPE, prometheusText } from './prometheusText.js'
export { type HelloSeen, watchHellos } from './watchHellos.js'
