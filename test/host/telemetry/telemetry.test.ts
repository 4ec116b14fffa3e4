/**
 * Metrics, traces and logs of a broker, whatever its peers send.
 */
import * as api from '@opentelemetry/api'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import * as fc from 'fast-check'
import { type Broker, type BrokerEvent, createBroker, handoffToken, type Policy, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
import {
  countHello, type HelloSeen, jsonLine, type Metrics, NO_METRICS, openTelemetry, prometheusText, watchHellos,
} from 'hello-negotiation/telemetry'
import { arbitraryPeer } from 'hello-negotiation/testing'
import { encodeFrame, encodeFramed, encodeHello, frame, hello } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { rightOf } from '../../support/negotiate.js'

const POLICY: Policy = rightOf(parsePolicy({
  services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock', serverCapabilities: 1 }],
}))
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function request(fields: Parameters<typeof hello>[0], traceparent = ''): Uint8Array {
  const payload = encodeHello(hello({ clientMinProtocol: 1, clientMaxProtocol: 1, serviceName: 'zccache', wantedVersion: '1.11.20', ...fields }))
  return rightOf(encodeFramed(encodeFrame(frame({ envelopeVersion: 1, payload, traceparent }))) as never)
}

/** A broker that is watched, and what was seen of it. */
function watched(policy: Policy = POLICY, clock: () => number = () => 0): { readonly broker: Broker; readonly seen: Array<HelloSeen>; readonly events: Array<BrokerEvent> } {
  const seen: Array<HelloSeen> = []
  const events: Array<BrokerEvent> = []
  const broker = watchHellos((onEvent) => createBroker({
    policy, clock,
    onEvent: (event) => {
      onEvent(event)
      events.push(event)
    },
  }), (hello) => void seen.push(hello))
  return { broker, seen, events }
}

describe('watchHellos', () => {
  it('tells each Hello once, and answers as it would unwatched (laws 1 and 2)', () => {
    const requests = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(request({}), request({ serviceName: 'nobody' }))), { maxLength: 8 })
    fc.assert(fc.property(requests, arbitraryPeer(), (requests, peer) => {
      const { broker, seen, events } = watched()
      const plain = createBroker({ policy: POLICY, clock: () => 0 })
      for (const bytes of requests) expect(broker.exchange(bytes, peer).outcome).toEqual(plain.exchange(bytes, peer).outcome)
      expect(seen.map(({ event }) => event)).toEqual(events.filter(({ _tag }) => _tag === 'Negotiated' || _tag === 'Refused'))
    }))
  })

  it('says how long a connection took to its answer, however that came about', () => {
    let nowMs = 100
    const { broker, seen } = watched(POLICY, () => nowMs)
    const bytes = request({})
    for (const finish of [
      (session: ReturnType<typeof sessionOf>) => session.push(bytes.subarray(3)),
      (session: ReturnType<typeof sessionOf>) => session.pushEnd(),
      (session: ReturnType<typeof sessionOf>) => ((nowMs += 30_000), session.expire()),
    ]) {
      const session = sessionOf(broker)
      session.push(bytes.subarray(0, 3))
      nowMs += 40
      finish(session)
      session.push(bytes)
    }
    expect(seen.map(({ event, tookMs }) => [event._tag, tookMs])).toEqual([['Negotiated', 40], ['Refused', 40], ['Refused', 30_040]])
  })

  it('tells a Hello whose listener says Hello itself, with an answer of its own (law 1)', () => {
    fc.assert(fc.property(fc.nat({ max: 3 }), fc.boolean(), (deep, isBefore) => {
      const seen: Array<HelloSeen> = []
      let left = deep
      const broker: Broker = watchHellos((watch) => createBroker({
        policy: POLICY,
        onEvent: (event) => {
          if (!isBefore) watch(event)
          left -= 1
          if (left >= 0) broker.exchange(request({ serviceName: left === 0 ? 'nobody' : 'zccache' }), UNVERIFIED_PEER)
          if (isBefore) watch(event)
        },
      }), (hello) => void seen.push(hello))
      broker.exchange(request({}), UNVERIFIED_PEER)
      // The innermost has its answer first, and is the one that nobody serves.
      expect(seen.map(({ event }) => event._tag)).toEqual([...(deep > 0 ? ['Refused'] : []), ...Array<string>(Math.max(1, deep)).fill('Negotiated')])
    }))
  })

  it('is not disturbed by a watcher that throws', () => {
    const broker = watchHellos((onEvent) => createBroker({ policy: POLICY, onEvent }), () => {
      throw new Error('full')
    })
    expect(broker.exchange(request({}), UNVERIFIED_PEER).outcome._tag).toBe('Negotiated')
  })
})

const sessionOf = (broker: Broker) => rightOf(broker.accept(UNVERIFIED_PEER))

