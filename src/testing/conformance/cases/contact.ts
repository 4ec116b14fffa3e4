/**
 * The first thing said to a broker: whether it lets the tester in at all (SPEC C1).
 */
import { admitPeer } from '../../../step/PeerPolicy.js'
import { type ConformanceCase, head, playedCase } from '../ConformanceCase.js'
import type { Heard } from '../Dialogue.js'
import { AGREED, type Finding, notShown } from '../Finding.js'
import { differed, type Trial } from '../findReply.js'
import { map, talk } from '../Play.js'
import { saying, toTheEnd } from '../Script.js'
import { request, type Subject } from '../Subject.js'

/** @internal */
export function contactCase(subject: Subject): ConformanceCase {
  const trial = { what: 'the first Hello', rows: ['C1'], script: toTheEnd(saying(request(subject.base))) }
  const about = head('peer-policy', 'C1', 'who may talk to the broker is answered, and nobody else')
  return playedCase(about, map(talk(trial.script), (heard) => [admission(subject, trial, heard)]))
}

/** `undefined` where this process does not know by which user it goes. */
function isWelcome({ policy: { peerPolicy }, self }: Subject): boolean | undefined {
  if (peerPolicy._tag === 'AllowAny') return true
  return self.userId === '' ? undefined : admitPeer(peerPolicy, self)._tag === 'Right'
}

function admission(subject: Subject, trial: Trial, heard: Heard): Finding {
  const welcome = isWelcome(subject)
  if (welcome === undefined) return notShown('this process does not know its own user')
  if (heard.bytes.length > 0) return welcome ? AGREED : differed(trial, SHUT_OUT, heard)
  if (!welcome) return heard.ending === 'Open' ? differed(trial, SHUT_OUT, heard) : AGREED
  return subject.policy.peerPolicy._tag === 'OwnerOnly' && heard.ending !== 'Open'
    ? notShown('only the owner may connect, and the broker seems not to learn who does')
    : differed(trial, 'a reply', heard)
}

const SHUT_OUT = 'not one byte, and the end of the connection'
