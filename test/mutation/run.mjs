/**
 * Runs Stryker and judges what it reports: the score is at least what stryker.config.mjs asks for, and each survivor stands in
 * equivalents.json with the reason why no test can tell it from the original. A whole run writes docs/mutation.md anew.
 *
 *     npm run mutation
 *     npm run mutation -- --mutate 'src/step/**'
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import config from '../../stryker.config.mjs'

const REPORT = config.jsonReporter.fileName
const EQUIVALENTS = new URL('./equivalents.json', import.meta.url)
const DOCUMENT = new URL('../../docs/mutation.md', import.meta.url)

/** What a mutant replaces, on one line: the name of a mutant that outlives edits elsewhere in its file. */
function replaced(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1)
  lines[0] = lines[0].slice(start.column - 1)
  return lines.join(' ').replace(/\s+/g, ' ')
}

const described = (file, source) => ({ status, mutatorName, location, replacement = '' }) => ({
  file, status, mutator: mutatorName,
  line: source.split('\n')[location.start.line - 1].trim(),
  original: replaced(source, location),
  replacement: replacement.replace(/\s+/g, ' '),
})

const mutantsOf = ({ files }) => Object.entries(files).flatMap(([file, { source, mutants }]) => mutants.map(described(file, source)))

const isSame = (a) => (b) => ['file', 'line', 'original', 'replacement'].every((key) => a[key] === b[key])

const count = (mutants, ...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length

function scored(name, mutants) {
  const [killed, timeout, survived, uncovered] = ['Killed', 'Timeout', 'Survived', 'NoCoverage'].map((status) => count(mutants, status))
  const all = killed + timeout + survived + uncovered
  return { name, all, killed, timeout, survived, uncovered, score: all === 0 ? 100 : (killed + timeout) / all * 100 }
}

const folderOf = ({ file }) => file.split('/')[1]

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const code = (text) => `\`${(text === '' ? ' ' : text).replaceAll('|', '\\|')}\``

const document = (scores, equivalents) => `# Mutation testing

Written by \`npm run mutation\`, which changes each operator, literal and branch of \`src/{data,wire,step,negotiate,client}\` in turn and asks
whether a unit test fails. How it runs is said in \`stryker.config.mjs\`.

${table(['Folder', 'Mutants', 'Killed', 'Timed out', 'Survived', 'Not covered', 'Score'], scores.map(({ name, all, killed, timeout, survived, uncovered, score }) =>
    [name, all, killed, timeout, survived, uncovered, `${score.toFixed(2)} %`]))}

## Survivors

No test can tell these from the original, or none should.

${table(['File', 'Line', 'Replaced', 'By', 'Why it is equivalent'], equivalents.map(({ file, line, original, replacement, reason }) =>
    [file.replace('src/', ''), line, original, replacement].map(code).concat(reason)))}
`

const args = process.argv.slice(2)
const isWhole = args.length === 0
const { status } = spawnSync('npx', ['stryker', 'run', ...args], { stdio: 'inherit', shell: process.platform === 'win32' })
if (status !== 0) process.exit(status ?? 1)

const mutants = mutantsOf(JSON.parse(readFileSync(REPORT, 'utf8')))
const equivalents = JSON.parse(readFileSync(EQUIVALENTS, 'utf8'))
const survivors = mutants.filter(({ status: is }) => is === 'Survived' || is === 'NoCoverage')
const unexplained = survivors.filter((mutant) => !equivalents.some(isSame(mutant)))
const idle = equivalents.filter((one) => mutants.some(({ file }) => file === one.file) && !survivors.some(isSame(one)))
const folders = [...new Set(mutants.map(folderOf))]
const scores = [...folders.map((name) => scored(name, mutants.filter((mutant) => folderOf(mutant) === name))), scored('all', mutants)]

console.table(scores)
for (const mutant of unexplained) console.error('Survived, and no reason is given:', mutant)
for (const one of idle) console.error('Said to be equivalent, but no mutant survived there:', one)
if (isWhole) writeFileSync(DOCUMENT, document(scores, equivalents))
if (scores.at(-1).score < config.thresholds.low || unexplained.length > 0 || idle.length > 0) process.exitCode = 1
