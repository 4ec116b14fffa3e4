/**
 * The test of a broker, held against brokers that are right: it finds nothing to say against them, whatever their policy.
 */
import * as fc from 'fast-check'
import { peerIdentity, UNVERIFIED_PEER } from 'hello-negotiation'
import { arbitraryPolicy, rowsOf, verdictOnRow } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { brokerOf, named, policyOf, resultsOf, SELF, SESSIONS, testInMemory } from './support.js'

/** Every row that can be seen from outside. */
const VISIBLE = [
  'F1', 'F2', 'F3', 'F4', 'F5', 'F8', 'W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9', 'W10', 'W11', 'W13',
  'E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'H7', 'H8', 'R1', 'R4', 'R5',
  'L1', 'V1', 'V2', 'V3', 'V4', 'N1', 'N2', 'N3', 'N4', 'N5', 'N6', 'N7', 'N9', 'C1', 'C3', 'C4', 'C5', 'C8',
]

describe('a broker that is right', () => {
  it('agrees in every row that can be seen', () => {
    const report = testInMemory(policyOf(), brokerOf(policyOf()))
    expect(named(report, 'Differs')).toEqual([])
    expect(named(report, 'AsReference')).toEqual([])
    expect(named(report, 'NotShown')).toEqual(['session-token', 'deadline'])
    const results = resultsOf(report)
    expect(VISIBLE.filter((row) => verdictOnRow(results, row) !== 'Agrees')).toEqual([])
    expect(rowsOf(results).filter((row) => !VISIBLE.includes(row))).toEqual(['K1', 'K2', 'K3', 'C7', 'DIV-V2'])
  })

  it('agrees in its session tokens where it asks for them (SPEC K1–K3)', () => {
    const policy = policyOf({ sessions: SESSIONS })
    const report = testInMemory(policy, brokerOf(policy))
    expect(named(report, 'Differs')).toEqual([])
    expect(['K1', 'K2', 'K3'].map((row) => verdictOnRow(resultsOf(report), row))).toEqual(['Agrees', 'Agrees', 'Agrees'])
  })

  it('agrees in its deadline, which is waited for where the test is slow (SPEC C7)', () => {
    const report = testInMemory(policyOf(), brokerOf(policyOf()), { isSlow: true }, ['C7'])
    expect(named(report, 'Agrees')).toContain('deadline')
  })

  it('shows no limit where it does not learn pids (SPEC R2, H6)', () => {
    const report = testInMemory(policyOf(), brokerOf(policyOf(), {}, UNVERIFIED_PEER))
    expect(named(report, 'Differs')).toEqual([])
    expect(named(report, 'NotShown')).toEqual(['peer-pid', 'session-token', 'rate-limit', 'deadline'])
  })

  it('says nothing to a stranger, and of it nothing else is shown (SPEC C1)', () => {
    const policy = policyOf({ peerPolicy: { ownerOnly: '0' } })
    const report = testInMemory(policy, brokerOf(policy))
    expect(named(report, 'Agrees')).toEqual(['peer-policy'])
    expect(named(report, 'Differs')).toEqual([])
  })

  it('answers its owner (SPEC C1)', () => {
    const policy = policyOf({ peerPolicy: { ownerOnly: '1000' } })
    expect(named(testInMemory(policy, brokerOf(policy)), 'Differs')).toEqual([])
  })

  it('is not blamed for a limit that leaves no room: what costs nothing is shown, the rest is not', () => {
    const policy = policyOf({ rateLimit: { maxPerWindow: 2, windowMs: 3_600_000 } })
    const report = testInMemory(policy, brokerOf(policy))
    expect(named(report, 'Differs')).toEqual([])
    expect(named(report, 'Agrees')).toContain('shape-order')
    expect(named(report, 'NotShown')).toContain('rate-limit')
  })

  it('is not blamed for a pid that another namespace knows otherwise', () => {
    const report = testInMemory(policyOf(), brokerOf(policyOf(), {}, peerIdentity(7, '1000')), {}, ['H6'])
    expect(named(report, 'Differs')).toEqual([])
  })

  it('agrees whatever its policy, the seed and what it knows of its peers', () => {
    fc.assert(fc.property(arbitraryPolicy(), fc.nat(), fc.boolean(), (policy, seed, isKnown) => {
      const report = testInMemory(policy, brokerOf(policy, {}, isKnown ? SELF : UNVERIFIED_PEER), { seed, generated: 40 })
      expect(named(report, 'Differs')).toEqual([])
      expect(named(report, 'AsReference')).toEqual([])
    }), { numRuns: 15 })
  })
})
