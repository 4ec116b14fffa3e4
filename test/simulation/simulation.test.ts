/**
 * A broker among many peers: that lives are the same for the same seed, that every law can be broken and every
 * faulty broker is found, made small, and found again.
 */
import * as fc from 'fast-check'
import { type BrokerEvent, createBroker, handoffToken, type HandoffToken, peerIdentity } from 'hello-negotiation'
import {
  Agenda, BROKER_LAWS, brokerLedger, type BrokerLedger, CANARIES, describeCampaignFailure, describeAct, FAULT_KINDS, PAIR_FAULTS, Prng, replay,
  runSimulation, type Seen, shorter, shrink, SIMULATION_FAULTS, SIMULATION_REACHES, simplerScenarios, type SimulationFaultName,
  simulationFaultName, simulationScenario, simulationWork, Timetable, traceDigest, traceText, twin, type TwinOptions, unreached,
} from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { framedHello, policyOf, STRANGE_TIMES, token, WANTS_HANDOFF } from '../support/negotiate.js'
import { anyBytes, anyPeer, smallPolicy } from '../support/negotiateArbitraries.js'

describe('a life among many peers', () => {
  it('is the same for the same seed, byte for byte, and another for another', () => {
    const seeds = Array.from({ length: 24 }, (_, seed) => seed)
    for (const seed of seeds) {
      const [once, again] = [runSimulation(simulationScenario(seed)), runSimulation(simulationScenario(seed))]
      expect(traceText(again.trace)).toBe(traceText(once.trace))
      expect([again.stepCount, again.lawsChecked, [...again.reached]]).toEqual([once.stepCount, once.lawsChecked, [...once.reached]])
    }
    expect(new Set(seeds.map((seed) => traceDigest(runSimulation(simulationScenario(seed)).trace))).size).toBe(seeds.length)
  })

  it('differs from seed to seed in what goes wrong and how often', () => {
    const kinds = Array.from({ length: 40 }, (_, seed) => [...runSimulation(simulationScenario(seed)).reached.keys()]
      .filter((name) => name.startsWith('fault ')).sort().join())
    expect(new Set(kinds).size).toBeGreaterThan(30)
    expect(new Set(kinds.map((names) => names.split(',').length)).size).toBeGreaterThan(5)
  })

  it('goes on being a life without any of its acts', () => {
    const scenario = simulationScenario(11)
    for (const acts of shorter(scenario.acts)) expect(runSimulation({ ...scenario, acts }).violations).toEqual([])
    expect(runSimulation({ ...scenario, acts: [] })).toMatchObject({ stepCount: 0, violations: [] })
  })

  it('tells its acts and its events without a byte of a token', () => {
    const life = runSimulation(simulationScenario(3))
    const text = [...life.scenario.acts.map(describeAct), traceText(life.trace)].join('\n')
    expect(text).toMatch(/Visit of pid/)
    expect(text).not.toMatch(/[0-9a-f]{32}/)
  })
})

describe('the kinds of fault', () => {
  it('are listed in one table, more than twenty-five of them, in the pair\'s world and in that of many', () => {
    const worlds = FAULT_KINDS.map(([world]) => world)
    expect(worlds.filter((world) => world === 'Pair')).toHaveLength(new Set(PAIR_FAULTS.map(({ _tag }) => _tag)).size)
    expect(worlds.filter((world) => world === 'Simulation')).toHaveLength(Object.keys(SIMULATION_FAULTS).length)
    expect(new Set(FAULT_KINDS.map((kind) => kind.join())).size).toBe(FAULT_KINDS.length)
    expect(Object.keys(SIMULATION_FAULTS).length).toBeGreaterThanOrEqual(40)
  })

  it('have each a scenario that plays it', () => {
    const played = new Set<SimulationFaultName>()
    for (let seed = 0; seed < 400; seed += 1) {
      for (const { what } of simulationScenario(seed).acts) {
        if (what._tag !== 'Visit') played.add(simulationFaultName(what))
        else if (what.peer !== 'Own') played.add(what.peer)
        if (what._tag === 'Visit') what.faults.forEach((fault) => played.add(simulationFaultName(fault)))
      }
    }
    expect(Object.keys(SIMULATION_FAULTS).filter((name) => !played.has(name as SimulationFaultName))).toEqual([])
  })

  it('are missed where a campaign has not reached them', () => {
    expect(unreached(['fault Crossed', 'fault Late'], new Map([['fault Late', 1]]))).toEqual(['fault Crossed'])
    expect(new Set(SIMULATION_REACHES).size).toBe(SIMULATION_REACHES.length)
  })
})

