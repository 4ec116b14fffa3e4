/**
 * The automata of the conformance test, and what a report may show.
 */
import * as fc from 'fast-check'
import { parsePolicy, peerIdentity, toHex, UNVERIFIED_PEER } from 'hello-negotiation'
import { cut, Dialogue, expectation, type Finding, generatedScript, type Move, Play, type Script, subject, verdictOf } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { maskedHex } from '../../src/host/command/conformance/maskedHex.js'
import { reportJson, reportLines } from '../../src/host/command/conformance/renderReport.js'
import { rightOf } from '../support/negotiate.js'
import { brokerOf, policyOf, resultsOf, SESSIONS, testInMemory } from './support.js'

const bytes = (maxLength = 8): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })

function arbitraryScript(): fc.Arbitrary<Script> {
  const move = fc.oneof<[fc.Arbitrary<Move>, fc.Arbitrary<Move>, fc.Arbitrary<Move>]>(
    bytes().map((bytes): Move => ({ _tag: 'Send', bytes })),
    fc.nat({ max: 50 }).map((ms): Move => ({ _tag: 'Pause', ms })),
    fc.constant<Move>({ _tag: 'End' }),
  )
  return fc.record({ moves: fc.array(move, { maxLength: 6 }), until: fc.constantFrom<Script['until'][]>('End', 'Reply'), saysAll: fc.boolean() })
}

type Event = { readonly _tag: 'Chunk'; readonly bytes: Uint8Array } | { readonly _tag: 'Closed' } | { readonly _tag: 'Lost' } | { readonly _tag: 'Nothing' }

function arbitraryEvents(): fc.Arbitrary<ReadonlyArray<Event>> {
  return fc.array(fc.oneof(
    { arbitrary: bytes().map((bytes): Event => ({ _tag: 'Chunk', bytes })), weight: 2 },
    { arbitrary: fc.constantFrom<Event[]>({ _tag: 'Closed' }, { _tag: 'Lost' }, { _tag: 'Nothing' }), weight: 1 },
  ), { maxLength: 8 })
}

const PATIENCE_MS = 100

/** Plays a script to a side that does one thing after every act, and writes at once or never. */
function play(script: Script, events: ReadonlyArray<Event>, writes: boolean): { readonly heard: Dialogue.Heard; readonly said: ReadonlyArray<Uint8Array> } {
  const said: Array<Uint8Array> = []
  let dialogue = Dialogue.dialogue(script, PATIENCE_MS, 0)
  let nowMs = 0
  for (let at = 0; at < 1_000; at += 1) {
    const { state, value } = Dialogue.next(dialogue, nowMs)
    dialogue = state
    if (value._tag === 'Done') return { heard: value.heard, said }
    if (value._tag === 'Write') {
      said.push(value.bytes)
      if (writes) dialogue = Dialogue.written(dialogue, nowMs)
    }
    if (value._tag === 'Await') nowMs = value.untilMs
    const event = events[at] ?? { _tag: 'Nothing' }
    if (event._tag === 'Chunk') dialogue = Dialogue.push(dialogue, event.bytes)
    if (event._tag === 'Closed' || event._tag === 'Lost') dialogue = Dialogue.closed(dialogue, event._tag)
  }
  throw new Error('it does not end')
}

