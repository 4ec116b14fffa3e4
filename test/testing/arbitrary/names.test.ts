/**
 * Names and versions: what is nearly one is refused for the reason it names.
 */
import { isServiceName, isVersion, parseServiceName, parseVersion } from 'hello-negotiation'
import { arbitraryNearlyServiceName, arbitraryNearlyVersion, arbitraryServiceName, arbitraryVersion } from 'hello-negotiation/testing'
import { expect, it } from 'vitest'
import { drawn, expectNamedErrors, expectReached, leftOf, tally } from './support.js'

it('a service name has one character, 64, or some between, and is at times one that objects have (SPEC H2)', () => {
  const names = drawn(arbitraryServiceName(), 500)
  expect(names.every(isServiceName)).toBe(true)
  const kinds = tally(names, (name) =>
    [name === 'constructor' ? name : name.length === 1 ? 'shortest' : name.length === 64 ? 'longest' : 'between'])
  expectReached(kinds, ['constructor', 'shortest', 'longest', 'between'], 10)
})

it('a version is plain, has a tail, leading zeros, or parts that no u64 holds (SPEC H7, V2)', () => {
  const versions = drawn(arbitraryVersion(), 500)
  expect(versions.every(isVersion)).toBe(true)
  const kinds = tally(versions, (version) => [
    version.includes('-') ? 'tail' : 'plain',
    ...(/(^|\.)0\d/.test(version) ? ['zeros'] : []),
    ...(/\d{20}/.test(version) ? ['huge'] : []),
  ])
  expectReached(kinds, ['tail', 'plain', 'zeros', 'huge'], 10)
})

it('what is nearly a service name is refused as it is (SPEC H2)', () => {
  const counts = expectNamedErrors(arbitraryNearlyServiceName(), (text) => leftOf(parseServiceName(text)), 600)
  expectReached(counts, [
    'empty', '65 characters', 'something behind it', 'upper case', 'an underscore', 'a dot', 'a slash', 'a letter that folds to ASCII',
    'a digit of another script', 'a control character',
  ], 10)
})

it('what is nearly a version is refused as it is (SPEC H7)', () => {
  const counts = expectNamedErrors(arbitraryNearlyVersion(), (text) => leftOf(parseVersion(text)), 600)
  expectReached(counts, [
    'two parts', 'four parts', 'an empty part', 'a letter in a part', 'a digit of another script', 'a v before it', 'a sign',
    'an empty tail', 'a second tail', 'upper case in the tail', 'build metadata', 'a space before it', 'a line feed behind it',
  ], 10)
})