/** Reads the text format as its definition says, and knows nothing of how it was written. */
function samplesIn(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, name = '', labels = '', value = ''] = /^([a-z_0-9]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/.exec(line) ?? []
    expect(name, line).not.toBe('')
    samples.set(`${name}{${labels}}`, value === '+Inf' ? Infinity : Number(value))
  }
  return samples
}

const GAUGES = { connectionsOpen: 2, uptimeSeconds: 9 }
const counted = (all: ReadonlyArray<HelloSeen>): Metrics => all.reduce(countHello, NO_METRICS)

describe('metrics (SPEC M7)', () => {
  it('count every Hello, never fall, and have as many series as the policy has services, whatever peers say (laws 1–3)', () => {
    const hellos = fc.array(fc.oneof(fc.string(), fc.constantFrom('zccache', 'nobody')), { maxLength: 40 })
    fc.assert(fc.property(hellos, (names) => {
      const { broker, seen } = watched()
      const totals: Array<number> = [0]
      for (const [i, serviceName] of names.entries()) {
        broker.exchange(request({ serviceName, wantedVersion: `1.11.${i}`, peerPid: 0 }), UNVERIFIED_PEER)
        totals.push([...counted(seen).helloTotal.values()].reduce((sum, { count }) => sum + count, 0))
      }
      expect(totals).toEqual(totals.map((_, i) => i))
      const samples = samplesIn(prometheusText(counted(seen), GAUGES))
      expect([...samples].filter(([name]) => name.includes('hello_total')).length).toBeLessThanOrEqual(1 + 10)
      const durations = [...samples].filter(([name]) => name.startsWith('running_process_broker_v1_hello_duration_seconds_count'))
      expect(durations.reduce((sum, [, value]) => sum + value, 0)).toBe(names.length)
    }))
  })

  it('are written in the order of M7, with what stands for now behind', () => {
    const { broker, seen } = watched()
    broker.exchange(request({}), UNVERIFIED_PEER)
    broker.exchange(request({ serviceName: 'nobody' }), UNVERIFIED_PEER)
    const text = prometheusText(counted(seen), GAUGES)
    expect(text.split('\n').filter((line) => line.startsWith('# TYPE'))).toEqual([
      '# TYPE running_process_broker_v1_hello_total counter', '# TYPE running_process_broker_v1_hello_duration_seconds histogram',
      '# TYPE running_process_broker_v1_connections_open gauge', '# TYPE running_process_broker_v1_uptime_seconds gauge',
    ])
    const samples = samplesIn(text)
    expect(samples.get('running_process_broker_v1_hello_total{service="zccache",version="1.11.20",outcome="negotiated"}')).toBe(1)
    expect(samples.get('running_process_broker_v1_hello_total{service="",version="",outcome="service_unknown"}')).toBe(1)
    expect(samples.get('running_process_broker_v1_connections_open{}')).toBe(2)
    expect(samples.get('running_process_broker_v1_hello_duration_seconds_bucket{service="zccache",le="+Inf"}')).toBe(1)
  })

  it('fill buckets that count what came before them too', () => {
    const { broker, seen } = watched()
    broker.exchange(request({}), UNVERIFIED_PEER)
    const [one] = seen
    if (one === undefined) throw new Error('one was said')
    const text = prometheusText(counted([0.05, 0.2, 7, 1e9].map((tookMs) => ({ ...one, tookMs }))), GAUGES)
    const buckets = [...samplesIn(text)].filter(([name]) => name.includes('_bucket')).map(([, value]) => value)
    expect(buckets).toEqual([1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4])
  })

  it('escape what a version may hold', () => {
    const version = 'a"b\\c\nd'
    const { broker, seen } = watched(rightOf(parsePolicy({ services: [{ serviceName: 'zccache', daemonVersion: version, backendPipe: '/run/z' }] })))
    broker.exchange(request({}), UNVERIFIED_PEER)
    expect(prometheusText(counted(seen), GAUGES)).toContain('version="a\\"b\\\\c\\nd"')
  })
})

describe('openTelemetry', () => {
  it('counts, measures and traces under the names of M7, as a child of the trace that the frame carries (SPEC M7, C8)', async () => {
    const metricsOut = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter: metricsOut, exportIntervalMillis: 1_000_000, exportTimeoutMillis: 1_000 })
    const spansOut = new InMemorySpanExporter()
    const meters = new MeterProvider({ readers: [reader] })
    const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spansOut)] })
    const watch = openTelemetry({ api, meter: meters.getMeter('test'), tracer: tracers.getTracer('test'), wallClock: () => 1_700_000_000_000 })
    const broker = watchHellos((onEvent) => createBroker({ policy: POLICY, onEvent, clock: () => 0 }), watch)
    broker.exchange(request({}, TRACEPARENT), UNVERIFIED_PEER)
    broker.exchange(request({ serviceName: 'nobody' }, TRACEPARENT), UNVERIFIED_PEER)
    await reader.forceFlush()

    const [yes, no] = spansOut.getFinishedSpans()
    expect(yes?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c')
    expect(yes?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
    expect(yes?.attributes).toMatchObject({ 'hello.outcome': 'negotiated', 'hello.service': 'zccache', 'hello.connection_id': '1' })
    expect(no?.status).toEqual({ code: api.SpanStatusCode.ERROR, message: 'service_unknown' })
    expect(no?.attributes).toMatchObject({ 'hello.error': 'UnknownService', 'hello.code': 2 })
    const metrics = metricsOut.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    expect(metrics.map(({ descriptor }) => descriptor.name)).toEqual(['running_process_broker_v1_hello_total', 'running_process_broker_v1_hello_duration_seconds'])
    expect(metrics[0]?.dataPoints.map(({ attributes, value }) => [attributes['outcome'], value])).toEqual([['negotiated', 1], ['service_unknown', 1]])
    await meters.shutdown()
    await tracers.shutdown()
  })
})

