/**
 * The library at its main job, on real sockets: npm run demo
 *
 * This process is the broker; every client is a process of its own, and so is every backend. It ends by itself.
 */
import { once } from 'node:events'
import { describeAckError, fromHex, handoffToken } from 'hello-negotiation'
import { backendLink } from 'hello-negotiation/host/node'
import { Latency, TokenStore } from 'hello-negotiation/step'
import { cleanUp, endAll, endpoint, hello, helloJson, line, lines, runJson, startBackend, startBroker, title } from './stage.mjs'

const SERVICE = { serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: endpoint('zccache'), serverCapabilities: '1' }
const RATE_LIMIT = { maxPerWindow: 5, windowMs: 1_000 }
const ACK_DEADLINE_MS = 400
// Three Hellos a round: fewer in all than the 256 a second that a broker allows a process if it is not told otherwise.
const ROUNDS = 50
const WARM_UP_ROUNDS = 10

try {
  const main = await startBroker('broker', {
    services: [{ ...SERVICE, minVersion: '1.10.0', versionAllowList: ['1.11.20'] }],
    rateLimit: RATE_LIMIT,
  })
  const withSessions = await startBroker('sessions', {
    services: [SERVICE, { ...SERVICE, serviceName: 'orphan' }],
    sessions: { brokerHalf: '01'.repeat(16), daemonHalves: { zccache: '02'.repeat(16) } },
  })

  title('1. A negotiation')
  lines(await hello(main))

  title('2. A handoff token, issued and acknowledged')
  const [granted] = await helloJson(main, '--handoff')
  line(`the client got connection ${granted.connectionId} and a token of ${granted.handlePassedToken.length / 2} bytes`)
  acknowledge(main, granted)
  line('a second ACK for the same token:')
  acknowledge(main, granted)

  title(`3. A handoff token that nobody acknowledges within ${ACK_DEADLINE_MS} ms`)
  const hasty = await startBroker('hasty', { services: [SERVICE], ackDeadlineMs: ACK_DEADLINE_MS })
  const expired = hasty.seen('HandoffExpired')
  const [forgotten] = await helloJson(hasty, '--handoff')
  line(`the client got connection ${forgotten.connectionId}`)
  await expired
  line('an ACK after that:')
  acknowledge(hasty, forgotten)

  title('4. Every kind of refusal')
  showRefusals(await runJson('./refused-clients.mjs', main.path, withSessions.path))

  title(`5. A peer that runs into its limit of ${RATE_LIMIT.maxPerWindow} Hellos in ${RATE_LIMIT.windowMs} ms`)
  const answers = await helloJson(main, '--repeat', `${RATE_LIMIT.maxPerWindow + 2}`)
  answers.forEach(({ outcome, reason, retryAfterMs }, i) =>
    line(`Hello ${i + 1}: ${outcome}${reason === undefined ? '' : `: ${reason}; try again in ${retryAfterMs} ms`}`))
  if (answers.every(({ outcome }) => outcome === 'negotiated')) {
    line('(this platform does not tell the broker who its peers are, so nobody is limited)')
  }

  title('6. A connection handed over: broker, backend and client are three processes')
  const { policy, handoff, willing, deaf } = await startBackends()
  const handing = await startBroker('handing', policy, { handoff })
  line(`the broker is process ${process.pid}, and has started the backend, process ${willing.pid}`)
  const { route } = await visit(handing, 'zccache')
  line(route === 'HandlePassed'
    ? 'The connection that the client has made to the broker leads to the backend now.'
    : '(not handed over: not every platform can pass such a socket to another process; the client has noticed nothing)')

  title('7. Handoffs that come to nothing: the client sees no error, and goes to the backend\'s own endpoint')
  const isTold = ({ _tag }) => _tag === 'HandoffAbandoned' || _tag === 'HandoffFellBack'
  const failing = await startBroker('failing', policy, { handoff: { ...handoff, ackDeadlineMs: 1_000 }, isTold })
  line('A backend that refuses:')
  await visit(failing, 'refusing')
  line('A backend that knows nothing of handoffs; the client waits two seconds for its word:')
  await visit(failing, 'deaf')
  line('The same backend killed, while another one serves its endpoint:')
  deaf.kill()
  await once(deaf, 'exit')
  await visit(failing, 'dead')
  line(`Tokens still pending at the broker: ${TokenStore.pendingCount(failing.broker.state().tokens)}`)

  title(`8. Is it worth it? From the Hello to the backend's answer, ${ROUNDS} times each way`)
  // A backend that fails often is left alone for a while; here every round is to be tried.
  const failureLimit = { maxFailures: Infinity, windowMs: 30_000 }
  const timed = await startBroker('timed', policy, { handoff: { ...handoff, failureLimit }, isTold: () => false })
  const visits = await runJson('./client.mjs', timed.path, `${WARM_UP_ROUNDS + ROUNDS}`, 'zccache', 'refusing', 'unlinked')
  showLatency(
    durations(visits, 'zccache', 'HandlePassed'),
    durations(visits, 'refusing', 'BrokerNegotiated'),
    durations(visits, 'unlinked', 'BrokerNegotiated'),
  )

  await endAll()
  title('Done: the brokers are closed, and the backends have ended.')
} finally {
  await cleanUp()
}

