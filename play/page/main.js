/**
 * The page: one state, drawn anew whenever it changes, and written into the link.
 */
import { fold } from './fold.js'
import { EXAMPLES } from './examples.js'
import { frame, light, moveBy } from './frame.js'
import { h } from './h.js'
import { BEGINNING, BREAKAGES, fragmentOf, happened, SESSION_TOKENS, stateOf } from './state.js'
import { history, memory, stages } from './view.js'

const at = (id) => document.getElementById(id)
let { state, note } = stateOf(location.hash.slice(1))

function become(next) {
  state = next
  window.history.replaceState(undefined, '', `#${fragmentOf(state)}`)
  draw()
}

/** Fields of the form: where each is kept, how it is read, and how it is told. */
const FIELDS = [
  ['serviceName', 'hello', 'text'], ['wantedVersion', 'hello', 'text'], ['minProtocol', 'hello', 'number'], ['maxProtocol', 'hello', 'number'],
  ['wantsToken', 'hello', 'checkbox'], ['clientVersion', 'hello', 'text'], ['claimedPid', 'hello', 'number'], ['requestId', 'hello', 'number'],
  ['traceparent', 'hello', 'text'], ['tracestate', 'hello', 'text'], ['keepaliveSecs', 'hello', 'number'], ['sessionToken', 'hello', 'text'],
  ['breakage', 'hello', 'text'], ['pid', undefined, 'number'], ['nowMs', undefined, 'number'],
  ['maxPerWindow', 'policy', 'number'], ['minVersion', 'policy', 'text'], ['allowed', 'policy', 'text'],
  ['asksForSession', 'policy', 'checkbox'], ['tokenTtlMs', 'policy', 'number'], ['ackDeadlineMs', 'policy', 'number'],
]

/** What an input says, held within what a link can: numbers from 0 to the input's own maximum, or to 2^32 - 1. */
function valueIn(input, kind) {
  if (kind === 'checkbox') return input.checked
  if (kind !== 'number') return input.value
  return Math.min(Math.max(0, Math.trunc(Number(input.value) || 0)), input.max === '' ? 0xffff_ffff : Number(input.max))
}
const within = (part, name, value) => (part === undefined ? { ...state, [name]: value } : { ...state, [part]: { ...state[part], [name]: value } })

for (const [name, part, kind] of FIELDS) {
  at(name).addEventListener('input', ({ target }) => become(within(part, name, valueIn(target, kind))))
}
for (const [id, texts] of Object.entries({ breakage: BREAKAGES, sessionToken: SESSION_TOKENS })) {
  at(id).append(...Object.entries(texts).map(([value, text]) => h('option', { value }, text)))
}

const press = (id, act) => at(id).addEventListener('click', act)
press('send', () => become(happened(state, { kind: 'hello', pid: state.pid, hello: state.hello })))
press('acknowledge', () => become(happened(state, { kind: 'acknowledge' })))
press('consume', () => become(happened(state, { kind: 'consume' })))
press('expire', () => become(happened(state, { kind: 'expire' })))
press('reset', () => become(BEGINNING))
for (const button of document.querySelectorAll('[data-later]')) {
  button.addEventListener('click', () => become({ ...state, nowMs: state.nowMs + Number(button.dataset.later) }))
}
at('examples').append(...EXAMPLES.map(({ title, state }) => h('li', {}, h('a', { href: `#${fragmentOf(state)}` }, title))))
window.addEventListener('hashchange', () => {
  ({ state, note } = stateOf(location.hash.slice(1)))
  draw()
})

/** Where the pointer or the keyboard is on a field, its bytes and its line are shown together. */
for (const type of ['pointerover', 'focusin']) {
  at('frames').addEventListener(type, ({ target }) => {
    const field = target.closest('[data-field]')
    if (field !== null) light(field)
  })
}
at('frames').addEventListener('keydown', (event) => {
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  const row = event.target.closest('tr[data-field]')
  if (step === undefined || row === null) return
  event.preventDefault()
  moveBy(row, step)
})

function draw() {
  for (const [name, part, kind] of FIELDS) {
    const value = part === undefined ? state[name] : state[part][name]
    const input = at(name)
    if (kind === 'checkbox') input.checked = value
    else if (document.activeElement !== input) input.value = value
    const output = at(`${name}-out`)
    if (output !== null) output.textContent = Number(value).toLocaleString('en')
  }
  const focused = document.activeElement?.id ?? ''
  const folded = fold(state)
  const selected = Math.min(state.selected, folded.rows.length - 1)
  const row = folded.rows[selected]
  at('note').textContent = [note, folded.note].filter((text) => text !== '').join(' ')
  at('stages').replaceChildren(stages(row, folded.policy))
  at('history').replaceChildren(history(folded.rows, selected, (i) => become({ ...state, selected: i })))
  at('memory').replaceChildren(memory(folded))
  const frames = row?.request === undefined ? [] : [frame('request', 'Request', row.request), frame('reply', 'Reply', row.reply)]
  at('frames').replaceChildren(...frames)
  // What was drawn anew has lost the keyboard; whoever was there is there again.
  if (focused !== '' && document.activeElement?.id !== focused) at(focused)?.focus()
}

draw()