describe('jsonLine', () => {
  it('is an object a line for every event, and has no byte of a token in it (laws 1 and 2)', () => {
    const secret = 0xab
    const broker = createBroker({
      policy: POLICY, clock: () => 0, random: (count) => new Uint8Array(count).fill(secret),
      onEvent: (event) => {
        const line = jsonLine(event, new Date(0))
        expect(Object.keys(JSON.parse(line) as object).slice(0, 3)).toEqual(['time', 'tag', 'text'])
        expect(line).not.toMatch(/\n|abab|171,171|«/)
        lines.push(line)
      },
    })
    const lines: Array<string> = []
    for (const fields of [{ clientCapabilities: 1n }, { serviceName: 'no\nbody' }, { wantedVersion: '"' }]) broker.exchange(request(fields), UNVERIFIED_PEER)
    const token = handoffToken(new Uint8Array(16).fill(secret))
    if (token === undefined) throw new Error('16 bytes are a token')
    broker.acknowledge(token)
    broker.acknowledge(token)
    broker.consume(token, token)
    const tags = ['Negotiated', 'HandoffIssued', 'Refused', 'Refused', 'HandoffAcknowledged', 'AckRefused', 'TokenRefused']
    expect(lines.map((line) => (JSON.parse(line) as { readonly tag: string }).tag)).toEqual(tags)
    expect(jsonLine({ _tag: 'ReplyUnwritten', peer: UNVERIFIED_PEER }, new Date(0))).toContain('could not be written')
    expect(jsonLine({ _tag: 'TokenConsumed', nowMs: 0 }, new Date(NaN))).toContain('{"time":null,')
  })

  const LONGEST = 256
  const refusedFor = (serviceName: string): BrokerEvent =>
    ({ _tag: 'Refused', nowMs: 0, peer: UNVERIFIED_PEER, error: { _tag: 'InvalidServiceName', actual: serviceName }, code: 6, blame: 'PeerMisbehaved' })
  const actualIn = (line: string): string => (JSON.parse(line) as { readonly error: { readonly actual: string } }).error.actual

  it('moves no cursor and turns no reading around, and is read back as what was sent (law 3)', () => {
    const text = fc.string({ unit: 'binary', maxLength: LONGEST / 2 })
    fc.assert(fc.property(fc.oneof(text, fc.constantFrom('\u009b31m', '\u202e', '\u2028', '\u{e0001}', '\\u009b')), (name) => {
      const line = jsonLine(refusedFor(name), new Date(0))
      expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      expect(actualIn(line)).toBe(name)
    }))
  })

  it('is no longer for a stranger who sends more (law 4)', () => {
    fc.assert(fc.property(fc.integer({ min: LONGEST + 1, max: 60_000 }), (length) => {
      const line = jsonLine(refusedFor('x'.repeat(length)), new Date(0))
      expect(actualIn(line)).toBe(`${'x'.repeat(LONGEST)}… (${length} in all)`)
      expect(line.length).toBeLessThan(1_000)
    }))
  })

  it('has sets as lists, maps as objects, and bytes as their number, whoever made them', () => {
    const error = { _tag: 'OutsideAllowList', actual: '1.0.0', allowList: new Set(['1.11.20', '1.11.21']) }
    const happened = { _tag: 'Refused', nowMs: 0, peer: UNVERIFIED_PEER, error, code: 8, blame: 'PeerIncompatible' } as never
    expect(jsonLine(happened, new Date(0))).toContain('"allowList":["1.11.20","1.11.21"]')
    const smuggled = { _tag: 'TokensExpired', nowMs: 0, count: new Map<string, unknown>([['a', Uint8Array.of(171, 171)], ['b', Buffer.of(171, 171)], ['c', handoffToken(new Uint8Array(16).fill(171))]]) } as never
    expect(jsonLine(smuggled, new Date(0))).toContain('"count":{"a":"2 bytes","b":"2 bytes","c":"<redacted>"}')
  })
})