describe('a dialogue', () => {
  it('says its moves in order, and is done within its pauses and one patience a move (laws 1 and 2)', () => {
    fc.assert(fc.property(arbitraryScript(), arbitraryEvents(), fc.boolean(), (script, events, writes) => {
      const { heard, said } = play(script, events, writes)
      const sends = script.moves.flatMap((move) => (move._tag === 'Send' ? [move.bytes] : []))
      expect(said).toEqual(sends.slice(0, said.length))
      const pausesMs = script.moves.reduce((ms, move) => ms + (move._tag === 'Pause' ? move.ms : 0), 0)
      expect(heard.doneMs).toBeLessThanOrEqual(pausesMs + PATIENCE_MS * (script.moves.length + 1))
    }))
  })

  it('hears every byte that comes until it is done, and no more (law 3)', () => {
    fc.assert(fc.property(arbitraryScript(), arbitraryEvents(), fc.boolean(), (script, events, writes) => {
      const { heard } = play(script, events, writes)
      const all = toHex(Uint8Array.from(events.flatMap((event) => (event._tag === 'Chunk' ? [...event.bytes] : []))))
      expect(all.startsWith(toHex(heard.bytes))).toBe(true)
      expect([...heard.before].sort((a, b) => a - b)).toEqual([...heard.before])
      expect(heard.before.every((count) => count <= heard.bytes.length)).toBe(true)
    }))
  })

  it('is done with the first whole frame, however that is cut', () => {
    const frame = Uint8Array.of(1, 2, 0, 0, 0, 8, 1)
    fc.assert(fc.property(fc.array(fc.nat({ max: 4 })), (sizes) => {
      const begun = Dialogue.dialogue({ moves: [], until: 'Reply' }, PATIENCE_MS, 0)
      const chunks = cut(frame, sizes)
      const early = chunks.slice(0, -1).reduce(Dialogue.push, begun)
      expect(Dialogue.next(early, 1).value._tag).toBe('Await')
      const { value } = Dialogue.next(chunks.slice(-1).reduce(Dialogue.push, early), 1)
      expect(value._tag === 'Done' && value.heard.bytes).toEqual(frame)
    }))
  })

  it('keeps little of a side that never stops talking (law 4)', () => {
    let dialogue = Dialogue.dialogue({ moves: [], until: 'End' }, PATIENCE_MS, 0)
    const chunk = new Uint8Array(0x10_0000)
    for (let i = 0; i < 40; i += 1) dialogue = Dialogue.push(dialogue, chunk)
    const { value } = Dialogue.next(dialogue, 1)
    expect(value._tag === 'Done' && value.heard.bytes.length).toBeLessThan(0x130_0000)
  })

  it('says all of what it was to say to a side that has ended, where it is to', () => {
    const moves: ReadonlyArray<Move> = [{ _tag: 'Pause', ms: 5 }, { _tag: 'Send', bytes: Uint8Array.of(1) }]
    expect(play({ moves, until: 'End', saysAll: true }, [{ _tag: 'Closed' }], true).said).toHaveLength(1)
    expect(play({ moves, until: 'End' }, [{ _tag: 'Closed' }], true).said).toHaveLength(0)
    expect(play({ moves, until: 'End', saysAll: true }, [{ _tag: 'Lost' }], true).said).toHaveLength(0)
  })
})

describe('a play', () => {
  const SCRIPT: Script = { moves: [], until: 'End' }

  /** Carries a play out where every talk hears as many bytes as were talks before it. */
  function carriedOut<A>(begun: Play.Play<A>): { readonly value: A; readonly talks: number; readonly waitedMs: number } {
    let [play, talks, waitedMs] = [begun, 0, 0]
    for (;;) {
      if (play._tag === 'Told') return { value: play.value, talks, waitedMs }
      if (play._tag === 'Wait') {
        waitedMs += play.ms
        play = play.then()
      } else {
        const heard = { bytes: new Uint8Array(talks), ending: 'Closed', before: [], beganMs: 0, doneMs: 0, trouble: '' } as const
        talks += 1
        play = play.then(heard)
      }
    }
  }

  const count = Play.map(Play.talk(SCRIPT), ({ bytes }) => bytes.length)
  const more = (by: number) => (value: number): Play.Play<number> => Play.map(count, (heard) => value * by + heard)

  it('may be chained from either end, and `told` changes nothing (law 2)', () => {
    fc.assert(fc.property(fc.integer(), fc.integer(), (a, b) => {
      const left = Play.chain(Play.chain(count, more(a)), more(b))
      const right = Play.chain(count, (value) => Play.chain(more(a)(value), more(b)))
      expect(carriedOut(left)).toEqual(carriedOut(right))
      expect(carriedOut(Play.chain(count, Play.told))).toEqual(carriedOut(count))
      expect(carriedOut(Play.chain(Play.told(a), more(b)))).toEqual(carriedOut(more(b)(a)))
    }))
  })

  it('goes through any number of things in turn, and stops where enough is known', () => {
    const all = Play.inTurn(Array.from({ length: 20_000 }, (_, i) => i), (item) => Play.map(count, (heard) => heard - item))
    expect(carriedOut(all)).toEqual({ value: new Array(20_000).fill(0), talks: 20_000, waitedMs: 0 })
    const some = Play.inTurn([10, 20, 30, 40], (ms) => Play.map(Play.wait(ms), () => ms), (ms) => ms === 30)
    expect(carriedOut(some)).toEqual({ value: [10, 20, 30], talks: 0, waitedMs: 60 })
  })
})

describe('a generated conversation', () => {
  it('is the same for the same seed and number, and has an answer whatever it is', () => {
    const tested = subject(policyOf(), UNVERIFIED_PEER)
    fc.assert(fc.property(fc.nat(), fc.nat({ max: 1_000 }), (seed, number) => {
      const script = generatedScript(tested, seed, number)
      expect(generatedScript(tested, seed, number)).toEqual(script)
      expect(expectation(tested, script)._tag).toBe('Reply')
    }))
  })

  it('is often granted, often refused, and for many reasons', () => {
    const tested = subject(policyOf(), UNVERIFIED_PEER)
    const outcomes = Array.from({ length: 500 }, (_, number) => expectation(tested, generatedScript(tested, 1, number)))
      .map((expected) => (expected._tag === 'Reply' && expected.outcome._tag === 'Refused' ? expected.outcome.error._tag : expected._tag))
    const counts = new Map(outcomes.map((tag) => [tag, outcomes.filter((other) => other === tag).length]))
    expect(counts.get('Reply')).toBeGreaterThan(50)
    expect(counts.size).toBeGreaterThan(12)
  })
})

