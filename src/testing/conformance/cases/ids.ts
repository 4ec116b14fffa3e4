/**
 * Whether refusals take connection ids: a yes, a no, another yes, and the difference between the ids (SPEC N5).
 */
import { type Finding, AGREED, notShown } from '../Finding.js'
import { differed, type Trial } from '../findReply.js'
import type { Heard } from '../Dialogue.js'
import { chain, inTurn, map, type Play, talk } from '../Play.js'
import { readHeard } from '../Reading.js'
import { saying } from '../Script.js'
import { type Ask, request, requestOf, type Subject } from '../Subject.js'

/** @internal */
export function idPlay(subject: Subject, ask: Ask): Play<ReadonlyArray<Finding>> {
  const yes = saying(request(ask))
  return chain(inTurn([yes, ...refusals(subject, ask).flatMap(({ script }) => [script, yes])], talk), (all) =>
    map(inTurn([yes, yes, yes], talk), (quiet) => judged(refusals(subject, ask), all, quiet)))
}

function refusals({ nobody }: Subject, ask: Ask): ReadonlyArray<Trial> {
  const refusal = (what: string, bytes: Uint8Array): Trial => ({
    what: `${what} between two Hellos`, rows: ['N5'], script: saying(bytes),
  })
  return [
    refusal('bytes that are no frame', Uint8Array.of(0x16)),
    refusal('a payload that is no Hello', requestOf(Uint8Array.of(0xff))),
    refusal('a Hello of the wrong shape', request({ ...ask, wantedVersion: 'latest' })),
    refusal('a Hello for a service that is not there', request({ ...ask, serviceName: nobody })),
  ]
}

/**
 * Somebody else may be talking to the broker, and take ids of its own. So ids that are missing are held against the
 * broker only where two Hellos in a row, with nothing between them, show that nobody else is; and more than one, which a
 * refusal by the rate limit between the two would explain, only where some are missing every time.
 */
function judged(trials: ReadonlyArray<Trial>, all: ReadonlyArray<Heard>, quiet: ReadonlyArray<Heard>): ReadonlyArray<Finding> {
  const ids = all.filter((_, i) => i % 2 === 0).map(idIn)
  const steps = trials.map((_, i) => step(ids[i], ids[i + 1]))
  const isQuiet = quiet.some((heard, i) => step(idIn(heard), idIn(quiet[i + 1])) === 1n)
  const isUsual = steps.every((taken) => taken !== undefined && taken > 1n)
  return trials.map((trial, i) => {
    const taken = steps[i]
    if (taken === 1n) return AGREED
    const heard = all[2 * i + 2] as Heard
    if (taken === undefined) return notShown('a Hello that was to be granted was not')
    return isQuiet && (taken === 2n || isUsual)
      ? differed(trial, `connection id ${(ids[i] ?? 0n) + 1n}`, heard, `connection id ${ids[i + 1]}`)
      : notShown('somebody else seems to be talking to the broker')
  })
}

/** Ids wrap at 2^64. */
function step(from: bigint | undefined, to: bigint | undefined): bigint | undefined {
  return from === undefined || to === undefined ? undefined : BigInt.asUintN(64, to - from)
}

function idIn(heard: Heard | undefined): bigint | undefined {
  const reading = heard === undefined ? undefined : readHeard(heard)
  return reading?._tag === 'Reply' && reading.result._tag === 'Negotiated' ? reading.result.negotiated.connectionId : undefined
}
