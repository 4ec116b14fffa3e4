/**
 * One connection a Hello over a real Unix socket, against a bare echo of as many bytes: servers in a process
 * each, clients in two more, rounds interleaved. All share the machine's cores, clients included, so these
 * ratios are what a client sees; the details say what the servers alone spend.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from '../lib/children.mjs'
import { ourBroker, POLICY_INPUT } from '../lib/brokers.mjs'
import { inRounds, medianRatio } from '../lib/measure.mjs'
import { atLeast, atMost, duration } from '../lib/rows.mjs'
import { median } from '../lib/statistics.mjs'
import { framedHello, PID } from '../hellos.mjs'

const SIDES = ['ours', 'echo']
const LOADS = 2
const CLIENTS_A_LOAD = 8

export async function run({ isQuick }) {
  const rounds = await withServers(isQuick ? { count: 7, ms: 250 } : { count: 15, ms: 1_000 })
  const figures = (side, name) => rounds[side].map((figure) => figure[name])
  const ratio = (name) => medianRatio(figures('ours', name), figures('echo', name))
  const perSecond = (side) => `${Math.round(median(figures(side, 'perSecond')))} a second`
  const spent = (side, name) => duration(median(figures(side, name)))
  return {
    rows: [
      {
        id: 'socket-throughput',
        what: `throughput over a real Unix socket, one connection a Hello, ${LOADS * CLIENTS_A_LOAD} clients, `
          + 'against a bare `node:net` echo of as many bytes',
        target: atLeast(0.8),
        reached: ratio('perSecond'),
        note: `${perSecond('ours')} against ${perSecond('echo')}`,
      },
      {
        id: 'socket-p99',
        what: 'the same: p99 from dialling to the whole reply',
        target: atMost(1.25),
        reached: ratio('p99Ns'),
        note: `${spent('ours', 'p99Ns')} against ${spent('echo', 'p99Ns')}`,
      },
    ],
    details: [{
      what: 'CPU time that the server alone spends on a connection',
      reached: ratio('cpuNs'),
      note: `${spent('ours', 'cpuNs')} against ${spent('echo', 'cpuNs')}`,
    }],
  }
}

async function withServers({ count, ms }) {
  const folder = mkdtempSync(join(tmpdir(), 'hello-bench-'))
  const hello = framedHello()
  // The listener and the echo must move as many bytes; a reply's length does not depend on who listens.
  const broker = ourBroker(POLICY_INPUT)
  const replyBytes = broker.exchange(hello, broker.peerOf(PID)).bytes.length
  const servers = Object.fromEntries(SIDES.map((side) => [side, startChild('server')]))
  const loads = Array.from({ length: LOADS }, () => startChild('load'))
  const pathOf = (side) => join(folder, `${side}.sock`)

  async function measured(side, roundMs = ms) {
    const before = await servers[side].ask({})
    const order = { path: pathOf(side), hello: hello.toString('base64'), replyBytes, clients: CLIENTS_A_LOAD, ms: roundMs }
    const told = await Promise.all(loads.map((load) => load.ask(order)))
    const after = await servers[side].ask({})
    const sum = (name) => told.reduce((total, figures) => total + figures[name], 0)
    return {
      perSecond: sum('perSecond'),
      p99Ns: Math.max(...told.map(({ p99Ms }) => p99Ms)) * 1e6,
      cpuNs: (after.cpuNs - before.cpuNs) / sum('count'),
    }
  }

  try {
    for (const side of SIDES) {
      await servers[side].ask({ start: side, path: pathOf(side), requestBytes: hello.length, replyBytes })
      await measured(side, 2 * ms)
    }
    return await inRounds(SIDES, count, (side) => measured(side))
  } finally {
    await Promise.all([...Object.values(servers), ...loads].map((child) => child.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}
