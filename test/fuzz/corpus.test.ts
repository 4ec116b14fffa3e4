/**
 * The fuzzer's corpus, tried again: what once led somewhere new holds, and so do all its beginnings.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { TARGETS } from '../../fuzz/targets.mjs'

const CORPUS = fileURLToPath(new URL('../../fuzz/corpus/', import.meta.url))

describe.each(Object.entries(TARGETS))('the corpus of %s', (name, target) => {
  const inputs = readdirSync(`${CORPUS}${name}`).map((file) => new Uint8Array(readFileSync(`${CORPUS}${name}/${file}`)))

  it('is there', () => {
    expect(inputs.length).toBeGreaterThan(10)
  })

  it('breaks nothing, whole or cut short anywhere (SPEC F2, W9, C4)', () => {
    for (const input of inputs) {
      target(input)
      for (let length = 0; length < Math.min(input.length, 200); length += 1) target(input.slice(0, length))
    }
  })
})
