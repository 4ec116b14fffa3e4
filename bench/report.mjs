/**
 * Puts bench/results.json into bench/README.md as tables, between two markers, and its curves into
 * bench/growth.svg.
 *
 *   node bench/report.mjs
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { chart } from './chart.mjs'
import { describeReached, describeTarget, isReached } from './lib/rows.mjs'

const START = '<!-- results: made by `node bench/report.mjs`, not by hand -->'
const END = '<!-- end of results -->'

const results = JSON.parse(readFileSync(new URL('./results.json', import.meta.url), 'utf8'))
const readme = new URL('./README.md', import.meta.url)
const text = readFileSync(readme, 'utf8')
const [start, end] = [text.indexOf(START), text.indexOf(END)]
if (start < 0 || end < start) {
  console.error(`bench/README.md has lost the markers between which the results go:\n${START}\n${END}`)
  process.exit(1)
}
writeFileSync(readme, `${text.slice(0, start + START.length)}\n\n${tables(results)}\n\n${text.slice(end)}`)
const series = Object.values(results.cases).flatMap(({ series = [] }) => series)
writeFileSync(new URL('./growth.svg', import.meta.url), chart(series))

function tables({ date, node, platform, cpu, cores, memoryGiB, cases }) {
  const rows = Object.values(cases).flatMap(({ rows }) => rows)
  const details = Object.values(cases).flatMap(({ details = [] }) => details)
  return [
    `Measured ${date.slice(0, 10)} with Node ${node} on ${platform}, ${cores} cores (${cpu}), ${memoryGiB} GiB.`,
    '',
    table(['what', 'target', 'reached', '', 'in figures'], rows.map((row) =>
      [row.what, describeTarget(row.target), describeReached(row), isReached(row) ? 'yes' : '**no**', row.note])),
    '',
    'Without a target of their own:',
    '',
    table(['what', 'ratio or bytes', 'in figures'], details.map(({ what, reached, note }) => [what, reached.toFixed(2), note])),
  ].join('\n')
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
