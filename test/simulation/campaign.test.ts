/**
 * The short, deterministic part of the campaigns: two thousand lives and two hundred thousand hostile inputs, all
 * laws, everything reached. And the command that plays longer ones.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromHex } from 'hello-negotiation'
import {
  CAMPAIGN_WORKS, type CampaignReport, type CampaignWork, describeCampaign, HOSTILE_WORK, hostileInput, judgeHostile, LAWS, lawWork, PAIR_WORK, Prng, runCampaign,
  simulationWork, spoil,
} from 'hello-negotiation/testing'
import { afterAll, describe, expect, it } from 'vitest'

const SEED = 20_261_122
const MINUTES_MS = 600_000

function played(work: CampaignWork): CampaignReport {
  return runCampaign({ works: [work], seed: SEED, isOver: () => true })
}

describe('the deterministic campaign', () => {
  it('plays lives among many peers, breaks no law and leaves nothing unreached (SPEC §3–§10, §12, §13)', () => {
    const report = played(simulationWork())
    expect(describeCampaign(report)).toMatch(/^sound: /)
    expect(report.lives).toBe(900)
    expect(report.lawsChecked).toBeGreaterThan(100_000)
  }, MINUTES_MS)

  it('plays lives of pairs, breaks no law and leaves nothing unreached (SPEC §10–§13)', () => {
    const report = played(PAIR_WORK)
    expect(describeCampaign(report)).toMatch(/^sound: /)
    expect(report.lives).toBe(1_100)
  }, MINUTES_MS)

  it('tries two hundred thousand hostile inputs: each gets a value, a reply, a close, or a request for more (SPEC F2, W1–W10, C3, C4)', () => {
    const report = played(HOSTILE_WORK)
    expect(describeCampaign(report)).toMatch(/^sound: /)
    expect(report.inputs).toBe(200_000)
  }, MINUTES_MS)

  it('tries every law on many inputs (SPEC §1–§13)', () => {
    const report = played({ ...lawWork(20), playsMin: LAWS.length })
    expect(describeCampaign(report)).toMatch(/^sound: /)
    expect(report.lawsChecked).toBe(20 * LAWS.length)
    expect(Object.keys(report.works['law']?.reached ?? {})).toEqual(LAWS.map(({ id }) => `law ${id}`).sort())
  }, MINUTES_MS)

  it('has two thousand lives in it', () => {
    const [simulation, pair] = CAMPAIGN_WORKS
    expect((simulation?.playsMin ?? 0) + (pair?.playsMin ?? 0)).toBe(2_000)
    expect(CAMPAIGN_WORKS.map(({ name }) => name)).toEqual(['simulation', 'pair', 'law', 'hostile'])
  })
})

/** A work that fails at every seed that the predicate holds of, and reaches what it is named for. */
function toyWork(fails: (seed: number) => boolean, reaches: ReadonlyArray<string> = []): CampaignWork {
  return {
    name: 'toy', reaches, playsMin: 4, playsInARow: 2,
    play: (seed) => ({
      inputs: 1, lives: 2, steps: 3, simulatedMs: 500, lawsChecked: 5, reached: new Map([[`seed ${seed}`, 1]]),
      failure: fails(seed) ? { law: 'seeds are even', detail: `${seed} is not`, smallest: ['one'], trace: 'first\nsecond\n' } : undefined,
    }),
  }
}

describe('a campaign', () => {
  it('counts what it plays, one seed after the other, around the end of all seeds too', () => {
    const report = runCampaign({ works: [toyWork(() => false, ['seed 0'])], seed: 2 ** 32 - 2, isOver: () => true })
    expect(report).toMatchObject({ isSound: true, inputs: 4, lives: 8, steps: 12, simulatedMs: 2_000, lawsChecked: 20 })
    expect(Object.keys(report.works['toy']?.reached ?? {})).toEqual(['seed 0', 'seed 1', 'seed 4294967294', 'seed 4294967295'])
  })

  it('plays on while there is time, and tells how far it is', () => {
    const rows: Array<number> = []
    runCampaign({ works: [toyWork(() => false)], seed: 0, isOver: () => rows.length >= 5, onRow: ({ lives }) => void rows.push(lives) })
    expect(rows).toEqual([4, 8, 12, 16, 20, 20])
  })

  it('is not sound where something was left unreached, and says what', () => {
    const report = runCampaign({ works: [toyWork(() => false, ['seed 1', 'the moon'])], seed: 0, isOver: () => true })
    expect(report.isSound).toBe(false)
    expect(report.works['toy']?.unreached).toEqual(['the moon'])
    expect(describeCampaign(report)).toMatch(/^NOT SOUND[^]*not: the moon/)
  })

  it('is not sound where a law is broken, says by which seed, and has enough of a few', () => {
    const report = runCampaign({ works: [toyWork((seed) => seed % 2 === 1)], seed: 0, isOver: () => false, failuresMax: 2 })
    expect(report.failures.map(({ replay, seed }) => [seed, replay])).toEqual([
      [1, 'npm run campaign -- --replay toy:1'], [3, 'npm run campaign -- --replay toy:3'],
    ])
    expect(describeCampaign(report).split('\n').slice(2, 10)).toEqual([
      'LAW BROKEN by toy 1: seeds are even', '  1 is not', 'it takes no more than:', '  one', 'what happens:', '  first', '  second',
      'to see it again: npm run campaign -- --replay toy:1',
    ])
  })
})

