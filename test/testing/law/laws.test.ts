/**
 * Our steps keep every law, and no law is idle: a seeded bug breaks each.
 */
import { readFileSync } from 'node:fs'
import { checkLaw, describeLawReport, lawOf, LAWS, stepsWith } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { MUTANTS } from './mutants.js'

describe('every law', () => {
  it.each(LAWS.map((law) => [law.id, law.sentence, law] as const))('%s is kept: %s', (_id, _sentence, law) => {
    const report = checkLaw(law)
    expect(report._tag, describeLawReport(report)).toBe('Kept')
  })

  it('has an id of its own, a group that its id names, rows, and one sentence', () => {
    expect(new Set(LAWS.map(({ id }) => id)).size).toBe(LAWS.length)
    for (const { id, group, rows, sentence } of LAWS) {
      expect(id).toMatch(new RegExp(`^${group.toUpperCase()}-\\d+$`))
      expect(rows.length).toBeGreaterThan(0)
      expect(sentence).toMatch(/^[A-Z][^.]*\.$/)
    }
  })

  it('covers rows that SPEC.md has', () => {
    const spec = readFileSync(new URL('../../../SPEC.md', import.meta.url), 'utf8')
    const rows = new Set([...spec.matchAll(/^\| ([A-Z][A-Z0-9-]*\d) \|/gm)].map(([, row]) => row))
    expect(LAWS.flatMap(({ id, rows: covered }) => covered.filter((row) => !rows.has(row)).map((row) => `${id}: ${row}`))).toEqual([])
  })

  it('has a bug that breaks it', () => {
    const proven = new Set(MUTANTS.map(({ law }) => law))
    expect(LAWS.filter(({ id }) => !proven.has(id)).map(({ id }) => id)).toEqual([])
  })
})

describe('a seeded bug', () => {
  it.each(MUTANTS.map((mutant) => [mutant.law, mutant.bug, mutant] as const))('breaks %s: %s', (id, _bug, { steps, throws }) => {
    const law = lawOf(id)
    const report = law && checkLaw(law, { steps: stepsWith(steps), runs: 1_000, seed: 1 })
    expect(report?._tag).toBe('Broken')
    expect(report?._tag === 'Broken' && report.breach.startsWith('a step threw')).toBe(throws === true)
  })
})
