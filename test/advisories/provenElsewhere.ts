/**
 * What a class of advisory comes to is often a law of some module, and is proven there. It is named here and not
 * proven twice; and so that the names do not go stale, each must be that of a test there is.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** A test's file below `test/`, and its name. */
export type Proof = readonly [file: string, name: string]

/** Holds each named proof to be there. */
export function provenElsewhere(proofs: ReadonlyArray<Proof>): void {
  describe('what is proven elsewhere', () => {
    it.each(proofs)('is still in %s: %s', (file, name) => {
      expect(namesIn(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))).toContain(name)
    })
  })
}

/** The texts in quotes that begin an argument, or a line: a test's name is one of them. */
function namesIn(text: string): ReadonlyArray<string> {
  return [...text.matchAll(/(?:\(|^\s*)'((?:[^'\\\n]|\\.)*)'/gm)].map(([, quoted = '']) => quoted.replaceAll('\\\'', '\''))
}
