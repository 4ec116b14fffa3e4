/**
 * The regression guard: bounds so generous that only a change for the worse breaks them, never a busy machine.
 *
 *   node bench/check.mjs      exits 1, with a line for each bound that does not hold
 *
 * Bytes are counted, not timed, and stand in their bounds by a third or more. Ratios are taken between two
 * sides of one run; one that is out of bounds is measured again, and only out of bounds every time is it told.
 */
import { askOnce } from './lib/children.mjs'
import { runCase } from './lib/cases.mjs'
import { QUICK } from './lib/measure.mjs'
import { generate } from './peers/generated.mjs'

const ATTEMPTS = 3

/** Bytes that an operation may allocate. */
const ALLOCATION_BOUNDS = {
  'a Hello': 4_500,
  'a Hello with a token, and its ACK': 12_000,
  'a refusal': 4_000,
}

/** A collection while bytes are counted would take some away: the young generation must hold them all. */
const WITHOUT_COLLECTIONS = ['--expose-gc', '--min-semi-space-size=512', '--max-semi-space-size=512']

/** What each row of a case may come to. Targets are stricter: these are where something has broken. */
const ROW_BOUNDS = {
  'exchange': { 'exchange': { atLeast: 2 } },
  'exchange-varied': { 'exchange-varied': { atLeast: 1.4 } },
  'token': { 'token': { atLeast: 1.2 } },
  'growth': { 'growth-pids': { atMost: 5 }, 'growth-tokens': { atMost: 12 } },
  'framing': { 'framing': { atMost: 1.4 } },
  'expiry': { 'expiry': { atMost: 1.4 }, 'expiry-of-many': { atMost: 40 } },
  'memory': { 'memory-pid': { atMost: 150 }, 'memory-token': { atMost: 500 }, 'memory-idle': { atMost: 4 } },
}

await generate()
const violations = [...await allocationViolations(), ...await rowViolations()]
for (const violation of violations) console.error(violation)
if (violations.length === 0) console.log('every bound holds')
process.exitCode = violations.length === 0 ? 0 : 1

async function allocationViolations() {
  const violations = []
  for (const [what, bound] of Object.entries(ALLOCATION_BOUNDS)) {
    const bytes = Math.round(await askOnce('allocation', { what }, { nodeOptions: WITHOUT_COLLECTIONS }))
    console.log(`${what}: ${bytes} bytes allocated, at most ${bound}`)
    if (bytes > bound) violations.push(`${what} allocates ${bytes} bytes, more than ${bound}`)
  }
  return violations
}

async function rowViolations() {
  const violations = []
  for (const [name, bounds] of Object.entries(ROW_BOUNDS)) {
    let broken = Object.keys(bounds)
    for (let attempt = 1; attempt <= ATTEMPTS && broken.length > 0; attempt += 1) {
      const { rows } = await runCase(name, QUICK)
      const figureOf = (id) => rows.find((row) => row.id === id).reached
      for (const id of broken) console.log(`${id}: ${figureOf(id).toFixed(2)}, ${describe(bounds[id])}`)
      const still = broken.filter((id) => !holds(figureOf(id), bounds[id]))
      if (attempt === ATTEMPTS) {
        violations.push(...still.map((id) => `${id} is ${figureOf(id).toFixed(2)}, not ${describe(bounds[id])}`))
      }
      broken = still
    }
  }
  return violations
}

function holds(figure, { atLeast = -Infinity, atMost = Infinity }) {
  return figure >= atLeast && figure <= atMost
}

function describe({ atLeast, atMost }) {
  return atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`
}
