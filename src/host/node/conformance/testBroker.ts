/**
 * A test of a broker, driven: one connection after the other, each to a stream of its own.
 */
import type { Duplex } from 'node:stream'
import { absurd } from '../../../data/absurd.js'
import { type PeerIdentity, peerIdentity } from '../../../data/PeerIdentity.js'
import { systemClock } from '../../../shell/Defaults.js'
import { DEFAULT_THOROUGHNESS } from '../../../testing/conformance/brokerCases.js'
import { type ConformanceReport, withoutStrays } from '../../../testing/conformance/ConformanceReport.js'
import * as ConformanceRun from '../../../testing/conformance/ConformanceRun.js'
import type { Heard } from '../../../testing/conformance/Dialogue.js'
import type { Script } from '../../../testing/conformance/Script.js'
import { subject } from '../../../testing/conformance/Subject.js'
import type { ConformanceOptions } from './ConformanceOptions.js'
import { deadlineTimer } from '../../transport/DeadlineTimer.js'
import { systemError } from '../../transport/SystemError.js'
import { conduct } from './conduct.js'

/** Plays all cases, and tells what was found. */
export async function testBroker(options: ConformanceOptions): Promise<ConformanceReport> {
  const { policy, open, self = ownIdentity(), only = [], onResult } = options
  const thoroughness = { ...DEFAULT_THOROUGHNESS, ...options.thoroughness }
  let run = ConformanceRun.conformanceRun(subject(policy, self), thoroughness, only)
  for (;;) {
    const demand = ConformanceRun.demand(run)
    const known = run.results.length
    switch (demand._tag) {
      case 'Finished':
        return demand.report
      case 'Talk':
        run = ConformanceRun.heard(run, await converse(open, demand.script, thoroughness.timeoutMs))
        break
      case 'Wait':
        await sleep(demand.ms)
        run = ConformanceRun.waited(run)
        break
      default:
        return absurd(demand)
    }
    run.results.slice(known).forEach((result) => onResult?.(withoutStrays(result)))
  }
}

async function converse(open: () => Duplex | Promise<Duplex>, script: Script, patienceMs: number): Promise<Heard> {
  try {
    return await conduct(await open(), script, patienceMs)
  } catch (error) {
    const nowMs = systemClock()
    const { message: trouble } = systemError(error)
    return { bytes: new Uint8Array(0), ending: 'Unreachable', before: [], beganMs: nowMs, doneMs: nowMs, trouble }
  }
}

/** Who this process is to a broker that asks the kernel. */
export function ownIdentity(): PeerIdentity {
  // Where there is no such number, there is no such function.
  return peerIdentity(process.pid, String(process.geteuid?.() ?? ''))
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => deadlineTimer().set(ms, resolve))
}
