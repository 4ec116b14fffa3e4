/**
 * The page's parts, drawn from a state and its rows. Nothing here decides anything.
 */
import { describeAckError, describeConsumeError, describeError } from 'hello-negotiation'
import { AckRegistry, RateLimiter, TokenStore } from 'hello-negotiation/step'
import { inspectBytes } from '../../dist/host/command/inspect/index.js'
import { progress } from './stages.js'

/** An element with attributes and children; text is text, never markup. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value)
  }
  element.append(...children.filter((child) => child !== undefined && child !== ''))
  return element
}

const ms = (value) => `${value.toLocaleString('en')} ms`

/** What came of an event, in a few words. */
export function summary(row) {
  if (row.outcome !== undefined) return row.outcome._tag === 'Negotiated' ? `Negotiated, connection ${row.outcome.reply.connectionId}` : `Refused: ${row.outcome.reply.reason}`
  if (row.nothing !== undefined) return row.nothing
  if (row.expired !== undefined) return `${row.expired.overdueAcks.length} handoffs overdue, ${row.expired.expiredTokens} more tokens expired`
  if (row.result._tag === 'Right') return row.event.kind === 'consume' ? 'the token is consumed' : 'the handoff is acknowledged'
  return row.event.kind === 'consume' ? describeConsumeError(row.result.left) : describeAckError(row.result.left)
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
  if (rows.length === 0) return h('p', { class: 'hint' }, 'Nothing has happened yet. Press “Send Hello”.')
  return h('ol', { class: 'history', reversed: true }, ...rows.map((row, i) => h('li', {},
    h('button', { class: mood(row), 'aria-current': i === selected ? 'true' : undefined, onclick: () => select(i) },
      h('span', { class: 'at' }, ms(row.event.atMs)), h('span', { class: 'kind' }, KINDS[row.event.kind]), h('span', {}, summary(row)))))
    .reverse())
}

/** How far a Hello came. */
export function stages(row) {
  if (row?.outcome === undefined) return h('p', { class: 'hint' }, row === undefined ? '' : summary(row))
  const { outcome } = row
  const why = outcome._tag === 'Refused' ? describeError(outcome.error) : tokenText(outcome.handoff)
  return h('div', {},
    h('ol', { class: 'stages' }, ...progress(outcome).map(({ name, does, spec, is, says = is === 'unreached' ? 'not reached' : is }) =>
      h('li', { class: is, title: `${does} (SPEC ${spec})` }, h('b', {}, name), h('span', {}, says)))),
    h('p', { class: `why ${mood(row)}` }, h('b', {}, summary(row)), ' — ', why))
}

function tokenText(handoff) {
  switch (handoff._tag) {
    case 'Granted': return 'a one-time token came with it; its backend has until the deadline to acknowledge'
    case 'Withheld': return 'no token could be issued, so the client goes to the backend’s endpoint'
    default: return 'without a token: the client goes to the backend’s endpoint'
  }
}

/** What the broker remembers at an instant. */
export function memory(state, policy, nowMs) {
  const windows = [...RateLimiter.windows(state.limiter)]
  const handoffs = AckRegistry.pendingHandoffs(state.acks)
  return h('div', { class: 'memory' },
    panel('Rate limit', `${policy.rateLimit.maxPerWindow} Hellos in ${ms(policy.rateLimit.windowMs)}, by process`,
      windows.length === 0 ? 'no window is open' : windows.map(([pid, { count, openedMs }]) => gauge(
        `pid ${pid}`, count, policy.rateLimit.maxPerWindow, `opened at ${ms(openedMs)}${nowMs - openedMs >= policy.rateLimit.windowMs ? ', over' : `, ${ms(openedMs + policy.rateLimit.windowMs - nowMs)} left`}`))),
    panel('Tokens', `pending at most ${policy.tokenStore.maxPending}, each for ${ms(policy.tokenStore.ttlMs)}`,
      `${TokenStore.pendingCount(state.tokens)} pending${due(TokenStore.nextDeadlineMs(state.tokens), nowMs)}`),
    panel('Handoffs', `to be acknowledged within ${ms(policy.ackDeadlineMs)}`,
      handoffs.length === 0 ? 'none is pending' : [...handoffs.map(({ connectionId, serviceName }) => h('div', {}, `${serviceName}, connection ${connectionId}`)),
        h('div', {}, `the oldest${due(AckRegistry.nextDeadlineMs(state.acks), nowMs)}`)]))
}

