/**
 * Whether a broker knows who it talks to: a claim of another pid than the tester's own (SPEC H6).
 */
import { MAX_U32 } from '../../../data/U64.js'
import { peerIdentity } from '../../../data/PeerIdentity.js'
import { judgeBy } from '../ConformanceCase.js'
import { expectation } from '../Expectation.js'
import { AGREED, type Finding, notShown } from '../Finding.js'
import { says, type Trial } from '../findReply.js'
import { chain, map, type Play, talk, told } from '../Play.js'
import { saying } from '../Script.js'
import { request, type Subject } from '../Subject.js'

/**
 * @internal Whether the broker holds a claimed pid against one that it has learnt. It does not where the platform
 * does not tell it, and then it limits nobody either (SPEC R2).
 */
export function knowsPids(subject: Subject): Play<boolean> {
  const { script } = claim(subject, otherPid(subject))
  const refused = expectation(subject, script, subject.self)
  return subject.self.pid === 0 ? told(false)
    : map(talk(script), (heard) => refused._tag === 'Reply' && says(heard, refused.outcome))
}

/** @internal */
export function pidPlay(subject: Subject): Play<ReadonlyArray<Finding>> {
  const { self } = subject
  if (self.pid === 0) return told([notShown('this process does not know its own pid')])
  const other = claim(subject, otherPid(subject))
  return chain(talk(other.script), (heard) => {
    const isRefused = judgeBy(subject, self)(other, heard)._tag === 'Agreed'
    const asNobody = judgeBy(subject)(other, heard)
    if (isRefused) return chain(own(subject), (found) => map(later(subject), (rest) => [AGREED, found, rest]))
    return told([asNobody._tag === 'Agreed' ? notShown('the broker does not learn pids here') : asNobody])
  })
}

function own(subject: Subject): Play<Finding> {
  const { self } = subject
  const trial = claim(subject, self.pid)
  const elsewhere = expectation(subject, trial.script, peerIdentity(otherPid(subject)))
  return map(talk(trial.script), (heard) => {
    const isStranger = elsewhere._tag === 'Reply' && says(heard, elsewhere.outcome)
    // In another namespace of pids, the kernel tells the broker another number than it tells us.
    return isStranger
      ? notShown('the broker knows this process by another pid than its own')
      : judgeBy(subject, self)(trial, heard)
  })
}

/** The check comes last: a Hello that has another fault is told about that. */
function later(subject: Subject): Play<Finding> {
  const fields = { peerPid: otherPid(subject), clientLibName: 'l'.repeat(65) }
  const trial = { what: 'another pid and a client_lib_name too long', rows: ['H5', 'H6'], script: saying(request(subject.base, fields)) }
  return map(talk(trial.script), (heard) => judgeBy(subject, subject.self)(trial, heard))
}

function claim(subject: Subject, peerPid: number): Trial {
  return { what: `a claim to be pid ${peerPid}`, rows: ['H6'], script: saying(request(subject.base, { peerPid })) }
}

function otherPid({ self }: Subject): number {
  return self.pid === MAX_U32 ? 1 : self.pid + 1
}
