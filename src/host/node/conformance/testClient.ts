/**
 * A test of a client program, driven: for each trial a broker on a socket of its own, a backend beside it, and the
 * program.
 *
 * **Laws**
 *  1. Whatever the program does, a trial ends within its bound, and by then the program, whatever it has started in
 *     its group, the sockets and their files are gone.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientSeen, ClientTrial } from '../../../testing/conformance/client/ClientTrial.js'
import { clientCases } from '../../../testing/conformance/client/clientCases.js'
import { clientReport, clientResult, type PlayedClientCase } from '../../../testing/conformance/client/reportClient.js'
import { isChosen } from '../../../testing/conformance/ConformanceCase.js'
import type { ConformanceReport } from '../../../testing/conformance/ConformanceReport.js'
import type { ClientConformanceOptions } from './ConformanceOptions.js'
import { loadPeerReader, type PeerReader } from '../PeerCredentials.js'
import { backendStage, brokerStage } from './stage.js'
import { startProgram } from './program.js'

/** What a client program finds the broker's path in, beside its command line. */
const SOCKET_VARIABLE = 'HELLO_NEGOTIATION_SOCKET'
/** What of a command stands for the broker's path. */
const SOCKET_PLACEHOLDER = '{socket}'

const DEFAULT_BOUND_MS = 10_000
/** How long a program is given to end once it has gone on to the backend, and so has taken its yes. */
const AFTER_BACKEND_MS = 500

/** Plays all trials, and tells what was found. */
export async function testClient(options: ClientConformanceOptions): Promise<ConformanceReport> {
  const { isSlow = false, only = [], onResult } = options
  const chosen = clientCases(isSlow).filter((one) => isChosen(only, one))
  const folder = await mkdtemp(join(tmpdir(), 'hello-conformance-'))
  try {
    const peers = await loadPeerReader()
    const cases: Array<PlayedClientCase> = []
    for (const played of chosen) {
      const seen: Array<ClientSeen> = []
      for (const trial of played.trials) {
        const met = await meet(options, trial, folder, peers)
        seen.push(met)
        // Of a program that cannot be started, one attempt tells as much as fifty.
        const isFirst = cases.length === 0 && seen.length === 1 && trial.parts.length > 0
        if (isFirst && met.calls.length === 0) return clientReport([{ played, seen }])
      }
      cases.push({ played, seen })
      onResult?.(clientResult({ played, seen }))
    }
    return clientReport(cases)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** One trial. */
async function meet(
  options: ClientConformanceOptions, { parts, env, boundMs }: ClientTrial, parent: string, peers: PeerReader,
): Promise<ClientSeen> {
  const within = boundMs ?? options.boundMs ?? DEFAULT_BOUND_MS
  const folder = await mkdtemp(join(parent, 't-'))
  const backend = await backendStage(folder)
  const broker = await brokerStage(folder, parts, backend.path, within, peers)
  const program = startProgram(options.command.replaceAll(SOCKET_PLACEHOLDER, broker.path), { ...env, [SOCKET_VARIABLE]: broker.path })
  try {
    void backend.called.then(() => program.endWithin(AFTER_BACKEND_MS))
    const { end, tookMs, complaint } = await program.endedWithin(within)
    const calls = await broker.close()
    return { calls, backendCalls: backend.calls(), end, tookMs, complaint }
  } finally {
    await Promise.all([broker.close(), backend.close()])
  }
}
