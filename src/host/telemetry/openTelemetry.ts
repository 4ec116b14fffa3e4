/**
 * Hellos as OpenTelemetry's metrics and spans, under the names of SPEC M7 and as children of the trace that a Hello's frame
 * carries (SPEC C8).
 *
 * The API package is handed in, and only its types' shapes are known here: whoever does not use this does not need it.
 */
import { labelsOf, METRIC_PREFIX } from './Metrics.js'
import type { HelloSeen } from './watchHellos.js'

/**
 * The parts of `@opentelemetry/api` that are used: the package itself is one.
 *
 * @category model
 * @since 0.1.0
 */
export interface OpenTelemetryApi<Context> {
  readonly ROOT_CONTEXT: Context
  readonly SpanKind: { readonly SERVER: number }
  readonly SpanStatusCode: { readonly ERROR: number }
  readonly trace: {
    readonly setSpanContext: (
      context: Context, span: { readonly traceId: string; readonly spanId: string; readonly traceFlags: number; readonly isRemote: boolean },
    ) => Context
  }
}

type Attributes = Readonly<Record<string, string | number>>

/**
 * What of a meter is used.
 *
 * @category model
 * @since 0.1.0
 */
export interface MeterLike {
  readonly createCounter: (name: string, options: { readonly description: string }) => { readonly add: (count: number, attributes: Record<string, string>) => void }
  readonly createHistogram: (
    name: string, options: { readonly description: string; readonly unit: string },
  ) => { readonly record: (value: number, attributes: Record<string, string>) => void }
}

/**
 * What of a tracer is used.
 *
 * @category model
 * @since 0.1.0
 */
export interface TracerLike<Context> {
  readonly startSpan: (name: string, options: { kind: number; startTime: number; attributes: Record<string, string | number> }, context: Context) => {
    readonly setStatus: (status: { code: number; message: string }) => unknown
    readonly end: (endTime: number) => void
  }
}

/**
 * Where to tell Hellos.
 *
 * @category model
 * @since 0.1.0
 */
export interface OpenTelemetryOptions<Context> {
  readonly api: OpenTelemetryApi<Context>
  readonly meter?: MeterLike
  readonly tracer?: TracerLike<Context>
  /** The time of day in milliseconds, as spans are dated; the process's own if not given. */
  readonly wallClock?: () => number
}

/**
 * What to watch Hellos with: each becomes a count, a duration and a span.
 *
 * @category constructors
 * @since 0.1.0
 */
export function openTelemetry<Context>({ api, meter, tracer, wallClock = Date.now }: OpenTelemetryOptions<Context>): (seen: HelloSeen) => void {
  const total = meter?.createCounter(`${METRIC_PREFIX}hello_total`, { description: 'Hellos answered.' })
  const duration = meter?.createHistogram(`${METRIC_PREFIX}hello_duration_seconds`, {
    description: 'From the beginning of a connection to its answer.', unit: 's',
  })

  return (seen) => {
    const labels = labelsOf(seen)
    total?.add(1, { ...labels })
    duration?.record(seen.tookMs / 1_000, { service: labels.service })
    if (tracer !== undefined) endSpan(api, tracer, seen, wallClock())
  }
}

function endSpan<Context>(api: OpenTelemetryApi<Context>, tracer: TracerLike<Context>, seen: HelloSeen, endMs: number): void {
  const { event, tookMs } = seen
  const attributes = { ...attributesOf(seen) }
  const span = tracer.startSpan('hello', { kind: api.SpanKind.SERVER, startTime: endMs - tookMs, attributes }, parentOf(api, event))
  if (event._tag === 'Refused') span.setStatus({ code: api.SpanStatusCode.ERROR, message: labelsOf(seen).outcome })
  span.end(endMs)
}

function attributesOf(seen: HelloSeen): Attributes {
  const { event } = seen
  const { service, version, outcome } = labelsOf(seen)
  const common = { 'hello.outcome': outcome, 'process.pid': event.peer.pid }
  return event._tag === 'Negotiated'
    ? { ...common, 'hello.service': service, 'hello.version': version, 'hello.connection_id': String(event.connectionId) }
    : { ...common, 'hello.code': event.code, 'hello.error': event.error._tag }
}

/** The trace that the frame carried, which is legal where it is told (DIV-C1); otherwise a Hello begins its own. */
function parentOf<Context>(api: OpenTelemetryApi<Context>, event: HelloSeen['event']): Context {
  const header = event._tag === 'Negotiated' ? event.trace.find(([name]) => name === 'traceparent')?.[1] : undefined
  const [, traceId, spanId, flags] = header?.split('-') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return api.ROOT_CONTEXT
  return api.trace.setSpanContext(api.ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true })
}
