/**
 * Policies and registrations with one thing off: they have the one fault that they name.
 */
import fc from 'fast-check'
import { parsePolicy } from 'hello-negotiation'
import { ServiceTable } from 'hello-negotiation/step'
import {
  arbitraryNearlyPolicyInput, arbitraryNearlyRegistration, arbitraryPolicyInput, arbitraryRegistration,
} from 'hello-negotiation/testing'
import { expect, it } from 'vitest'
import { drawn, expectNamedErrors, expectReached, leftOf, tally } from './support.js'

it('a policy is legal, whichever of its fields there are', () => {
  const counts = tally(drawn(arbitraryPolicyInput(), 300), (input) => {
    expect(parsePolicy(input)._tag).toBe('Right')
    return Object.keys(input)
  })
  expectReached(counts, ['services', 'peerPolicy', 'helloTimeoutMs', 'rateLimit', 'tokenStore', 'ackDeadlineMs', 'sessions'], 100)
})

it('a policy with one thing off has one fault, and there', () => {
  const faultOf = (input: unknown): unknown => {
    const parsed = parsePolicy(input)
    return parsed._tag === 'Left' && parsed.left.length === 1 ? { path: parsed.left[0]?.path } : parsed
  }
  const counts = expectNamedErrors(arbitraryNearlyPolicyInput(), faultOf, 600)
  expectReached(counts, [
    'no object', 'services', 'unknown field', 'a service\'s serviceName', 'a service\'s minVersion', 'a service\'s versionAllowList[0]',
    'a service\'s daemonVersion', 'a service\'s backendPipe', 'a service\'s serverCapabilities', 'a service\'s capabilities',
    'a name used twice', 'peerPolicy', 'helloTimeoutMs', 'ackDeadlineMs', 'rateLimit.maxPerWindow', 'rateLimit.windowMs',
    'tokenStore.maxPending', 'tokenStore.ttlMs', 'tokenStore.collisionAttempts', 'sessions.brokerHalf', 'a daemon half',
  ], 5)
})

it('a registration is legal (SPEC L2)', () => {
  fc.assert(fc.property(arbitraryRegistration(), (registration) => {
    expect(ServiceTable.parseRegistration(registration)._tag).toBe('Right')
  }))
})

it('a registration with one text off is refused for that and nothing else (SPEC L2)', () => {
  const counts = expectNamedErrors(
    arbitraryNearlyRegistration(), (registration) => leftOf(ServiceTable.parseRegistration(registration)), 400,
  )
  expectReached(tally([...counts.keys()], (off) => [off.replace(/: .*/, '')]), ['service name', 'floor', 'list'], 5)
})