describe('a verdict', () => {
  const AGREED: Finding = { _tag: 'Agreed' }
  const HIDDEN: Finding = { _tag: 'NotShown', why: 'nobody looked' }
  const differed = (asReference?: string): Finding => ({
    _tag: 'Differed', what: '', rows: [], expected: '', actual: '', sent: new Uint8Array(0), received: new Uint8Array(0), ...(asReference === undefined ? {} : { asReference }),
  })

  it.each([
    [[], 'NotShown'], [[HIDDEN], 'NotShown'], [[AGREED, HIDDEN], 'Agrees'], [[AGREED, differed('C5')], 'AsReference'],
    [[differed('C5'), AGREED, differed()], 'Differs'],
  ] as ReadonlyArray<readonly [ReadonlyArray<Finding>, string]>)('is that of the heaviest finding (%#)', (findings, verdict) => {
    expect(verdictOf(findings)).toBe(verdict)
  })
})

describe('a report', () => {
  const policy = policyOf({ sessions: SESSIONS })
  // A broker that knows other halves, so that every token is a difference.
  const other = policyOf({ sessions: { ...SESSIONS, brokerHalf: '0f'.repeat(16) } })
  const report = testInMemory(policy, brokerOf(other))

  it('shows no four bytes in a row of a half of a session token, in text or in JSON', () => {
    const text = reportLines({ _tag: 'Compared', results: resultsOf(report), conversations: 1 }, new Set(), policy).join('\n')
    const json = JSON.stringify(reportJson(report, policy))
    expect(text).toContain('DIFFERS')
    expect(text).toContain('xx xx')
    expect(json).toContain('xxxx')
    for (const byte of ['b0', 'd0', 'd1']) {
      expect(text).not.toContain(`${byte} ${byte} ${byte} ${byte}`)
      expect(json).not.toContain(byte.repeat(4))
    }
  })

  it('hides what is left of a secret that was cut or changed', () => {
    const secret = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i)
    fc.assert(fc.property(bytes(), fc.nat({ max: 16 }), bytes(), fc.nat({ max: 15 }), (before, kept, after, at) => {
      const changed = secret.map((byte, i) => (i === at ? byte ^ 1 : byte))
      const shown = maskedHex(Uint8Array.of(...before, ...changed.subarray(0, kept), ...after), [secret])
      expect(shown).toHaveLength(before.length + kept + after.length)
      const runs = shown.join('').match(/(?:a[0-9a-f])+/g) ?? []
      const whole = toHex(secret)
      expect(runs.filter((run) => run.length >= 8 && whole.includes(run))).toEqual([])
    }))
  })

  it('shows lines of visible characters, whatever the broker says', () => {
    const hostile = testInMemory(policy, brokerOf(policy, { says: () => Uint8Array.of(1, 3, 0, 0, 0, 0x1b, 0x5b, 0x0a) }), {}, ['F4'])
    const lines = reportLines({ _tag: 'Compared', results: resultsOf(hostile), conversations: 1 }, new Set(), policy)
    expect(lines.every((line) => /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(line))).toBe(true)
  })
})

describe('a subject', () => {
  it('is asked for what its policy grants, and for nothing else', () => {
    const policy = rightOf(parsePolicy({
      services: [
        { serviceName: 'floor', daemonVersion: '', backendPipe: '', minVersion: '2.0.0' },
        { serviceName: 'never', daemonVersion: '', backendPipe: '', minVersion: '2.0.0', versionAllowList: ['1.0.0'] },
        { serviceName: 'listed', daemonVersion: '', backendPipe: '', minVersion: '2.0.0', versionAllowList: ['1.0.0', '3.0.0'] },
        { serviceName: 'conformance-nobody-0', daemonVersion: '', backendPipe: '' },
      ],
    }))
    const { asks, base, nobody } = subject(policy, peerIdentity(1))
    expect(asks.map(({ serviceName, wantedVersion }) => [serviceName, wantedVersion])).toEqual([
      ['floor', '2.0.0'], ['listed', '3.0.0'], ['conformance-nobody-0', '1.0.0'],
    ])
    expect(base).toEqual(asks[0])
    expect(nobody).toBe('conformance-nobody-1')
  })
})
