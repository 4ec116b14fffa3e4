/**
 * Timing: a secret compared byte by byte until the first difference tells an attacker how far the guess was right (the
 * class of CVE-2015-7576). Time is not measured here; that the path does not depend on the bytes is.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { provenElsewhere } from './provenElsewhere.js'

provenElsewhere([
  ['data/Bytes.test.ts', 'looks at as many bytes wherever the first difference is (DIV-T1)'],
  ['data/HandoffToken.test.ts', 'takes the same path wherever the first difference is (law 2, DIV-T1)'],
  ['step/SessionAuthority.test.ts', 'reads every byte of its own half whichever of the token differs first (DIV-T1)'],
])

describe('the sources', () => {
  const src = fileURLToPath(new URL('../../src', import.meta.url))
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(?:data|step|negotiate|client)\/.*\.ts$/.test(path.replaceAll('\\', '/')))
    .map((path) => ts.createSourceFile(path, readFileSync(join(src, path), 'utf8'), ts.ScriptTarget.ES2022, true))

  const EQUALITIES = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken]

  function comparisonsIn(node: ts.Node): ReadonlyArray<string> {
    const inner: Array<string> = []
    node.forEachChild((child) => void inner.push(...comparisonsIn(child)))
    return ts.isBinaryExpression(node) && EQUALITIES.includes(node.operatorToken.kind) ? [node.getText(), ...inner] : inner
  }

  /** Whether two secrets are compared, and not the length of one, its tag, or that there is none. */
  function comparesSecrets(comparison: string): boolean {
    const secret = /\b(?:token|half|brokerHalf|daemonHalf|authToken|handlePassedToken|presented|echo)\b(?!\.(?:length|size))/i
    return secret.test(comparison) && !/(?:===|!==) undefined$|_tag\b/.test(comparison)
  }

  it('compare no token and no half of one with an operator', () => {
    const comparisons = files.flatMap(comparisonsIn)
    expect(comparisons.length).toBeGreaterThan(100)
    expect(comparisons.filter(comparesSecrets)).toEqual([])
  })

  it.each([
    'token === other', 'store.brokerHalf !== half', 'ack.token === offered.token',
  ])('would be caught at `%s`', (comparison) => {
    expect(comparesSecrets(comparison)).toBe(true)
  })
})
