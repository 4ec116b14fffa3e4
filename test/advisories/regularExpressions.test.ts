/**
 * Regular expressions that take exponential time (the class of CVE-2022-25883 in a parser of versions): a quantifier
 * around another, so that one text can be split up in many ways.
 *
 * Every expression in the sources is looked at, and the grammars of names and versions are given the texts that
 * such an expression would never be done with. No time is measured: a test that hangs fails at its time-out.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exchange, isServiceName, isVersion, parsePolicy, UNVERIFIED_PEER } from 'hello-negotiation'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { inspectBytes } from '../../src/host/command/inspect/index.js'
import { BACKEND, framedHello, FRESH, POLICY } from '../support/negotiate.js'
import { provenElsewhere } from './provenElsewhere.js'

provenElsewhere([
  ['data/Version.test.ts', 'agrees with the grammar on every text (SPEC H3, H7)'],
  ['data/ServiceName.test.ts', 'agrees with the rule on every text (SPEC H2)'],
])

const SRC = fileURLToPath(new URL('../../src', import.meta.url))

function expressionsIn(node: ts.Node): ReadonlyArray<string> {
  const inner: Array<string> = []
  node.forEachChild((child) => void inner.push(...expressionsIn(child)))
  return ts.isRegularExpressionLiteral(node) ? [node.text, ...inner] : inner
}

function sourceOf(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(SRC, path), 'utf8'), ts.ScriptTarget.ES2022, true)
}

const PATHS = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
const EXPRESSIONS = [...new Set(PATHS.flatMap((path) => expressionsIn(sourceOf(path))))]

/** Whether a quantifier without an upper end stands around another one, or around a choice. */
function isNested(expression: string): boolean {
  // Classes and escapes are single characters to a quantifier.
  const plain = expression.replace(/\\p\{\w+\}/g, 'x').replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x')
  const groups = [...plain.matchAll(/\((?:\?[:=!]|\?<[=!])?([^()]*)\)([+*]|\{\d+,\})/g)]
  return groups.some(([, body = '']) => /[+*|]|\{\d+,\}/.test(body))
}

/** Whether two quantifiers without an upper end stand side by side over the same characters. */
function isAdjacent(expression: string): boolean {
  return /(\\.|\[[^\]]*\]|[a-z0-9])[+*]\1[+*]/i.test(expression)
}

describe('the expressions of the sources', () => {
  it('are found, and none nests a quantifier in another or puts two side by side', () => {
    expect(EXPRESSIONS.length).toBeGreaterThan(10)
    expect(EXPRESSIONS.filter((expression) => isNested(expression) || isAdjacent(expression))).toEqual([])
  })

  it.each([
    '/^(a+)+$/', '/^(?:[a-z]*)*$/', '/(x|xx)+y/', '/^(?:a{1,})+$/', '/\\d+\\d+$/', '/[a-z]*[a-z]*x/',
  ])('would tell %s', (expression) => {
    expect(isNested(expression) || isAdjacent(expression)).toBe(true)
  })
})

/** Each nearly matches for as long as it can, and fails at its end. */
const NEARLY = {
  'digits without end': '1'.repeat(65_000),
  'digits and dots': '1.'.repeat(32_000),
  'a version whose tail never ends well': `1.2.3-${'a.'.repeat(32_000)}!`,
  'zeros and a sign': `${'0'.repeat(64_000)}.0.0+`,
  'letters and a capital': `${'a'.repeat(64_000)}A`,
  'hyphens': '-'.repeat(65_000),
  'a name and line feeds': `zccache${'\n'.repeat(64_000)}`,
}

describe.each(Object.entries(NEARLY))('%s', (_what, text) => {
  it('is no name and no version, and a broker says so (SPEC H2, H3)', () => {
    expect([isServiceName(text), isVersion(text)]).toEqual([false, false])
    const reasonOf = (fields: Parameters<typeof framedHello>[0]): unknown => {
      const ambient = { nowMs: 0, draws: { bytes: new Uint8Array(0), offset: 0 } }
      const { outcome } = exchange(POLICY, FRESH, framedHello(fields), UNVERIFIED_PEER, ambient).value
      return outcome._tag === 'Refused' ? outcome.error._tag : outcome._tag
    }
    expect(reasonOf({ serviceName: text })).toBe('InvalidServiceName')
    expect(reasonOf({ wantedVersion: text })).toBe('InvalidWantedVersion')
  })

  it('is a fault in a policy, and bytes like any other to the command', () => {
    expect(parsePolicy({ services: [{ ...BACKEND, minVersion: text, serviceName: text }] })._tag).toBe('Left')
    expect(inspectBytes(Buffer.from(text)).framing._tag).toBe('Foreign')
  })
})