describe('a faulty broker', () => {
  /** The first life in which it is found. */
  function found(name: string): { readonly seed: number; readonly text: string; readonly actCount: number; readonly laws: ReadonlyArray<string> } {
    const makeBroker = CANARIES[name]
    const work = simulationWork(makeBroker)
    for (let seed = 0; seed < 200; seed += 1) {
      const life = runSimulation(simulationScenario(seed), makeBroker)
      if (life.violations.length === 0) continue
      const failure = replay(work, seed)
      if (failure === undefined) throw new Error('it was found, and now it is not')
      const text = describeCampaignFailure(failure)
      expect(describeCampaignFailure(replay(work, seed) ?? failure)).toBe(text)
      return { seed, text, actCount: failure.smallest.length - 1, laws: life.violations.map(({ law }) => law) }
    }
    throw new Error(`nobody sees that it ${name}`)
  }

  it.each(Object.keys(CANARIES))('that %s is found, made small, and found again the same way', (name) => {
    const { actCount, laws, seed, text } = found(name)
    expect(actCount).toBeLessThanOrEqual(4)
    expect(laws).toContain('a broker does as its model does, and throws nothing')
    expect(text).toContain(`to see it again: npm run campaign -- --replay simulation:${seed}`)
    expect(text).toMatch(/^LAW BROKEN by simulation \d+: .*\n {2}at [\d.]+ ms: /)
  })

  it.each([
    ['gives a connection id again after a restart', 'connection ids go up by one, and refusals take none (SPEC N5)'],
    ['never sweeps by itself', 'nothing that is due is left after a step (DIV-A2)'],
    ['says nothing of handoffs that expire', 'handoffs issued are those pending, acknowledged, expired, abandoned and replaced (SPEC A1–A5)'],
  ])('that %s is seen without its model, too', (name, law) => {
    const seeds = Array.from({ length: 120 }, (_, seed) => seed)
    expect(seeds.flatMap((seed) => runSimulation(simulationScenario(seed), CANARIES[name]).violations.map(({ law }) => law))).toContain(law)
  })
})

describe('making small', () => {
  it('finds the few that matter among many, wherever they are', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.nat({ max: 60 }), { minLength: 1, maxLength: 4 }), (needed) => {
      const all = Array.from({ length: 61 }, (_, i) => i)
      expect(shrink(all, shorter, (some) => needed.every((one) => some.includes(one)), 2_000)).toEqual([...needed].sort((a, b) => a - b))
    }))
  })

  it('stops after so many tries', () => {
    let tries = 0
    shrink(Array.from({ length: 1_000 }, (_, i) => i), shorter, () => {
      tries += 1
      return false
    }, 25)
    expect(tries).toBe(25)
  })

  it('takes from a scenario one thing at a time', () => {
    const scenario = simulationScenario(8)
    for (const simpler of simplerScenarios(scenario)) {
      expect(JSON.stringify(simpler, bigints).length).toBeLessThanOrEqual(JSON.stringify(scenario, bigints).length + 2)
      expect(simpler).not.toEqual(scenario)
    }
  })
})

const bigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value)

/** What a twin saw of a Hello that was granted a token, and its ledger with it. */
function seenGrant(): { readonly seen: Seen; readonly ledger: BrokerLedger } {
  const seens: Array<Seen> = []
  const { exchange, state } = twin({ ...plainTwin(), onSeen: (seen) => void seens.push(seen) })
  const before = brokerLedger(state())
  exchange(framedHello({ ...WANTS_HANDOFF, peerPid: 7 }, { requestId: 5n }), peerIdentity(7))
  return { seen: seens[0] as Seen, ledger: { ...before, issuedCount: 1, handoffs: new Map([[1n, 0]]), windows: new Map([[7, { openedMs: 10, count: 1 }]]) } }
}

function plainTwin(): TwinOptions {
  return {
    policy: policyOf({ rateLimit: { maxPerWindow: 1 } }), clock: () => 10, isListenerBroken: () => false, makeBroker: createBroker, onSeen: () => undefined,
    randomOf: () => (byteCount) => new Uint8Array(byteCount).fill(0x21),
  }
}

