/**
 * The page's parts, drawn from a state and its rows. Nothing here decides anything.
 */
import { describeAckError, describeConsumeError, describeError, Handoffs } from 'hello-negotiation'
import { AckRegistry, RateLimiter, TokenStore } from 'hello-negotiation/step'
import { given } from './given.js'
import { h } from './h.js'
import { progress } from './stages.js'

const ms = (value) => `${value.toLocaleString('en')} ms`
const counted = (n, one) => `${n} ${one}${n === 1 ? '' : 's'}`

/** What came of an event, in a few words. */
export function summary(row) {
  const { event, outcome, nothing, expired, result } = row
  if (outcome !== undefined) {
    return outcome._tag === 'Negotiated' ? `Negotiated, connection ${outcome.reply.connectionId}` : `Refused: ${outcome.reply.reason}`
  }
  if (nothing !== undefined) return nothing
  if (expired !== undefined) {
    return `${counted(expired.overdueAcks.length, 'handoff')} overdue, ${counted(expired.expiredTokens, 'more token')} expired`
  }
  if (result._tag === 'Right') return event.kind === 'consume' ? 'the token is consumed' : 'the handoff is acknowledged'
  return event.kind === 'consume' ? describeConsumeError(result.left) : describeAckError(result.left)
}

const KINDS = { hello: 'Hello', acknowledge: 'ACK', consume: 'Token presented', expire: 'Sweep' }

/** Whether an event went well, went wrong, or did nothing. */
function mood(row) {
  if (row.outcome !== undefined) return row.outcome._tag === 'Negotiated' ? 'good' : 'bad'
  if (row.result !== undefined) return row.result._tag === 'Right' ? 'good' : 'bad'
  return 'calm'
}

/** Everything that has happened, the latest first. */
export function history(rows, selected, select) {
  if (rows.length === 0) return h('p', { class: 'hint' }, 'Nothing yet.')
  return h('ol', { class: 'history', reversed: true }, ...rows.map((row, i) => h('li', {},
    h('button', { type: 'button', id: `event-${i}`, class: mood(row), 'aria-current': i === selected ? 'true' : undefined, onclick: () => select(i) },
      h('span', { class: 'at' }, ms(row.event.atMs)), h('span', { class: 'kind' }, KINDS[row.event.kind]), h('span', {}, summary(row)))))
    .reverse())
}

/** How far a Hello came. Before the first, and for what is no Hello, no step is reached. */
export function stages(row, policy) {
  const things = row?.outcome === undefined ? {} : given(row, policy)
  const steps = progress(row?.outcome, { hasSessions: policy.sessions !== undefined })
  return h('div', {}, why(row),
    h('ol', { class: 'stages' }, ...steps.map(({ name, does, spec, is, says }) =>
      h('li', { class: is, title: `${does} (SPEC ${spec})` }, h('b', {}, name),
        h('span', { class: 'says' }, says ?? (is === 'unreached' ? 'not reached' : is)),
        h('span', { class: 'given' }, is === 'unreached' ? '' : things[name])))))
}

function why(row) {
  if (row === undefined) return h('p', { class: 'why calm' }, 'No Hello has been said yet. Press “Send Hello”.')
  return h('p', { class: `why ${mood(row)}` }, h('b', {}, summary(row)), whyOf(row))
}

function whyOf({ event, outcome }) {
  if (outcome === undefined) return ` — ${KINDS[event.kind]}, which is no Hello: it takes none of these steps`
  return ` — ${outcome._tag === 'Refused' ? describeError(outcome.error) : tokenText(outcome.handoff)}`
}

function tokenText(handoff) {
  switch (handoff._tag) {
    case 'Granted': return 'a one-time token came with it; its backend has until the deadline to acknowledge'
    case 'Withheld': return 'no token could be issued, so the client goes to the backend’s endpoint'
    default: return 'without a token: the client goes to the backend’s endpoint'
  }
}

/** What the broker remembers, at its own instant. */
export function memory({ state, policy, tokens, rows, brokerMs }) {
  const windows = [...RateLimiter.windows(state.limiter)]
  return h('div', { class: 'memory' },
    panel('Rate limit', `at most ${policy.rateLimit.maxPerWindow} in ${ms(policy.rateLimit.windowMs)}, by process`,
      windows.length === 0 ? ['no window is open'] : windows.map((window) => gauge(window, policy.rateLimit, brokerMs))),
    panel('Tokens', `each lives ${ms(policy.tokenStore.ttlMs)}`, [
      `${TokenStore.pendingCount(state.tokens)} pending${due(TokenStore.nextDeadlineMs(state.tokens), brokerMs)}`,
      ...latest(tokens.map(({ token, n }) => `of connection ${rows[n].outcome.reply.connectionId}: ${tokenState(state, token, brokerMs)}`)),
    ]),
    panel('Handoffs', `to be acknowledged within ${ms(policy.ackDeadlineMs)}`, [
      `${AckRegistry.pendingCount(state.acks)} pending${due(AckRegistry.nextDeadlineMs(state.acks), brokerMs)}`,
      ...latest(AckRegistry.pendingHandoffs(state.acks).map(({ connectionId, serviceName }) => `${serviceName}, connection ${connectionId}`)),
    ]))
}

/** A step is a function: what would come of presenting the token can be asked without doing it. */
function tokenState(state, token, nowMs) {
  const { value } = Handoffs.consume(state, token, token, nowMs)
  return value._tag === 'Right' ? 'can be presented' : 'is spent or gone'
}

const LINES_MAX = 5

/** The latest few of many, and how many more there are. */
function latest(lines) {
  const shown = lines.slice(-LINES_MAX).reverse()
  return lines.length > LINES_MAX ? [...shown, `and ${lines.length - LINES_MAX} before`] : shown
}

const due = (deadlineMs, nowMs) => (deadlineMs === undefined ? '' : `, next due in ${ms(deadlineMs - nowMs)}`)

function panel(title, what, lines) {
  return h('section', {}, h('h3', {}, title), h('p', { class: 'hint' }, what), ...lines.map((line) => h('div', {}, line)))
}

function gauge([pid, { count, openedMs }], { maxPerWindow, windowMs }, nowMs) {
  const leftMs = openedMs + windowMs - nowMs
  return h('div', { class: 'gauge' }, h('span', {}, `pid ${pid}: ${count} of ${maxPerWindow}`),
    h('meter', { min: 0, max: maxPerWindow, value: count, 'aria-label': `Hellos of pid ${pid}` }),
    h('span', { class: 'hint' }, `opened at ${ms(openedMs)}, ${leftMs > 0 ? `${ms(leftMs)} left` : 'over'}`))
}
