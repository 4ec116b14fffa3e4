/**
 * Instants, draws and tokens: each reaches its corners, and what is nearly one gives the error it names.
 */
import { advance, MAX_INSTANT_MS, tokenBytes } from 'hello-negotiation'
import { TokenStore } from 'hello-negotiation/step'
import {
  arbitraryDraws, arbitraryInstant, arbitraryNearlyDraws, arbitraryNearlyToken, arbitraryNoInstant, arbitraryNow, arbitraryToken,
  TOKEN_POOL,
} from 'hello-negotiation/testing'
import { expect, it } from 'vitest'
import { drawn, expectNamedErrors, expectReached, leftOf, tally } from './support.js'

const [TOKEN] = drawn(arbitraryToken(), 1)

it('an instant is whole, a half, or the last one there is (DIV-R2)', () => {
  const kinds = tally(drawn(arbitraryInstant(), 300), (instant) => {
    expect(advance(0, instant)).toBe(instant)
    return [instant >= MAX_INSTANT_MS - 1 ? 'last' : Number.isInteger(instant) ? 'whole' : 'half']
  })
  expectReached(kinds, ['whole', 'half', 'last'], 5)
})

it('what is no instant changes nothing, and is not a number, infinite, negative, or minus zero (DIV-R2)', () => {
  const readings = drawn(arbitraryNoInstant(), 100)
  for (const reading of readings) expect(advance(7.5, reading)).toBe(7.5)
  expect(readings).toEqual(expect.arrayContaining([Number.NaN, Infinity, -Infinity, -1, -0]))
})

it('a reading is any of these', () => {
  const kinds = tally(drawn(arbitraryNow(), 500), (reading) =>
    [reading >= 0 && reading <= MAX_INSTANT_MS && !Object.is(reading, -0) ? 'instant' : 'none'])
  expectReached(kinds, ['instant', 'none'], 50)
})

it('draws are none, one, or several, behind an offset, with less than one behind', () => {
  const kinds = tally(drawn(arbitraryDraws(), 300), ({ bytes, offset }) => [
    `${Math.min(2, Math.floor((bytes.length - offset) / 16))} draws`,
    offset > 0 ? 'offset' : 'no offset',
    (bytes.length - offset) % 16 > 0 ? 'rest' : 'no rest',
  ])
  expectReached(kinds, ['0 draws', '1 draws', '2 draws', 'offset', 'no offset', 'rest', 'no rest'], 5)
})

it('draws of which none is whole issue nothing, for that reason (SPEC T3)', () => {
  const counts = expectNamedErrors(
    arbitraryNearlyDraws(), (draws) => leftOf(TokenStore.issue(TokenStore.tokenStore(), 0, draws).value), 200,
  )
  expectReached(counts, ['no bytes', 'one byte short', 'offset outside the bytes'], 20)
})

it('bytes that are no token are refused, for that reason (SPEC T8)', () => {
  const counts = expectNamedErrors(
    arbitraryNearlyToken(), (bytes) => leftOf(TokenStore.accept(TokenStore.tokenStore(), TOKEN ?? nothing(), bytes, 0).value), 200,
  )
  expectReached(counts, ['no bytes', 'another length'], 20)
})

it('tokens are mostly of the pool, so that they meet again (SPEC T4)', () => {
  const pool = TOKEN_POOL.map((token) => tokenBytes(token).join())
  const counts = tally(drawn(arbitraryToken(), 200), (token) => [pool.includes(tokenBytes(token).join()) ? 'pool' : 'any'])
  expectReached(counts, ['pool', 'any'], 5)
})

function nothing(): never {
  throw new Error('one was drawn')
}
