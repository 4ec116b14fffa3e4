/**
 * What to make of a client after a meeting: whether it took the broker's word for what it was, and ended in time.
 *
 * A client takes a yes when it ends with status 0, or goes on to the endpoint that it was given.
 */
import { absurd } from '../../../data/absurd.js'
import { CAP_HANDLE_PASSING, hasCapability } from '../../../data/Capabilities.js'
import { printable } from '../../../data/Printable.js'
import { AGREED, type Differed, type Finding, notShown } from '../Finding.js'
import { concat } from '../Script.js'
import type { ClientSeen, ClientTrial, ProgramEnd } from './ClientTrial.js'
import { helloIn } from './readCall.js'

/** @internal It ought to take the yes. */
export function judgeYes(seen: ClientSeen, trial: ClientTrial): Finding {
  return hasTakenYes(seen) ? AGREED : differedFrom(trial, seen, YES)
}

/** @internal The same of a yes with a token, which is for those who offer to take a connection over (SPEC N6, G10). */
export function judgeTokenYes(seen: ClientSeen, trial: ClientTrial): Finding {
  const isOffered = seen.calls.some((call) => hasCapability(helloIn(call)?.clientCapabilities ?? 0n, CAP_HANDLE_PASSING))
  return isOffered ? judgeYes(seen, trial) : notShown('the client does not offer to take a connection over')
}

/** @internal It ought to end without success. */
export function judgeNo(seen: ClientSeen, trial: ClientTrial): Finding {
  return !hasTakenYes(seen) && seen.end._tag === 'Exited' ? AGREED : differedFrom(trial, seen, NO)
}

/** @internal The same, but the reference's client does not look, and takes the yes (DIV-G1). */
export function judgeNoLaxly(seen: ClientSeen, trial: ClientTrial): Finding {
  const finding = judgeNo(seen, trial)
  return finding._tag === 'Differed' && hasTakenYes(seen) ? { ...finding, asReference: 'DIV-G1' } : finding
}

/** @internal It ought to take the no, not to ask again where that is of no use, and not before it was told to (SPEC G15). */
export function judgeRefusal(code: number, retryAfterMs: number): ClientTrial['judge'] {
  return (seen, trial) => {
    const [first, second] = seen.calls
    if (second !== undefined && first !== undefined) {
      if (USELESS_TO_REPEAT.includes(code)) return differedFrom(trial, seen, 'one Hello and no more', `${seen.calls.length} Hellos`)
      const afterMs = Math.round(second.cameMs - first.cameMs)
      if (afterMs < retryAfterMs) return differedFrom(trial, seen, `no Hello for ${retryAfterMs} ms`, `another after ${afterMs} ms`)
    }
    // One that asks again and again may well be at it still.
    if (seen.end._tag === 'StillRunning' && seen.calls.length > 1) return AGREED
    return judgeNo(seen, trial)
  }
}

/** @internal It ought to end in its own time, which not every client lets the environment shorten. */
export function judgeBounded(isSlow: boolean): ClientTrial['judge'] {
  return (seen, trial) => {
    if (seen.end._tag !== 'StillRunning' || isSlow) return judgeNo(seen, trial)
    return notShown(`it was still waiting after ${Math.round(seen.tookMs)} ms: the slow cases wait for its own deadline`)
  }
}

/** VersionUnsupported, ServiceUnknown and VersionBlocked: asking again would bring the same answer (SPEC G15). */
const USELESS_TO_REPEAT = [1, 2, 8]

const YES = 'success: exit status 0, or a call to the backend'
const NO = 'no success: another exit status, and no call to the backend'

/** @internal */
export function hasTakenYes({ end, backendCalls }: ClientSeen): boolean {
  return backendCalls > 0 || (end._tag === 'Exited' && end.status === 0)
}

/** @internal */
export function differedFrom(
  { what, rows }: Pick<ClientTrial, 'rows' | 'what'>, seen: ClientSeen, expected: string, actual: string = describeSeen(seen),
): Differed {
  const { calls } = seen
  return {
    _tag: 'Differed', what, rows, expected, actual,
    sent: concat(calls.slice(-1).map(({ told }) => told)), received: concat(calls.slice(-1).map(({ bytes }) => bytes)),
  }
}

const COMPLAINT_MAX_CHARACTERS = 200

/** @internal */
export function describeSeen({ end, backendCalls, calls, tookMs, complaint }: ClientSeen): string {
  const called = calls.length === 0 ? ', without a call to the broker' : ''
  const went = backendCalls > 0 ? ', and a call to the backend' : ''
  const said = complaint === '' ? '' : `; it said ${printable(JSON.stringify(complaint.slice(-COMPLAINT_MAX_CHARACTERS)))}`
  return `${describeEnd(end, tookMs)}${called}${went}${said}`
}

function describeEnd(end: ProgramEnd, tookMs: number): string {
  switch (end._tag) {
    case 'Exited':
      return `exit status ${end.status}`
    case 'Signalled':
      return `death by ${end.signal}`
    case 'StillRunning':
      return `a program still running after ${Math.round(tookMs)} ms`
    default:
      return absurd(end)
  }
}
