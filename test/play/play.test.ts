/**
 * The page that one plays with: its state as a link, its fold over the library's steps, its server, and itself in a browser.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { type BrokerState, exchange, initialState, NO_DRAWS, type Outcome, peerIdentity, type Policy } from 'hello-negotiation'
import { CAMPAIGN_WORKS } from 'hello-negotiation/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inChromium, LACKS_CHROMIUM } from '../support/chromium.js'

interface Hello { readonly serviceName: string; readonly breakage: string }
interface PlayEvent { readonly kind: string; readonly atMs: number; readonly pid: number; readonly hello: Hello }
interface PlayState { readonly events: ReadonlyArray<PlayEvent>; readonly nowMs: number; readonly hello: Hello; readonly policy: object; readonly pid: number }
interface Row { readonly request?: Uint8Array; readonly reply?: Uint8Array; readonly outcome?: Outcome; readonly result?: { readonly _tag: string }; readonly state: BrokerState }

const page = async (name: string): Promise<Record<string, never>> => await import(fileURLToPath(new URL(`../../play/page/${name}.js`, import.meta.url))) as Record<string, never>
const { BEGINNING, BREAKAGES, EVENTS_MAX, fragmentOf, happened, HELLO, stateOf } = await page('state') as unknown as {
  readonly BEGINNING: PlayState
  readonly BREAKAGES: Readonly<Record<string, string>>
  readonly EVENTS_MAX: number
  readonly fragmentOf: (state: PlayState) => string
  readonly happened: (state: PlayState, event: object) => PlayState
  readonly HELLO: Hello
  readonly stateOf: (fragment: string) => { readonly state: PlayState; readonly note: string }
}
const { fold, requestOf } = await page('fold') as unknown as {
  readonly fold: (state: PlayState) => { readonly rows: ReadonlyArray<Row>; readonly policy: Policy; readonly state: BrokerState }
  readonly requestOf: (hello: Hello) => Uint8Array
}
const { progress, STAGES } = await page('stages') as unknown as {
  readonly progress: (outcome: Outcome) => ReadonlyArray<{ readonly name: string; readonly is: string }>
  readonly STAGES: ReadonlyArray<{ readonly refuses: ReadonlyArray<string> }>
}
const { EXAMPLES } = await page('examples') as unknown as { readonly EXAMPLES: ReadonlyArray<{ readonly title: string; readonly state: PlayState }> }

const hello = fc.record({
  serviceName: fc.constantFrom('zccache', 'nobody', 'Bad Name', 'ünï'), wantedVersion: fc.constantFrom('1.11.20', '1.9.0', 'x', ''), minProtocol: fc.nat(2), maxProtocol: fc.nat(2),
  wantsToken: fc.boolean(), clientVersion: fc.string({ maxLength: 140 }), claimedPid: fc.constantFrom(0, 1, 4_242), requestId: fc.nat(), traceparent: fc.string({ maxLength: 20 }),
  breakage: fc.constantFrom(...Object.keys(BREAKAGES)),
}).map((fields): Hello => ({ ...HELLO, ...fields }))
const event = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('hello'), pid: fc.constantFrom(1, 4_242), hello }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('acknowledge', 'consume', 'expire') }) },
)
const states = fc.array(fc.tuple(fc.constantFrom(0, 1, 400, 5_000, 30_000), event), { maxLength: 12 }).map((all) =>
  all.reduce((state, [laterMs, one]) => happened({ ...state, nowMs: state.nowMs + laterMs }, one), BEGINNING))

describe('the state of the page', () => {
  it('is what its link says (law 1)', () => {
    fc.assert(fc.property(states, (state) => {
      expect(stateOf(fragmentOf(state))).toEqual({ state, note: '' })
    }))
  })

  it('is the beginning, with a word about it, where a link cannot be read (law 2)', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json().map((json) => btoa(encodeURIComponent(json)))), (fragment) => {
      const { state, note } = stateOf(fragment)
      expect(note === '' || state === BEGINNING).toBe(true)
      expect(() => fold(state)).not.toThrow()
    }))
    expect(stateOf('%%').note).not.toBe('')
  })

  it('holds no more than a link can', () => {
    const full = Array.from({ length: EVENTS_MAX + 5 }).reduce<PlayState>((state) => happened(state, { kind: 'expire' }), BEGINNING)
    expect(full.events).toHaveLength(EVENTS_MAX)
  })
})

describe('what is folded', () => {
  it('is what the library answers, event by event (laws 1 and 2)', () => {
    fc.assert(fc.property(states, (state) => {
      const { policy, rows } = fold(state)
      expect(fold(state)).toEqual(fold(state))
      let before = initialState(policy)
      for (const [i, row] of rows.entries()) {
        const one = state.events[i]
        if (row.request === undefined || row.outcome === undefined || one === undefined) {
          before = row.state
          continue
        }
        expect(row.request).toEqual(requestOf(one.hello))
        // Refusals need no draws, and depend on nothing that is due.
        const { outcome } = exchange(policy, before, row.request, peerIdentity(one.pid), { nowMs: one.atMs, draws: NO_DRAWS }).value
        if (outcome._tag === 'Refused') expect(row.outcome).toEqual(outcome)
        else expect(row.outcome._tag).toBe('Negotiated')
        before = row.state
      }
    }), { numRuns: 200 })
  })

  it('shows each refusal at the step that refuses, and every refusal there is has a step', () => {
    const tags = CAMPAIGN_WORKS.flatMap(({ reaches }) => reaches).flatMap((name) => (name.startsWith('Refused ') ? [name.slice('Refused '.length)] : []))
    expect(tags.length).toBeGreaterThan(20)
    expect([...STAGES.flatMap(({ refuses }) => refuses)].sort()).toEqual([...tags].sort())
  })

  it.each(EXAMPLES)('of "$title" is what its title says', ({ title, state }) => {
    const { rows } = fold(state)
    const last = rows.at(-1)
    const refusedAt = last?.outcome === undefined ? last?.result?._tag : progress(last.outcome).find(({ is }) => is === 'refused')?.name
    expect([title, refusedAt]).toEqual([title, ({
      'A yes, with a token': undefined, 'A version that is too old': 'Version', 'Once too often in a second': 'Rate limit',
      'A client that claims another’s pid': 'Shape', 'An envelope of another version': 'Envelope', 'TLS, by mistake': 'Framing', 'A backend that is too late': 'Left',
    } as Record<string, string | undefined>)[title]])
  })
})

describe('npm run play', () => {
  let server: ChildProcess
  let url = ''

  beforeAll(async () => {
    server = spawn(process.execPath, [fileURLToPath(new URL('../../play/serve.mjs', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = await once(server.stdout as NodeJS.ReadableStream, 'data') as [Buffer]
    url = /http:\/\/127\.0\.0\.1:\d+\//.exec(String(said))?.[0] ?? ''
  }, 30_000)
  afterAll(() => void server.kill())

  it('serves its own few files, under a policy that allows nothing else, and no other file', async () => {
    for (const path of ['', 'style.css', 'page.js']) {
      const response = await fetch(`${url}${path}`)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'/)
    }
    const status = (path: string, method = 'GET'): Promise<number | undefined> => new Promise((settle) =>
      request(url, { path, method }, (response) => settle(response.resume().statusCode)).end())
    for (const path of ['/serve.mjs', '/../package.json', '/page/../../package.json', '/%2e%2e/package.json', '/page.js/']) expect(await status(path)).toBe(404)
    expect(await status('/', 'POST')).toBe(404)
  })

  it.skipIf(LACKS_CHROMIUM)('shows a Hello answered, a limit reached, and in a link what was seen', async () => {
    await inChromium(async (browser) => {
      const tab = await browser.newPage()
      const [complaints, asked]: [Array<string>, Array<string>] = [[], []]
      tab.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
      tab.on('pageerror', ({ message }) => void complaints.push(message))
      tab.on('request', (one) => void asked.push(new URL(one.url()).host))
      await tab.goto(url)
      await tab.click('#send')
      expect(await tab.textContent('#stages .why')).toContain('Negotiated, connection 1')
      expect(await tab.locator('#frames .bytes').count()).toBe(2)
      for (let i = 0; i < 3; i += 1) await tab.click('#send')
      expect(await tab.textContent('#stages .refused b')).toBe('Rate limit')
      await tab.click('[data-later="1000"]')
      await tab.fill('#wantedVersion', '1.9.0')
      await tab.click('#send')
      expect(await tab.textContent('#stages .why')).toContain('below min_version')
      await tab.hover('#frames tbody tr:nth-child(7)')
      expect(await tab.locator('#frames .lit').count()).toBeGreaterThan(1)
      const [link, seen] = [tab.url(), await tab.textContent('.seen')]

      const other = await browser.newPage()
      await other.goto(link)
      expect(await other.textContent('.seen')).toBe(seen)
      expect(await other.inputValue('#wantedVersion')).toBe('1.9.0')
      await other.goto(`${url}#nonsense`)
      await other.reload()
      expect(await other.textContent('#note')).toMatch(/could not be read/)
      await other.click('#examples li:nth-child(6) a')
      expect(await other.textContent('#stages .refused b')).toBe('Framing')
      expect(complaints).toEqual([])
      expect(new Set(asked)).toEqual(new Set([new URL(url).host]))
    })
  }, 60_000)
})
