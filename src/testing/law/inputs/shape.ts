/**
 * What shape laws take: Hellos of which some fields are sound and some are not, and who says them.
 */
import fc from 'fast-check'
import type { PeerIdentity } from '../../../data/PeerIdentity.js'
import type { Hello } from '../../../wire/messages/Hello.js'
import { arbitraryText } from '../../arbitrary/bytes.js'
import { arbitraryHello } from '../../arbitrary/messages.js'
import { arbitraryPeer, arbitraryPid } from '../../arbitrary/peer.js'
import { arbitraryServiceName, arbitraryVersion } from '../../arbitrary/names.js'
import { utf8Bytes } from '../grammar.js'
import type { LawArbitraries } from './LawArbitraries.js'

/**
 * The kinds of input of shape laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface ShapeInputs {
  readonly DoubtfulHello: DoubtfulHello
  readonly HelloWithText: HelloWithText
}

/**
 * A Hello, most of it sound, the peer that it came from, and another Hello.
 *
 * @category model
 * @since 0.1.0
 */
export interface DoubtfulHello {
  readonly hello: Hello
  readonly peer: PeerIdentity
  readonly other: Hello
}

/**
 * A Hello without a fault, and a text that may be too long for one.
 *
 * @category model
 * @since 0.1.0
 */
export interface HelloWithText {
  readonly hello: Hello
  readonly text: string
}

/** @internal */
export const SHAPE_INPUTS: LawArbitraries<ShapeInputs> = {
  DoubtfulHello: () => fc.record({ hello: helloWith(arbitraryChecked(1)), peer: arbitraryPeer(), other: arbitraryHello() }),
  HelloWithText: () => fc.record({ hello: helloWith(arbitraryChecked(0)), text: arbitraryLength() }),
}

function helloWith(checked: fc.Arbitrary<Partial<Hello>>): fc.Arbitrary<Hello> {
  return fc.tuple(arbitraryHello(), checked).map(([hello, checked]) => ({ ...hello, ...checked }))
}

/** The fields that are checked: each sound, or wrong as often as `weight` says, against 5. */
function arbitraryChecked(weight: number): fc.Arbitrary<Partial<Hello>> {
  const or = <A>(sound: fc.Arbitrary<A>, wrong: fc.Arbitrary<A>): fc.Arbitrary<A> =>
    fc.oneof({ arbitrary: sound, weight: 5 }, { arbitrary: wrong, weight })
  return fc.record({
    clientMinProtocol: or(fc.constantFrom(0, 1), fc.constantFrom(2, 0xffff_ffff)),
    clientMaxProtocol: or(fc.constantFrom(1, 2, 0xffff_ffff), fc.constant(0)),
    serviceName: or<string>(arbitraryServiceName(), fc.constantFrom('', 'ZCCache', 'a'.repeat(65), 'a_b', 'a\n', 'é', '\u0430')),
    wantedVersion: or<string>(arbitraryVersion(), arbitraryNearVersion()),
    clientVersion: or(ofBytes(128), arbitraryLength()),
    clientLibName: or(ofBytes(64), arbitraryLength()),
    clientLibVersion: or(ofBytes(64), arbitraryLength()),
    peerPid: weight === 0 ? fc.constant(0) : arbitraryPid(),
  })
}

function arbitraryNearVersion(): fc.Arbitrary<string> {
  return fc.constantFrom(
    '', '1', '1.2', '1.2.3.4', '1..3', '.1.2', 'v1.2.3', '1.2.3-', '1.2.3-a-b', '1.2.3-RC', '1.2.3+build', ' 1.2.3', '1.2.3\n',
    '١.٢.٣', `1.0.${'9'.repeat(61)}`,
  )
}

/** Text of at most so many bytes, and often of exactly that many. */
function ofBytes(max: number): fc.Arbitrary<string> {
  const full = fc.constantFrom('a', 'éé', '😀').map((unit) => unit.repeat(max / utf8Bytes(unit)))
  return fc.oneof(fc.constantFrom('', '1.2.3'), full)
}

/** Text whose bytes are next to a cap, while its characters are fewer. */
function arbitraryLength(): fc.Arbitrary<string> {
  const unit = fc.constantFrom('a', 'é', '漢', '😀', '\ud800')
  const times = fc.constantFrom(16, 17, 21, 22, 32, 33, 43, 64, 65, 128, 129)
  return fc.oneof(fc.tuple(unit, times).map(([unit, times]) => unit.repeat(times)), arbitraryText())
}