describe('hostile inputs', () => {
  it('are the same for the same seed, and of every kind', () => {
    const inputs = Array.from({ length: 400 }, (_, seed) => hostileInput(seed))
    expect(inputs).toEqual(Array.from({ length: 400 }, (_, seed) => hostileInput(seed)))
    expect(new Set(inputs.map(({ target }) => target)).size).toBe(10)
  })

  it.each([
    ['Frame', '08', 'decode Truncated'], ['Frame', '0801', 'decode Frame'], ['Refused', '2a0d0a095f5f70726f746f5f5f1200', 'decode Refused'],
    ['framing', '0101000000ff', 'framing FrameBody'], ['framing', '02', 'framing UnsupportedFraming'],
    ['exchange', '', 'exchange UnexpectedEnd'], ['exchange', '0100000000', 'exchange UnsupportedEnvelopeVersion'],
  ] as const)('to %s: %s is %s, and breaks nothing', (target, hex, reached) => {
    const bytes = fromHex(hex) ?? new Uint8Array(0)
    expect(judgeHostile({ target, bytes, cutSeed: 0 })).toMatchObject({ reached, broken: [] })
  })

  it('are found out where they leave something on a prototype', () => {
    const bytes = new Proxy(Uint8Array.of(0x08), {
      get: (target, key) => {
        Object.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true })
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) as unknown : value
      },
    })
    try {
      expect(judgeHostile({ target: 'Frame', bytes, cutSeed: 0 }).broken).not.toEqual([])
    } finally {
      delete (Object.prototype as { polluted?: number }).polluted
    }
  })

  it('are found out where something throws', () => {
    const bytes = { length: 1, slice: () => new Uint8Array(1) } as unknown as Uint8Array
    expect(judgeHostile({ target: 'framing', bytes, cutSeed: 0 }).broken[0]).toMatch(/^nothing throws: /)
  })

  it('are made of sound ones in many ways, some of them not at all', () => {
    const sound = Uint8Array.from({ length: 20 }, (_, i) => i)
    const spoilt = Array.from({ length: 200 }, (_, seed) => [...spoil(sound, Prng.prng(seed)).value].join())
    expect(new Set(spoilt).size).toBeGreaterThan(120)
    expect(spoilt.filter((text) => text === [...sound].join()).length).toBeGreaterThan(20)
  })
})

describe('npm run campaign', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hello-campaign-'))
  const run = (...args: ReadonlyArray<string>): { readonly status: number | null; readonly output: string } => {
    const script = fileURLToPath(new URL('../campaign/run.mjs', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8', cwd: folder })
    return { status, output: `${stdout}${stderr}` }
  }
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('plays one seed again', () => {
    expect(run('--replay', 'pair:7')).toEqual({ status: 0, output: 'pair:7: no law is broken\n' })
    expect(run('--replay', 'simulation:7')).toEqual({ status: 0, output: 'simulation:7: no law is broken\n' })
    expect(run('--replay', 'law:7')).toEqual({ status: 0, output: 'law:7: no law is broken\n' })
  }, MINUTES_MS)

  it('finds a canary, writes down which, and finds it again by the command that it names', () => {
    const canary = 'keeps a token whose reply was lost'
    const { output, status } = run('--minutes', '0', '--seed', '0', '--canary', canary, '--report', 'canary.json')
    expect(status).toBe(1)
    expect(output).toContain('LAW BROKEN by simulation ')
    const report = JSON.parse(readFileSync(join(folder, 'canary.json'), 'utf8')) as CampaignReport
    expect(report).toMatchObject({ isSound: false, seed: 0 })
    expect(readFileSync(join(folder, 'canary.txt'), 'utf8')).toContain(report.failures[0]?.law)
    const command = report.failures[0]?.replay ?? ''
    expect(command).toBe(`npm run campaign -- --replay simulation:${report.failures[0]?.seed} --canary '${canary}'`)
    const again = run('--replay', `simulation:${report.failures[0]?.seed}`, '--canary', canary)
    expect(again.status).toBe(1)
    expect(again.output).toContain(`to see it again: ${command}`)
  }, MINUTES_MS)

  it.each([
    [['--minutes', 'many'], '--minutes is a number'], [['--seed', '1.5'], '--seed is a whole number'], [['--replay', 'chess:1'], 'there is no work "chess"'],
    [['--replay', 'pair'], '--replay is a whole number'], [['--canary', 'sings'], 'there is no canary "sings"'], [['--loud'], 'usage: npm run campaign'],
  ])('says how it is used where it is asked %s', (args, words) => {
    const { output, status } = run(...args)
    expect(status).toBe(2)
    expect(output).toContain(words)
  }, MINUTES_MS)
})
