/**
 * Draws the diagrams of the docs from the code itself: `npm run docs:diagrams`. Bytes as the library's own inspection reads them, steps from
 * the table of the page, states by walking the automata. A test draws them anew and compares.
 *
 *     node docs/diagrams/make.mjs [FOLDER]     into this folder, or another
 */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ClientConnection, clientHello, Connection, createBroker, parsePolicy, UNVERIFIED_PEER } from '../../dist/index.js'
import { inspectBytes } from '../../dist/host/command/inspect/index.js'
import { STAGES } from '../../play/page/stages.js'

const folder = resolve(process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url)))
const WIDTH = 960

const escaped = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const text = (x, y, content, attributes = '') => `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`
const box = (x, y, width, height, kind = '') => `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" class="box ${kind}"/>`

const STYLE = `
  text { font: 14px system-ui, sans-serif; fill: #1c2328 }
  .soft { fill: #56626b; font-size: 12px }
  .name { font-weight: 600 }
  .mono { font-family: ui-monospace, monospace; font-size: 12px }
  .box { fill: #fff; stroke: #b9c2c7 }
  .good { stroke: #1c6b39; stroke-width: 2 }
  .bad { stroke: #a3291f; stroke-width: 2 }
  .edge { fill: none; stroke: #56626b }
  .back { fill: #fbfbfa }
  .f0 { fill: #cfe4f7 } .f1 { fill: #fbdfbd } .f2 { fill: #d3ecd0 } .f3 { fill: #f6d4dc }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e8ea } .soft { fill: #9aa7af } .box { fill: #1c2226; stroke: #4a565d } .good { stroke: #7fd39b } .bad { stroke: #f3988d }
    .edge { stroke: #9aa7af } .back { fill: #15191c } .f0 { fill: #1f4667 } .f1 { fill: #6a4516 } .f2 { fill: #24532c } .f3 { fill: #6b2b3e }
  }`

