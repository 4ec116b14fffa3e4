/**
 * fast-check as mutation runs see it: the same draws for every mutant, fewer runs of a property and no shrinking, because thousands of
 * mutants each wait for it. bundle.mjs puts it in the place of `fast-check`, so no test knows.
 */
import * as fc from 'fast-check'

/** A property that asks for no count gets as many runs as these; one that asks for many gets a share, but no less than these. */
const FEWEST_RUNS = 60
const SHARE = 0.2

fc.configureGlobal({ seed: 7, numRuns: FEWEST_RUNS, endOnFailure: true })

const fewer = (asked) => Math.min(asked, Math.max(FEWEST_RUNS, asked * SHARE))

export const fewRuns = {
  ...fc,
  assert: (property, params = {}) =>
    fc.assert(property, params.numRuns === undefined ? params : { ...params, numRuns: fewer(params.numRuns) }),
}