describe('each law of a broker', () => {
  const { ledger, seen } = seenGrant()
  const handoff = { serviceName: 'zccache', backendPid: 0, connectionId: 1n } as never
  const abandoned: BrokerEvent = { _tag: 'HandoffAbandoned', nowMs: 10, handoff }
  const limited = { _tag: 'Refused', reply: {}, error: { _tag: 'RateLimited', pid: 7, limit: seen.after.limiter.limit, retryAfterMs: 2_000 } } as never
  const stranger = { _tag: 'Refused', reply: {}, error: { _tag: 'PeerNotOwner' } } as never
  const broken: Readonly<Record<string, readonly [Partial<Seen>, Partial<BrokerLedger>?]>> = {
    'a broker does as its model does, and throws nothing': [{ differences: ['it threw'] }],
    'a pid is admitted at most so often a window (SPEC R4)': [{}, { windows: new Map([[7, { openedMs: 10, count: 2 }]]) }],
    'a pid is limited for its own Hellos only, and told a time within its window (SPEC R2, R4, R5)': [{ answer: { bytes: new Uint8Array(0), outcome: limited } }],
    'connection ids go up by one, and refusals take none (SPEC N5)': [{ after: { ...seen.after, nextConnectionId: 3n } }],
    'a reply is one whole frame that echoes its request, and says yes or no (SPEC C3)': [{ request: [...framedHello({}, { requestId: 6n })] }],
    'a token is given where it is asked for, can be issued, and is announced (SPEC N6–N8)': [{ request: [...framedHello({}, { requestId: 5n })] }],
    'a peer that is not admitted gets no byte, and changes nothing (SPEC C1)': [{ answer: { bytes: new Uint8Array(1), outcome: stranger } }],
    'a handoff leaves once, and is told of when it does (SPEC A2–A5)': [{ events: [abandoned] }, { handoffs: new Map([[1n, 2]]) }],
    'handoffs issued are those pending, acknowledged, expired, abandoned and replaced (SPEC A1–A5)': [{}, { issuedCount: 2 }],
    'no token leaves unsaid: consumed, expired, or revoked with its handoff (SPEC T4, T6, A2, A4, A5)': [{ before: seen.after, after: seen.before }],
    'no more tokens are pending than may be (SPEC T2)': [
      { after: { ...seen.after, tokens: { ...seen.after.tokens, limits: { ...seen.after.tokens.limits, maxPending: 0 } } } },
    ],
    'nothing that is due is left after a step (DIV-A2)': [{ nowMs: 1e6 }],
    'windows are kept for as long as they matter, and not much longer (DIV-R1)': [{ after: { ...seen.after, limiter: { ...seen.after.limiter, latestMs: 1e6 } } }],
    'a broker is what its snapshot says (SPEC T1, A1)': [{ after: { ...seen.after, tokens: { ...seen.after.tokens, latestMs: Number.NaN } } }],
  }

  it('has something that breaks it', () => {
    expect(Object.keys(broken).sort()).toEqual(Object.keys(BROKER_LAWS).sort())
  })

  it.each(Object.entries(broken))('holds of a Hello that is granted a token, and does not where something is wrong: %s', (law, [wrong, past]) => {
    expect(BROKER_LAWS[law]?.(seen, ledger)).toEqual([])
    expect(BROKER_LAWS[law]?.({ ...seen, ...wrong }, { ...ledger, ...past })).not.toEqual([])
  })
})

/** Something that is done to both brokers at once. */
type Doing =
  | { readonly _tag: 'Exchange'; readonly bytes: Uint8Array; readonly pid: number }
  | { readonly _tag: 'Restart'; readonly elapsedMs: number; readonly isLost: boolean }
  | { readonly _tag: 'Talk'; readonly bytes: Uint8Array; readonly pid: number; readonly size: number; readonly ends: boolean }
  | { readonly _tag: 'Token'; readonly step: 'abandon' | 'acknowledge' | 'consume' | 'mistake'; readonly which: number }

