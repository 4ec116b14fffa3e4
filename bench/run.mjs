/**
 * Measures everything, and writes what was found.
 *
 *   node bench/run.mjs            all rows with care, into bench/results.json
 *   node bench/run.mjs --quick    all rows in a hurry, printed alone
 *   node bench/run.mjs token      only the cases named, printed alone
 */
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { CASES, runCase } from './lib/cases.mjs'
import { FULL, QUICK } from './lib/measure.mjs'
import { describeReached, describeTarget, isReached } from './lib/rows.mjs'
import { generate } from './peers/generated.mjs'

const options = process.argv.slice(2)
const isQuick = options.includes('--quick')
const named = options.filter((option) => option !== '--quick')
const stranger = named.find((name) => !CASES.includes(name))
if (stranger !== undefined) {
  console.error(`there is no case ${stranger}; there are ${CASES.join(', ')}`)
  process.exit(1)
}

await generate()
const startMs = performance.now()
const cases = {}
for (const name of named.length > 0 ? named : CASES) {
  const caseStartMs = performance.now()
  cases[name] = await runCase(name, isQuick ? QUICK : FULL)
  print(name, cases[name], (performance.now() - caseStartMs) / 1e3)
}
console.log(`\n${((performance.now() - startMs) / 1e3).toFixed(0)} s in all`)
if (!isQuick && named.length === 0) {
  const file = new URL('./results.json', import.meta.url)
  writeFileSync(file, `${JSON.stringify({ ...machine(), cases }, undefined, 2)}\n`)
  console.log('written to bench/results.json; `node bench/report.mjs` puts it into bench/README.md')
}

function print(name, { rows, details = [] }, seconds) {
  console.log(`\n${name} (${seconds.toFixed(1)} s)`)
  for (const row of rows) {
    const verdict = isReached(row) ? 'reached' : 'MISSED '
    console.log(`  ${verdict} ${describeReached(row)} (${describeTarget(row.target)}) ${row.what}; ${row.note}`)
  }
  for (const { what, reached, note } of details) console.log(`          ${reached.toFixed(2)} ${what}; ${note}`)
}

/** What figures depend on: nobody should compare two machines' microseconds by mistake. */
function machine() {
  return {
    date: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  }
}
