/**
 * Fuzzes a target, guided by what its inputs reach: npm run fuzz -- TARGET [--seconds N] [--seed N] [--keep]
 *
 * Begins with fuzz/corpus/TARGET and with the golden vectors. With --keep, what was found anew is written into the corpus, which is
 * made as small as it can be without reaching less. An input that breaks the target is written beside it, and the exit status is 1.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { explore, minimized } from './lib/explore.mjs'
import { instrumented } from './lib/instrumented.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '30' }, seed: { type: 'string', default: `${Date.now() % 0x7fff_ffff}` }, keep: { type: 'boolean', default: false } },
})
const { targets, reached } = await instrumented()
const [name] = positionals
const target = Object.hasOwn(targets, name ?? '') ? targets[name] : undefined
if (target === undefined) {
  console.error(`usage: npm run fuzz -- TARGET [--seconds N] [--seed N] [--keep], where TARGET is one of ${Object.keys(targets).join(', ')}`)
  process.exit(64)
}

// A Frame with a Hello for zccache 1.11.20, protocols 1 to 1, capability bit 0.
const HELLO = Buffer.from('08012218080110011a077a6363616368652207312e31312e323030012807', 'hex')

const folder = fileURLToPath(new URL(`./corpus/${name}/`, import.meta.url))
mkdirSync(folder, { recursive: true })
const kept = readdirSync(folder).map((file) => new Uint8Array(readFileSync(folder + file)))
const seed = Number(values.seed)
console.log(`${name}, from seed ${seed}, beginning with ${kept.length} inputs`)

const { executions, corpus, seen, broken } = explore(target, reached, [...kept, ...goldenInputs()], { seconds: Number(values.seconds), seed })
console.log(`${executions} inputs tried; ${corpus.length} of them reached something new, ${seen.size} things in all`)

if (broken !== undefined) {
  const file = `fuzz/broken-${name}-${nameOf(broken.input)}`
  writeFileSync(file, broken.input)
  console.error(`broken by ${Buffer.from(broken.input).toString('hex')} (${file}): ${broken.error.stack}`)
  process.exitCode = 1
} else if (values.keep) {
  const small = minimized(target, reached, corpus)
  for (const file of readdirSync(folder)) rmSync(folder + file)
  for (const input of small) writeFileSync(folder + nameOf(input), input)
  console.log(`${small.length} inputs kept in fuzz/corpus/${name}`)
}

function nameOf(input) {
  return createHash('sha256').update(input).digest('hex').slice(0, 16)
}

/** The golden messages, and a Hello that is negotiated: as they are for the codec, framed for the others, some behind a byte that says where to cut. */
function goldenInputs() {
  const golden = JSON.parse(readFileSync(fileURLToPath(new URL('../test/vectors/golden.json', import.meta.url)), 'utf8'))
  const bodies = golden.map(({ bytes }) => Buffer.from(bytes.replace('hex:', ''), 'hex'))
  if (name === 'codec') return bodies.flatMap((body) => Array.from({ length: 8 }, (_, message) => Uint8Array.of(message, ...body)))
  const framed = [...bodies, HELLO].map((body) => Uint8Array.of(1, body.length, 0, 0, 0, ...body))
  return [...framed, ...framed.map((bytes) => Uint8Array.of(3, ...bytes))]
}
