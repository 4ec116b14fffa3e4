/**
 * The page: one state, drawn anew whenever it changes, and written into the link.
 */
import { fold } from './fold.js'
import { EXAMPLES } from './examples.js'
import { BEGINNING, BREAKAGES, fragmentOf, happened, stateOf } from './state.js'
import { frame, h, history, memory, stages } from './view.js'

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
  ['traceparent', 'hello', 'text'], ['breakage', 'hello', 'text'], ['pid', undefined, 'number'], ['nowMs', undefined, 'number'],
  ['maxPerWindow', 'policy', 'number'], ['minVersion', 'policy', 'text'], ['tokenTtlMs', 'policy', 'number'], ['ackDeadlineMs', 'policy', 'number'],
]

const valueIn = (input, kind) => (kind === 'checkbox' ? input.checked : kind === 'number' ? Math.max(0, Math.trunc(Number(input.value) || 0)) : input.value)
const within = (part, name, value) => (part === undefined ? { ...state, [name]: value } : { ...state, [part]: { ...state[part], [name]: value } })

for (const [name, part, kind] of FIELDS) {
  at(name).addEventListener('input', ({ target }) => become(within(part, name, valueIn(target, kind))))
}
at('breakage').append(...Object.entries(BREAKAGES).map(([value, text]) => h('option', { value }, text)))

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
    for (const lit of document.querySelectorAll('.lit')) lit.classList.remove('lit')
    for (const same of field?.closest('.frame').querySelectorAll(`[data-field="${field.dataset.field}"]`) ?? []) same.classList.add('lit')
  })
}

function draw() {
  for (const [name, part, kind] of FIELDS) {
    const value = part === undefined ? state[name] : state[part][name]
    const input = at(name)
    if (kind === 'checkbox') input.checked = value
    else if (document.activeElement !== input) input.value = value
    const output = at(`${name}-out`)
    if (output !== null) output.textContent = Number(value).toLocaleString('en')
  }
  const folded = fold(state)
  const selected = Math.min(state.selected, folded.rows.length - 1)
  const row = folded.rows[selected]
  at('note').textContent = [note, folded.note].filter((text) => text !== '').join(' ')
  at('stages').replaceChildren(stages(row))
  at('history').replaceChildren(history(folded.rows, selected, (i) => become({ ...state, selected: i })))
  at('memory').replaceChildren(memory(folded.state, folded.policy, state.nowMs))
  at('frames').replaceChildren(...(row?.request === undefined ? [] : [frame('Request', row.request), frame('Reply', row.reply)]))
}

draw()