const due = (deadlineMs, nowMs) => (deadlineMs === undefined ? '' : `, due in ${ms(deadlineMs - nowMs)}`)

function panel(title, what, content) {
  return h('section', {}, h('h3', {}, title), h('p', { class: 'hint' }, what), ...[content].flat())
}

function gauge(name, count, max, text) {
  return h('div', { class: 'gauge' }, h('span', {}, `${name}: ${count} of ${max}`), h('meter', { min: 0, max, value: count, 'aria-label': name }), h('span', { class: 'hint' }, text))
}

/** How many colours fields take in turn. */
const COLOURS = 8

/** A frame's bytes, each in the colour of its field, and beside them what the fields are. */
export function frame(title, bytes) {
  if (bytes.length === 0) return h('section', {}, h('h3', {}, title), h('p', { class: 'hint' }, 'no byte'))
  const inspection = inspectBytes(bytes)
  const fields = leavesOf(inspection.frame)
  const named = [...headerOf(inspection), ...fields]
  const fieldAt = (at) => named.findIndex(({ start, end }) => at >= start && at < end)
  return h('section', { class: 'frame' }, h('h3', {}, `${title}, ${bytes.length} bytes`),
    h('div', { class: 'bytes', 'aria-hidden': 'true' }, ...Array.from(bytes, (byte, at) => {
      const field = fieldAt(at)
      const isSecret = field >= 0 && named[field].secret !== undefined && at >= named[field].secret.start && at < named[field].secret.end
      return h('span', { class: field < 0 ? 'c-none' : `c${field % COLOURS}`, 'data-field': field < 0 ? undefined : field, title: field < 0 ? undefined : `${named[field].path}: ${named[field].value}` },
        isSecret ? '**' : byte.toString(16).padStart(2, '0'))
    })),
    h('table', {}, h('thead', {}, h('tr', {}, ...['Bytes', 'Field', 'Value'].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, ...named.map(({ start, end, path, value, notes }, i) => h('tr', { 'data-field': i },
        h('td', {}, h('i', { class: `dot c${i % COLOURS}` }), `${start}–${end - 1}`), h('td', {}, path),
        h('td', {}, value, ...notes.map((note) => h('div', { class: 'hint' }, note))))))),
    verdict(inspection))
}

function headerOf({ framing, bytes }) {
  const field = (start, end, path, value) => ({ start, end: Math.min(end, bytes), path, value, notes: [] })
  if (framing._tag === 'Framed') return [field(0, 1, 'framing version', '1'), field(1, 5, 'body length, little-endian', `${framing.bodyBytes} bytes`)]
  if (framing._tag === 'HeaderCut') return [field(0, 1, 'framing version', '1'), field(1, bytes, 'body length, cut off', '')].filter(({ start, end }) => end > start)
  return framing._tag === 'Foreign' ? [field(0, bytes, 'no frame', framing.guess ?? 'something else is talking')] : []
}

/** Fields with bytes of their own: a nested message stands for itself by its key and length, and then its fields. */
function leavesOf(message, prefix = '') {
  return (message?.fields ?? []).flatMap(({ start, end, name, value, notes, nested, secret }) => {
    const path = `${prefix}${name}`
    if (nested === undefined) return [{ start, end, path, value, notes, secret }]
    return [{ start, end: nested.start, path, value, notes }, ...leavesOf(nested, `${path} › `)]
  })
}

function verdict({ verdict, fault }) {
  const text = fault?.description ?? ('explanation' in verdict ? verdict.explanation : '')
  return text === '' ? '' : h('p', { class: 'hint' }, text)
}
