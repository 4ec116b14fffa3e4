import { readFileSync } from 'node:fs'
import { describeVectorFailure, VECTOR_RUNNERS } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

/** How many vectors each file holds, so that a file cut short cannot pass. */
const COUNTS = { 'golden.json': 7, 'names.jsonl': 400, 'decode.jsonl': 2_500, 'sessions.jsonl': 400 }

describe('the reference vectors (SPEC §16)', () => {
  it.each(Object.keys(COUNTS) as Array<keyof typeof COUNTS>)('agrees on all of %s', (file) => {
    const { passed, failures } = VECTOR_RUNNERS[file](readFileSync(new URL(file, import.meta.url), 'utf8'))
    expect(failures.map(describeVectorFailure)).toEqual([])
    expect(passed).toBe(COUNTS[file])
  })
})
