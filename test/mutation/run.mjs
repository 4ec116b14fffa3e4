/**
 * Runs Stryker, folder by folder, and judges what it reports: each folder scores at least what stryker.config.mjs asks for, and each
 * survivor stands in equivalents.json with the reason why no test can tell it from the original. What was judged of all folders is
 * written to docs/mutation.md.
 *
 *     npm run mutation                               all folders
 *     npm run mutation -- step wire                  these folders
 *     npm run mutation -- --mutate 'src/step/A*.ts'  these files
 *     npm run mutation -- --judge                    no run: the reports that are there
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import config from '../../stryker.config.mjs'

const FOLDERS = ['data', 'wire', 'step', 'negotiate', 'client']
const EQUIVALENTS = new URL('./equivalents.json', import.meta.url)
const DOCUMENT = new URL('../../docs/mutation.md', import.meta.url)

const reportOf = (folder) => `reports/mutation-${folder}.json`

function mutate(pattern) {
  const { status } = spawnSync('npx', ['stryker', 'run', '--mutate', pattern], { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
  return config.jsonReporter.fileName
}

function mutateFolder(folder) {
  renameSync(mutate(`src/${folder}/**/*.ts,!src/**/index.ts`), reportOf(folder))
  return reportOf(folder)
}

/** What a mutant replaces, on one line: with its line, a name for the mutant that outlives edits elsewhere in its file. */
function replaced(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1)
  lines[0] = lines[0].slice(start.column - 1)
  return lines.join(' ').replace(/\s+/g, ' ')
}

const described = (file, source) => ({ status, location, replacement = '' }) => ({
  file, status,
  line: source.split('\n')[location.start.line - 1].trim(),
  original: replaced(source, location),
  replacement: replacement.replace(/\s+/g, ' '),
})

const mutantsOf = (report) => Object.entries(JSON.parse(readFileSync(report, 'utf8')).files)
  .flatMap(([file, { source, mutants }]) => mutants.map(described(file, source)))

const isSame = (a) => (b) => ['file', 'line', 'original', 'replacement'].every((key) => a[key] === b[key])

const folderOf = ({ file }) => file.split('/')[1]

function scored(folder, mutants) {
  const count = (wanted) => mutants.filter(({ status }) => status === wanted).length
  const [killed, timedOut, survived, notCovered] = ['Killed', 'Timeout', 'Survived', 'NoCoverage'].map(count)
  const all = killed + timedOut + survived + notCovered
  return { folder, mutants: all, killed, timedOut, survived, notCovered, score: all === 0 ? 100 : (killed + timedOut) / all * 100 }
}

const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const code = (text) => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``)

const shownScore = ({ score, ...counts }) => [...Object.values(counts), `${score.toFixed(2)} %`]

const document = (scores, equivalents) => `# Mutation testing

Written by \`npm run mutation\`, which changes each operator, literal and branch of \`src/{data,wire,step,negotiate,client}\` in turn and asks
whether a test of the folder that mirrors it fails. How it runs is said in \`stryker.config.mjs\` and \`test/mutation/\`.

${table(['Folder', 'Mutants', 'Killed', 'Timed out', 'Survived', 'Not covered', 'Score'], scores.map(shownScore))}

## Survivors

No test can tell these from the original: what is written in place of the other does the same, at most at another cost.

${table(['File', 'Line', 'In place of', 'Is written', 'Why that is the same'], equivalents.map(({ file, line, original, replacement, reason }) =>
    [file.replace('src/', ''), code(line), code(original), code(replacement), reason]))}
`

const args = process.argv.slice(2)
const named = FOLDERS.filter((folder) => args.includes(folder))
const chosen = named.length > 0 ? named : FOLDERS
const reports = args[0] === '--mutate' ? [mutate(args[1])]
  : args[0] === '--judge' ? chosen.map(reportOf).filter(existsSync)
  : chosen.map(mutateFolder)

const mutants = reports.flatMap(mutantsOf)
const equivalents = JSON.parse(readFileSync(EQUIVALENTS, 'utf8'))
const survivors = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
const unexplained = survivors.filter((mutant) => !equivalents.some(isSame(mutant)))
const idle = equivalents.filter((one) => mutants.some(({ file }) => file === one.file) && !survivors.some(isSame(one)))
const folders = FOLDERS.filter((folder) => mutants.some((mutant) => folderOf(mutant) === folder))
const scores = [...folders.map((folder) => scored(folder, mutants.filter((mutant) => folderOf(mutant) === folder))), scored('all', mutants)]

console.table(scores)
for (const mutant of unexplained) console.error('Survived, and no reason is given:', mutant)
for (const one of idle) console.error('Said to be equivalent, but no mutant survived there:', one)
if (folders.length === FOLDERS.length && args[0] !== '--mutate') writeFileSync(DOCUMENT, document(scores, equivalents))
if (scores.some(({ score }) => score < config.thresholds.low) || unexplained.length > 0 || idle.length > 0) process.exitCode = 1