/** What the backend would do on receiving the connection: name the token it was offered. */
function acknowledge({ broker }, { handlePassedToken }) {
  const result = broker.acknowledge(handoffToken(fromHex(handlePassedToken)))
  const said = result._tag === 'Right' ? `acknowledged after ${result.right.waitedMs.toFixed(1)} ms` : describeAckError(result.left)
  line(`backend: ${said}`)
}

/** Backends, and services that differ in what becomes of a handoff; of the last one nothing is ever handed over. */
async function startBackends() {
  const [willing, refusing, deaf] = await Promise.all(['willing', 'refusing', 'deaf'].map(startBackend))
  const toDeaf = backendLink(deaf)
  const links = { zccache: backendLink(willing), refusing: backendLink(refusing), deaf: toDeaf, dead: toDeaf }
  const endpoints = { zccache: 'willing', refusing: 'refusing', deaf: 'deaf', dead: 'willing', unlinked: 'willing' }
  const services = Object.entries(endpoints).map(([serviceName, name]) => ({ ...SERVICE, serviceName, backendPipe: endpoint(name) }))
  return { willing, deaf, policy: { services }, handoff: { linkOf: (serviceName) => links[serviceName] } }
}

/** A client that says Hello for the service, comes to its backend by one route or another, and tells what it heard. */
async function visit(broker, serviceName) {
  const [visited] = await runJson('./client.mjs', broker.path, '1', serviceName)
  const { pid, route, heard, ms } = visited
  line(`client: process ${pid}, route ${route}, hears after ${ms} ms: ${heard}`)
  return visited
}

function durations(visits, serviceName, route) {
  return visits.filter((visit) => visit.serviceName === serviceName).slice(WARM_UP_ROUNDS)
    .filter((visit) => visit.route === route).map(({ ms }) => ms)
}

function showLatency(handedOver, inVain, notOffered) {
  const row = (way, p50, p99) => line(`${way.padEnd(48)}${p50.padStart(9)}${p99.padStart(9)}`)
  const figure = (samples, percent) => Latency.nearestRank(samples, percent)?.toFixed(2) ?? '-'
  const show = (way, samples) => row(way, figure(samples, 50), figure(samples, 99))
  row('MILLISECONDS', 'P50', 'P99')
  show('handed over', handedOver)
  show('offered in vain, then the endpoint dialled', inVain)
  show('not offered, the endpoint dialled at once', notOffered)
  line(`handed over against offered in vain: ${verdict(handedOver, inVain)}`)
  line(`handed over against not offered: ${verdict(handedOver, notOffered)}`)
}

/** Handing over counts as faster only where it is so at both percentiles (SPEC Y1). */
function verdict(handoffMs, fallbackMs) {
  const compared = Latency.compareLatency(handoffMs, fallbackMs)
  if (compared._tag === 'Left') return Latency.describeLatencyError(compared.left)
  const { p50Ms, p99Ms } = Latency.savings(compared.right)
  return `handoff is faster, by ${p50Ms.toFixed(2)} ms at P50 and by ${p99Ms.toFixed(2)} ms at P99`
}

function showRefusals(rows) {
  const header = { what: 'THE CLIENT SENDS', code: 'CODE', reason: 'REASON ON THE WIRE', retryAfterMs: 'RETRY ms' }
  for (const { what, code, reason, retryAfterMs } of [header, ...rows]) {
    console.log(`   ${what.padEnd(36)} ${String(code).padEnd(5)} ${retryAfterMs.padEnd(9)} ${reason}`)
  }
}
