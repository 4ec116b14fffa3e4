/**
 * The test of a client, held against programs in processes of their own: the package's, and some that are wrong in
 * one thing each.
 */
import { fileURLToPath } from 'node:url'
import { clientConformance } from 'hello-negotiation/host/node'
import { type ConformanceReport, type Differed, rowsOf, verdictOnRow } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { named, resultsOf } from './support.js'

const MINUTES_MS = 600_000
const OURS = fileURLToPath(new URL('../../dist/host/command/main.js', import.meta.url))
const WRONG = fileURLToPath(new URL('wrongClient.mjs', import.meta.url))
const node = JSON.stringify(process.execPath)

const ours = `${node} ${JSON.stringify(OURS)} hello --socket {socket} --service zccache --version 1.11.20`

function test(command: string, ...only: ReadonlyArray<string>): Promise<ConformanceReport> {
  return clientConformance({ command, only, boundMs: 60_000 })
}

function wrong(fault: string): string {
  return `${node} ${JSON.stringify(WRONG)} ${fault}`
}

function rows(report: ConformanceReport, verdict: ReturnType<typeof verdictOnRow>): ReadonlyArray<string> {
  const results = resultsOf(report)
  return rowsOf(results).filter((row) => verdictOnRow(results, row) === verdict)
}

describe('the package’s own client', () => {
  it('agrees in every row that can be seen of a client', { timeout: MINUTES_MS }, async () => {
    const report = await test(`${ours} --handoff`)
    expect(named(report, 'Differs')).toEqual([])
    expect(named(report, 'AsReference')).toEqual([])
    expect(rows(report, 'NotShown')).toEqual([])
    expect(rows(report, 'Agrees')).toEqual([
      'F1', 'F2', 'F3', 'F5', 'W2', 'W5', 'W7', 'W8', 'W9', 'W11', 'E1', 'E2', 'E3', 'E4', 'E5', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6',
      'N6', 'C3', 'C4', 'G5', 'G6', 'G7', 'G8', 'G9', 'G10', 'G15', 'DIV-G1', 'DIV-G2',
    ])
  })

  it('is not blamed for asking again when it is told to come back later, and later it does (SPEC G15)', { timeout: MINUTES_MS }, async () => {
    const report = await test(`${ours} --attempts 2`, 'no-for-now', 'no')
    expect(named(report, 'Differs')).toEqual([])
  })
})

describe('a client that is wrong', () => {
  it.each([
    ['takes every answer for a yes', 'careless', ['envelope', 'no-endpoint', 'nobody'], ['envelope', 'no-endpoint', 'nobody']],
    ['takes no answer for a yes', 'hopeless', ['yes-fields', 'no-endpoint'], ['yes-fields']],
    ['does not look at the envelope', 'lax', ['envelope', 'no-endpoint'], ['envelope']],
    ['says a Hello of the wrong shape', 'shapeless', ['no-endpoint'], ['request-shape']],
    ['says a Hello in the wrong envelope', 'envelope', ['no-endpoint'], ['request-envelope']],
    ['says it twice', 'chatty', ['no-endpoint'], ['request-alone']],
    ['asks again what cannot change', 'stubborn', ['no'], ['no']],
    ['dies of it', 'crashing', ['no-endpoint', 'nobody'], ['nobody']],
  ])('and %s is told so', { timeout: MINUTES_MS }, async (_, fault, only, expected) => {
    const report = await test(wrong(fault), ...only)
    expect(named(report, 'Differs')).toEqual(expected)
  })

  it.runIf(process.platform === 'linux')('and claims another’s pid is told so (SPEC H6)', { timeout: MINUTES_MS }, async () => {
    expect(rows(await test(wrong('stranger'), 'no-endpoint'), 'Differs')).toEqual(['H6'])
  })

  it('only where the reference is too is told that (DIV-G1)', { timeout: MINUTES_MS }, async () => {
    const report = await test(wrong('plain'), 'not-asked', 'no-endpoint')
    expect(named(report, 'AsReference')).toEqual(['not-asked'])
    expect(named(report, 'Differs')).toEqual([])
  })

  it('and does not end in time is not waited for', { timeout: MINUTES_MS }, async () => {
    const report = await clientConformance({ command: wrong('endless'), only: ['framing', 'silence'], boundMs: 3_000 })
    expect(named(report, 'NotShown')).toEqual(['silence'])
  })

  it('is shown what it said, and what it was told', { timeout: MINUTES_MS }, async () => {
    const report = await test(wrong('careless'), 'no-endpoint')
    const [difference] = resultsOf(report).flatMap(({ findings }) => findings.filter((one): one is Differed => one._tag === 'Differed'))
    expect(difference).toMatchObject({ expected: 'no success: another exit status, and no call to the backend', actual: 'exit status 0' })
    expect(new TextDecoder('latin1').decode(difference?.received)).toContain('zccache')
    expect(difference?.sent[0]).toBe(1)
  })
})

describe('a client that is out of the ordinary', () => {
  it('and offers nothing is not shown to take a token (SPEC G10)', { timeout: MINUTES_MS }, async () => {
    expect(named(await test(wrong('plain'), 'yes-token'), 'NotShown')).toEqual(['yes-token'])
  })

  it('and goes on to its backend has taken its yes, and need not end', { timeout: MINUTES_MS }, async () => {
    const report = await test(wrong('settled'), 'yes', 'no-endpoint')
    expect(named(report, 'Differs')).toEqual([])
  })

  it.each([['silent', 'exit status 3'], ['no such command', 'exit status']])('and never calls cannot be talked to: %s', { timeout: MINUTES_MS }, async (fault, end) => {
    const report = await test(fault === 'silent' ? wrong(fault) : './there-is-no-such-client', 'no-endpoint')
    expect(report._tag === 'Unreachable' && report.trouble).toContain(`the client never called: ${end}`)
  })
})