function svg(title, description, height, body) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="t d">
<title id="t">${escaped(title)}</title>
<desc id="d">${escaped(description)}</desc>
<style>${STYLE}
</style>
<rect width="${WIDTH}" height="${height}" class="back"/>
${body.join('\n')}
</svg>
`
}

/** A request as it is on the wire, a row a field, its bytes beside it. */
function bytesDiagram() {
  const { bytes } = clientHello({ serviceName: 'zccache', wantedVersion: '1.11.20', requestId: 'r1' }).right
  const { frame } = inspectBytes(bytes)
  const leaves = (message, depth) => message.fields.flatMap(({ start, end, name, value, nested }) => (nested === undefined
    ? [{ start, end, name, value, depth }]
    : [{ start, end: nested.start, name, value, depth }, ...leaves(nested, depth + 1)]))
  const rows = [
    { start: 0, end: 1, name: 'framing version', value: '1', depth: 0 },
    { start: 1, end: 5, name: 'length of the body', value: `${bytes.length - 5} bytes, little-endian`, depth: 0 }, ...leaves(frame, 1),
  ]
  const hex = ({ start, end }) => [...bytes.subarray(start, Math.min(end, start + 14))].map((byte) => byte.toString(16).padStart(2, '0')).join(' ') + (end - start > 14 ? ' …' : '')
  const ROW = 30
  const body = rows.flatMap((row, i) => {
    const y = 20 + i * ROW
    const x = 20 + row.depth * 24
    return [
      `<rect x="${x}" y="${y}" width="6" height="${ROW - 6}" rx="2" class="f${i % 4}"/>`,
      text(x + 14, y + 17, row.name, 'class="name"'), text(300, y + 17, row.value), text(560, y + 17, hex(row), 'class="mono"'),
    ]
  })
  return svg('A Hello’s request, byte by byte', `${bytes.length} bytes: a header of five, and a Frame whose payload is a Hello`, 30 + rows.length * ROW, body)
}

/** The steps in their order, and what each refuses. */
function stepsDiagram() {
  const COLUMN = 180
  let bottom = 0
  const body = STAGES.flatMap(({ name, spec, refuses }, i) => {
    const [column, line] = [i % 5, Math.floor(i / 5)]
    const [x, y] = [20 + column * (COLUMN + 7), 24 + line * 210]
    bottom = Math.max(bottom, y + 60 + refuses.length * 18)
    return [
      box(x, y, COLUMN - 16, 44, refuses.length === 0 ? 'good' : ''), text(x + 10, y + 19, `${i + 1}  ${name}`, 'class="name"'), text(x + 10, y + 36, `SPEC ${spec}`, 'class="soft"'),
      ...(column < 4 ? [`<path class="edge" d="M${x + COLUMN - 16} ${y + 22} h23" marker-end="url(#arrow)"/>`] : []),
      ...refuses.map((tag, j) => text(x + 10, y + 64 + j * 18, `✗ ${tag}`, 'class="soft"')),
    ]
  })
  return svg('The steps of a negotiation, and what each refuses', STAGES.map(({ name, refuses }) => `${name}: ${refuses.join(', ') || 'refuses nothing'}`).join('; '), bottom + 10, [ARROW, ...body])
}

const ARROW = '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" class="edge" style="fill: currentColor"/></marker></defs>'

/** Every change of phase that some input makes, found by trying each input in each phase that is reached. */
function walked(begun, inputs) {
  const found = new Map([[begun.phase._tag, { state: begun, depth: 0 }]])
  const edges = []
  for (const queue = [begun]; queue.length > 0;) {
    const state = queue.shift()
    const from = state.phase._tag
    for (const [name, step] of Object.entries(inputs)) {
      const after = step(state)
      const to = after.phase._tag
      if (to === from) continue
      edges.push({ from, to, name })
      if (!found.has(to)) {
        found.set(to, { state: after, depth: found.get(from).depth + 1 })
        queue.push(after)
      }
    }
  }
  // Where nothing leads on from stands last, however soon it is reached.
  const last = Math.max(...[...found].map(([tag, { depth }]) => (edges.some(({ from }) => from === tag) ? depth + 1 : 0)))
  return { nodes: [...found].map(([tag, { depth }]) => ({ tag, depth: edges.some(({ from }) => from === tag) ? depth : last })), edges }
}

/** Phases in columns by how many inputs they are away, and what leads from one to the other. */
function statesDiagram(title, { nodes, edges }, kinds) {
  const columns = [...new Set(nodes.map(({ depth }) => depth))].map((depth) => nodes.filter((node) => node.depth === depth))
  const tallest = Math.max(...columns.map(({ length }) => length))
  const height = 40 + tallest * 100
  const [NODE, STEP] = [150, (WIDTH - 40 - 150) / Math.max(1, columns.length - 1)]
  const places = new Map(columns.flatMap((column, i) => column.map(({ tag }, j) => [tag, { x: 20 + i * STEP, y: (height / (column.length + 1)) * (j + 1) }])))
  const labels = new Map()
  for (const { from, to, name } of edges) labels.set(`${from}→${to}`, [...(labels.get(`${from}→${to}`) ?? []), name])
  const drawn = [...labels].flatMap(([key, names]) => {
    const [a, b] = key.split('→').map((tag) => places.get(tag))
    const [x1, x2] = [a.x + NODE, b.x]
    const isLong = x2 - x1 > STEP
    const bend = isLong ? (b.y < height / 2 ? -90 : 90) : 0
    const middle = (x1 + x2) / 2
    const at = isLong ? { x: x1 + (x2 - x1) * 0.42, y: a.y + (b.y - a.y) * 0.42 + bend * 0.75 - 6 } : { x: x2 - 14, y: b.y - 8 }
    return [
      `<path class="edge" d="M${x1} ${a.y} C${middle} ${a.y + bend} ${middle} ${b.y + bend} ${x2} ${b.y}" marker-end="url(#arrow)"/>`,
      ...names.map((name, i) => text(at.x, at.y - (names.length - 1 - i) * 14, name, `class="soft" text-anchor="${isLong ? 'middle' : 'end'}"`)),
    ]
  })
  const boxes = [...places].flatMap(([tag, { x, y }]) => [box(x, y - 20, NODE, 40, kinds[tag] ?? ''), text(x + NODE / 2, y + 5, tag, 'class="name" text-anchor="middle"')])
  return svg(title, edges.map(({ from, to, name }) => `${from}: ${name}: ${to}`).join('; '), height, [ARROW, ...drawn, ...boxes])
}

const policy = parsePolicy({ services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: '/run/zccache.sock' }] }).right
const requestFor = (serviceName) => clientHello({ serviceName, wantedVersion: '1.11.20' }).right
const replyTo = ({ bytes }) => createBroker({ policy, clock: () => 0 }).exchange(bytes, UNVERIFIED_PEER).bytes
const TLS = Uint8Array.of(0x16, 0x03, 0x01)

const connectionStates = walked(Connection.connection(0, 100), Object.fromEntries(Object.entries({
  'a whole frame': (state) => Connection.push(state, requestFor('zccache').bytes),
  'something else': (state) => Connection.push(state, TLS),
  'the peer’s end': Connection.pushEnd,
  'no time left': (state) => Connection.expire(state, 100),
}).map(([name, step]) => [name, (state) => Connection.next(step(state)).state])))

/** Nobody answers a Hello that has not been said. */
const heard = (state, bytes) => (state.phase._tag === 'AwaitingReply' ? ClientConnection.push(state, bytes) : state)

const clientStates = walked(ClientConnection.clientConnection(requestFor('zccache'), 0, 100), Object.fromEntries(Object.entries({
  'connected': (state) => ClientConnection.connected(state, 0),
  'a yes to what was asked': (state) => heard(state, replyTo(requestFor('zccache'))),
  'a no': (state) => heard(state, replyTo(requestFor('nobody'))),
  'something else, or the end': (state) => ClientConnection.pushEnd(state),
  'no time left': (state) => ClientConnection.expire(state, 100),
}).map(([name, step]) => [name, (state) => ClientConnection.next(step(state)).state])))

const DIAGRAMS = {
  'request-bytes.svg': bytesDiagram(),
  'steps.svg': stepsDiagram(),
  'connection.svg': statesDiagram('A broker’s side of a connection', connectionStates, { Finished: 'good', Failed: 'bad' }),
  'client-connection.svg': statesDiagram('A client’s side of a connection', clientStates, { Negotiated: 'good', Refused: 'bad', Broken: 'bad', TimedOut: 'bad' }),
}
for (const [name, drawing] of Object.entries(DIAGRAMS)) writeFileSync(join(folder, name), drawing)
