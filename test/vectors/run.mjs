/**
 * Runs every vector file of a folder against the built library: npm run vectors -- DIR
 *
 * Prints "N passed, M failed" a file, and each failure; exits 1 where anything differs or a file is missing.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeVectorFailure, VECTOR_RUNNERS } from 'hello-negotiation/testing'

const folder = process.argv[2]
if (folder === undefined) {
  console.error('usage: npm run vectors -- DIR, with golden.json, names.jsonl, decode.jsonl and sessions.jsonl in DIR')
  process.exit(2)
}

for (const [file, run] of Object.entries(VECTOR_RUNNERS)) {
  try {
    const { passed, failures } = run(readFileSync(join(folder, file), 'utf8'))
    const failed = new Set(failures.map(({ id }) => id)).size
    console.log(`${file}: ${passed} passed, ${failed} failed`)
    for (const failure of failures) console.log(describeVectorFailure(failure))
    if (failures.length > 0) process.exitCode = 1
  } catch (error) {
    console.log(`${file}: 0 passed, 1 failed`)
    console.log(`${file} cannot be read: ${error.message}`)
    process.exitCode = 1
  }
}
