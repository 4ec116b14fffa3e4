/**
 * How laws are tried: a report says what was found, and can be had again.
 */
import { checkLaw, checkLaws, describeLawReport, type LawReport, lawOf, lawsAbout, OUR_STEPS, stepsWith } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'

const { consume } = OUR_STEPS.TokenStore
const forgetful = stepsWith({
  TokenStore: {
    consume: (store, expected, presented, nowMs) => ({ state: store, value: consume(store, expected, presented, nowMs).value }),
  },
})

function lawNamed(id: string): NonNullable<ReturnType<typeof lawOf>> {
  const law = lawOf(id)
  if (law === undefined) throw new Error(`no law ${id}`)
  return law
}

function broken(report: LawReport): Extract<LawReport, { readonly _tag: 'Broken' }> {
  if (report._tag === 'Kept') throw new Error(`${report.law.id} holds`)
  return report
}

describe('checkLaw', () => {
  it('gives the same report for the same law, steps, seed and runs (law 1)', () => {
    const options = { steps: forgetful, seed: 7, runs: 500 }
    expect(checkLaw(lawNamed('TOKEN-1'), options)).toEqual(checkLaw(lawNamed('TOKEN-1'), options))
    expect(checkLaw(lawNamed('TOKEN-2'), { seed: 7, runs: 20 })).toMatchObject({ _tag: 'Kept', seed: 7, runs: 20 })
  })

  it('tells a path on which the input that it found is the first that is tried (law 2)', () => {
    const found = broken(checkLaw(lawNamed('TOKEN-1'), { steps: forgetful, seed: 7, runs: 500 }))
    const again = broken(checkLaw(lawNamed('TOKEN-1'), { steps: forgetful, seed: found.seed, path: found.path }))
    expect(again).toMatchObject({ runs: 1, breach: found.breach, input: found.input })
    expect(checkLaw(lawNamed('TOKEN-1'), { seed: found.seed, path: found.path })._tag).toBe('Kept')
  })

  it('takes a step that throws for a breach, and says what it threw (law 3)', () => {
    const throwing = stepsWith({ TokenStore: { tokenStore: () => { throw new Error('no store today') } } })
    expect(broken(checkLaw(lawNamed('TOKEN-2'), { steps: throwing, seed: 1 })).breach).toBe('a step threw: no store today')
  })
})

describe('checkLaws', () => {
  it('tries each of the laws on the same steps, and finds out more than one that a bug breaks', () => {
    const reports = checkLaws(lawsAbout('token'), { steps: forgetful, seed: 1, runs: 500 })
    expect(reports.map(({ law }) => law.id)).toEqual(lawsAbout('token').map(({ id }) => id))
    expect(reports.filter(({ _tag }) => _tag === 'Broken').map(({ law }) => law.id)).toContain('TOKEN-7')
  })
})

describe('describeLawReport', () => {
  it('says in one line that a law holds', () => {
    const text = describeLawReport(checkLaw(lawNamed('TOKEN-2'), { seed: 3, runs: 10 }))
    expect(text).toBe('TOKEN-2 holds for 10 inputs from seed 3: No more tokens are pending than the limit allows.')
  })

  it('says of one that does not what was seen, for which input, tokens spelt out, and how to see it again', () => {
    const lines = describeLawReport(checkLaw(lawNamed('TOKEN-1'), { steps: forgetful, seed: 7, runs: 500 })).split('\n')
    expect(lines).toEqual([
      'TOKEN-1 is broken: A token is consumed at most once for every time it was issued.',
      expect.stringMatching(/^ {3}seen: [0-9a-f]{32} was consumed and had not been issued since$/),
      expect.stringMatching(/^ {3}input: \{"limits":.*"expected":token\([0-9a-f]{32}\)/),
      expect.stringMatching(/^ {3}again: checkLaw\(lawOf\('TOKEN-1'\), \{ seed: 7, path: '[\d:]+' \}\)$/),
    ])
  })
})
