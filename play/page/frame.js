/**
 * A frame as the page shows it: its bytes, each in the colour of its field, and its fields with what is to be said about them.
 */
import { SCHEMA } from 'hello-negotiation/wire'
import { MEANINGS } from 'hello-negotiation:meanings'
import { inspectBytes } from '../../dist/host/command/inspect/index.js'
import { h } from './h.js'

/** How many colours fields take in turn. */
const COLOURS = 8

const WIRE_TYPES = { 0: 'varint', 1: '64-bit', 2: 'length-delimited', 5: '32-bit' }

/** Bytes and table of one frame; `id` tells its details from the other frame's. */
export function frame(id, title, bytes) {
  if (bytes.length === 0) return h('section', {}, h('h2', {}, title), h('p', { class: 'hint' }, 'no byte'))
  const inspection = inspectBytes(bytes)
  const fields = [...headerOf(inspection), ...leavesOf(inspection.frame, 1)]
  return h('section', { class: 'frame', id }, h('h2', {}, `${title}, ${bytes.length} bytes`), cells(bytes, fields),
    h('p', { class: 'detail hint', id: `${id}-detail`, role: 'status' }, DETAIL_HINT), table(id, fields), verdictOf(inspection))
}

const DETAIL_HINT = 'Point at a byte or a field, or go through the fields with ↑ and ↓: what it is stands here.'

/** The bytes are for the eye: the table says the same. */
function cells(bytes, fields) {
  const fieldAt = (at) => fields.findIndex(({ start, end }) => at >= start && at < end)
  return h('div', { class: 'bytes', 'aria-hidden': 'true' }, ...Array.from(bytes, (byte, at) => {
    const field = fieldAt(at)
    if (field < 0) return h('span', { class: 'c-none' }, hex(byte))
    const { secret } = fields[field]
    const isSecret = secret !== undefined && at >= secret.start && at < secret.end
    return h('span', { class: `c${field % COLOURS}`, 'data-field': field }, isSecret ? '**' : hex(byte))
  }))
}

const hex = (byte) => byte.toString(16).padStart(2, '0')

function table(id, fields) {
  const heads = ['Bytes', 'Field', 'Value'].map((text) => h('th', { scope: 'col' }, text))
  const rows = fields.map(({ start, end, depth, name, value, notes, detail }, i) => h('tr', {
    'data-field': i, 'data-detail': detail, 'aria-describedby': `${id}-detail`, tabindex: i === 0 ? 0 : -1,
  },
  h('td', {}, h('i', { class: `dot c${i % COLOURS}` }), end - start === 1 ? String(start) : `${start}–${end - 1}`),
  h('td', { class: `d${Math.min(depth, 3)}` }, ...breakable(name)),
  h('td', {}, ...breakable(value), ...notes.map((note) => h('div', { class: 'hint' }, note)))))
  return h('table', {}, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows))
}

/** A name that may be broken where a person would. */
const breakable = (text) => text.split('_').flatMap((part, i) => (i === 0 ? [part] : ['_', h('wbr'), part]))

/** The header's own two fields, which no message has. */
function headerOf({ framing, bytes }) {
  const field = (start, end, name, value, meaning) =>
    ({ start, end: Math.min(end, bytes), depth: 0, name, value, notes: [], detail: meaning })
  const version = field(0, 1, 'framing version', '1', 'The first byte of every frame: this protocol, and no other, begins with 1 (SPEC F1).')
  const LENGTH = 'How many bytes follow, little-endian. It is checked before any of them is waited for (SPEC F2, F3).'
  if (framing._tag === 'Framed') return [version, field(1, 5, 'body length', `${framing.bodyBytes} bytes`, LENGTH)]
  if (framing._tag === 'HeaderCut') return [version, field(1, bytes, 'body length, cut off', '', LENGTH)].filter(({ start, end }) => end > start)
  if (framing._tag !== 'Foreign') return []
  return [field(0, bytes, 'no frame', framing.guess ?? 'something else is talking', 'These bytes do not begin as this protocol does (SPEC F2).')]
}

/** Fields with bytes of their own: a nested message stands for itself by its key and length, and then its fields. */
function leavesOf(report, depth) {
  return (report?.fields ?? []).flatMap((field) => {
    const { start, end, name, value, notes, nested, secret } = field
    const one = { start, end: nested?.start ?? end, depth, name, value, notes, secret, detail: detailOf(report.message, name) }
    return nested === undefined ? [one] : [one, ...leavesOf(nested, depth + 1)]
  })
}

/** What a field is, by the message's table, and what it means, by the .proto file. */
function detailOf(message, name) {
  const schema = SCHEMA[message].find((field) => field.name === name)
  if (schema === undefined) return `${message} has no such field; every reader skips it (SPEC W8).`
  const { number, kind, wireType, of } = schema
  return `${message}.${name}: field ${number}, ${of ?? kind}, wire type ${wireType} (${WIRE_TYPES[wireType]}). ${MEANINGS[message]?.[name] ?? ''}`
}

function verdictOf({ verdict, fault }) {
  const text = fault?.description ?? ('explanation' in verdict ? verdict.explanation : '')
  return text === '' ? '' : h('p', { class: 'hint' }, text)
}

/** Lights a field's bytes and its row, and says what it is. The rows of a frame are one stop of the tab key. */
export function light(field) {
  for (const lit of document.querySelectorAll('.lit')) lit.classList.remove('lit')
  const section = field?.closest('.frame')
  if (section === null || section === undefined) return
  for (const same of section.querySelectorAll(`[data-field="${field.dataset.field}"]`)) same.classList.add('lit')
  section.querySelector('.detail').textContent = section.querySelector('tr.lit')?.dataset.detail ?? DETAIL_HINT
}

/** Moves the keyboard from a row to one beside it. */
export function moveBy(row, step) {
  const next = step < 0 ? row.previousElementSibling : row.nextElementSibling
  if (next === null) return
  row.tabIndex = -1
  next.tabIndex = 0
  next.focus()
}
