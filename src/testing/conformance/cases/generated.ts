/**
 * Conversations from a seed, each held against what the library would say.
 */
import {
  type ConformanceCase, GENERATED_ID, type Judge, judgeBy, playedCase, type Probe, probing,
} from '../ConformanceCase.js'
import { expectation } from '../Expectation.js'
import { generatedScript } from '../Generated.js'
import { rowOf } from '../rowOf.js'
import type { Subject } from '../Subject.js'

/** @internal */
export function generatedCases(subject: Subject, seed: number, count: number): ReadonlyArray<ConformanceCase> {
  const probes = Array.from({ length: count }, (_, number) => generatedProbe(subject, seed, number))
  const rows = [...new Set(probes.flatMap(({ rows = [] }) => rows))].sort()
  const what = `${count} conversations from seed ${seed}`
  return count === 0 ? [] : [playedCase({ id: GENERATED_ID, rows, what }, probing(rows, probes, judgeEither(subject)))]
}

function generatedProbe(subject: Subject, seed: number, number: number): Probe {
  const script = generatedScript(subject, seed, number)
  const expected = expectation(subject, script)
  return { what: `conversation ${number}`, script, rows: expected._tag === 'Reply' ? [rowOf(expected.outcome)] : [] }
}

/** What was spoilt may have become a claim of a pid, which a broker refuses only where it learns pids (SPEC H6). */
function judgeEither(subject: Subject): Judge {
  const [asNobody, asSelf] = [judgeBy(subject), judgeBy(subject, subject.self)]
  return (trial, heard) => {
    const finding = asNobody(trial, heard)
    return finding._tag === 'Agreed' ? finding : asSelf(trial, heard)
  }
}