const anyDoing: fc.Arbitrary<readonly [nowMs: number, doing: Doing]> = fc.tuple(
  fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 0, max: 400 }).map((halves) => halves / 2) }, { weight: 1, arbitrary: fc.constantFrom(...STRANGE_TIMES) }),
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ _tag: fc.constant('Exchange' as const), bytes: anyBytes, pid: anyPeer.map(({ pid }) => pid) }) },
    {
      weight: 3,
      arbitrary: fc.record({ _tag: fc.constant('Talk' as const), bytes: anyBytes, pid: fc.constantFrom(0, 7), size: fc.integer({ min: 1, max: 40 }), ends: fc.boolean() }),
    },
    { weight: 4, arbitrary: fc.record({ _tag: fc.constant('Token' as const), step: fc.constantFrom('abandon', 'acknowledge', 'consume', 'mistake'), which: fc.nat({ max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ _tag: fc.constant('Restart' as const), elapsedMs: fc.constantFrom(0, 10.5, 200), isLost: fc.boolean() }) },
  ),
)

describe('createBroker and its model', () => {
  /** Draws from the pool that the tokens are from, so that they collide. */
  const pooled = () => {
    let given = 0
    return (): Uint8Array => Uint8Array.from({ length: 64 }, (_, i) => (given++, (given >> 4) + (i >> 4)) % 4)
  }

  function does(broker: ReturnType<typeof twin>, doing: Doing): void {
    switch (doing._tag) {
      case 'Exchange':
        return void broker.exchange(doing.bytes, peerIdentity(doing.pid))
      case 'Restart':
        return doing.isLost ? broker.lose() : broker.resume('Resume', broker.save(), doing.elapsedMs)
      case 'Talk': {
        const session = broker.accept(peerIdentity(doing.pid))
        if (session === undefined) return undefined
        for (let at = 0; at < doing.bytes.length; at += doing.size) broker.push(session, doing.bytes.subarray(at, at + doing.size))
        if (doing.ends) broker.pushEnd(session)
        return void broker.expire(session)
      }
      case 'Token': {
        const own: HandoffToken = token(doing.which)
        if (doing.step === 'abandon') return void broker.abandon(own)
        if (doing.step === 'acknowledge') return void broker.acknowledge(own)
        return void broker.consume(own, doing.step === 'consume' ? own : handoffToken(new Uint8Array(16).fill(9)) ?? own)
      }
    }
  }

  it('say, tell and remember the same, whatever is done to them and whatever the clock says (SPEC §3–§9, DIV-R2, DIV-A2)', () => {
    fc.assert(fc.property(smallPolicy, fc.array(anyDoing, { maxLength: 30 }), (policy, doings) => {
      const differences: Array<string> = []
      let nowMs = 0
      const broker = twin({ ...plainTwin(), policy, clock: () => nowMs, randomOf: pooled, onSeen: (seen) => void differences.push(...seen.differences) })
      for (const [atMs, doing] of doings) {
        nowMs = atMs
        does(broker, doing)
      }
      expect(differences).toEqual([])
    }), { numRuns: 200 })
  })
})

describe('a timetable', () => {
  it('gives what an agenda gives, in the same order', () => {
    const times = fc.array(fc.option(fc.nat({ max: 8 }), { nil: undefined }), { maxLength: 60 })
    fc.assert(fc.property(times, (steps) => {
      const table = Timetable.timetable<number>()
      let agenda: Agenda.Agenda<number> = Agenda.EMPTY_AGENDA
      for (const [i, atMs] of steps.entries()) {
        expect(Timetable.nextAtMs(table)).toBe(Agenda.nextAtMs(agenda))
        if (atMs === undefined) {
          const { state, value } = Agenda.take(agenda)
          const taken = Timetable.take(table)
          expect(taken && { atMs: taken.atMs, what: taken.what }).toEqual(value)
          agenda = state
        } else {
          Timetable.put(table, atMs, i)
          agenda = Agenda.put(agenda, atMs, i)
        }
      }
    }))
  })

  it('takes any number of entries, and gives them back sorted', () => {
    const table = Timetable.timetable<number>()
    let dice = Prng.prng(1)
    for (let i = 0; i < 2_000; i += 1) {
      const { state, value } = Prng.below(dice, 50)
      dice = state
      Timetable.put(table, value, i)
    }
    const taken = Array.from({ length: 2_000 }, () => Timetable.take(table))
    const sorted = [...taken].sort((a, b) => (a?.atMs ?? 0) - (b?.atMs ?? 0) || (a?.what ?? 0) - (b?.what ?? 0))
    expect(taken).toEqual(sorted)
    expect(Timetable.take(table)).toBeUndefined()
  })
})
