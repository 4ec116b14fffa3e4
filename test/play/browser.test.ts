/**
 * The page in a real browser.
 */
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inChromium, LACKS_CHROMIUM } from '../support/chromium.js'
import { BEGINNING, EXAMPLES, fragmentOf, happened, HELLO, type PlayState } from './page.js'
import { served } from './served.js'

const refusedAt = (tab: Page): Promise<string | null> => tab.textContent('#stages .refused b')
const why = (tab: Page): Promise<string | null> => tab.textContent('#stages .why')
const isTooWide = (tab: Page): Promise<boolean> => tab.evaluate(() => document.documentElement.scrollWidth > innerWidth)

describe.skipIf(LACKS_CHROMIUM)('the page', () => {
  let server: Awaited<ReturnType<typeof served>>
  let browser: BrowserContext
  let closed: () => Promise<void>

  /** One browser for all of them: to start one takes longer than what is done in it. */
  beforeAll(async () => {
    server = await served()
    await new Promise<void>((ready, failed) => {
      const over = inChromium((context) => new Promise<void>((release) => {
        browser = context
        closed = async () => {
          release()
          await over
        }
        ready()
      }))
      over.catch(failed)
    })
  }, 60_000)
  afterAll(async () => {
    server.end()
    await closed()
  })

  /** Runs on a tab of the page; nothing may be complained of, and nothing asked of anybody else, whatever is done. */
  async function onPage(run: (tab: Page, url: string) => Promise<void>): Promise<void> {
    const { url } = server
    const [complaints, asked]: [Array<string>, Array<string>] = [[], []]
    const tab = await browser.newPage()
    tab.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())))
    tab.on('pageerror', ({ message }) => void complaints.push(message))
    tab.on('request', (one) => void asked.push(new URL(one.url()).host))
    await tab.goto(url)
    await run(tab, url)
    await tab.close()
    expect(complaints).toEqual([])
    expect(new Set(asked)).toEqual(new Set([new URL(url).host]))
  }

  it('shows a Hello answered, a limit reached, a window that opens again, and all of it again from its link', () => onPage(async (tab, url) => {
    expect(await why(tab)).toMatch(/No Hello has been said/)
    await tab.fill('#maxPerWindow', '2')
    await tab.click('#send')
    expect(await why(tab)).toMatch(/^Negotiated, connection 1/)
    expect(await tab.locator('#frames .bytes').count()).toBe(2)
    for (let i = 0; i < 2; i += 1) await tab.click('#send')
    expect(await refusedAt(tab)).toBe('Rate limit')
    await tab.click('[data-later="1000"]')
    await tab.fill('#wantedVersion', '1.9.0')
    await tab.click('#send')
    expect(await why(tab)).toMatch(/below min_version/)
    const [link, seen] = [tab.url(), await tab.textContent('main')]
    await tab.goto(`${url}style.css`)
    await tab.goto(link)
    expect(await tab.textContent('main')).toBe(seen)
    expect(await tab.inputValue('#wantedVersion')).toBe('1.9.0')
    await tab.goto(`${url}#nonsense`)
    expect(await tab.textContent('#note')).toMatch(/could not be read/)
  }), 60_000)

  it('shows 256 yeses and a no from a link, and the state of each example', () => onPage(async (tab, url) => {
    const calm = { ...BEGINNING, policy: { ...BEGINNING.policy, maxPerWindow: 256 } }
    const many = Array.from({ length: 257 }).reduce<PlayState>((state) => happened(state, { kind: 'hello', pid: 1, hello: HELLO }), calm)
    await tab.goto(`${url}#${fragmentOf(many)}`)
    expect(await why(tab)).toMatch(/^Refused: Hello rate limit exceeded — pid 1 has used its 256/)
    expect(await tab.locator('.history button').count()).toBe(257)
    for (const [i, { state }] of EXAMPLES.entries()) {
      await tab.click(`#examples li:nth-child(${i + 1}) a`)
      expect(tab.url()).toBe(`${url}#${fragmentOf(state)}`)
      expect(await tab.locator('.history button').count()).toBe(state.events.length)
      expect(await tab.textContent('#note')).toBe('')
    }
  }), 60_000)

  it('explains a field where the pointer or the keyboard is, and never shows a token', () => onPage(async (tab) => {
    await tab.click('#send')
    await tab.hover('#request .bytes [data-field="6"]')
    expect(await tab.textContent('#request-detail'))
      .toMatch(/^Hello\.service_name: field 3, string, wire type 2 \(length-delimited\)\. The service it wants/)
    expect(await tab.locator('#request .bytes .lit').count()).toBe(9)
    await tab.focus('#reply tbody tr')
    for (let i = 0; i < 5; i += 1) await tab.keyboard.press('ArrowDown')
    expect(await tab.textContent('#reply-detail')).toMatch(/^HelloReply\.negotiated: field 1, Negotiated, .*The broker's yes/)
    expect(await tab.locator('#reply tr[tabindex="0"]').count()).toBe(1)
    expect((await tab.locator('#reply .bytes span').allTextContents()).filter((text) => text === '**')).toHaveLength(16)
  }), 60_000)

  it('is gone through by keyboard, and keeps its place', () => onPage(async (tab) => {
    for (let i = 0; i < 3; i += 1) await tab.click('#send')
    await tab.focus('#event-0')
    await tab.keyboard.press('Enter')
    expect(await tab.evaluate(() => document.activeElement?.id)).toBe('event-0')
    expect(await tab.getAttribute('#event-0', 'aria-current')).toBe('true')
    const nameless = await tab.locator('input, select, button').evaluateAll((all) => all.filter((one) =>
      (one as HTMLInputElement).labels?.length !== 1 && one.textContent.trim() === '').map(({ id }) => id))
    expect(nameless).toEqual([])
  }), 60_000)

  it('fits in 400 pixels, jumps nowhere, and can be read in light and dark', () => onPage(async (tab) => {
    await tab.setViewportSize({ width: 400, height: 800 })
    for (const { length } of [{ length: 0 }, ...EXAMPLES.map((_, i) => ({ length: i + 1 }))]) {
      if (length > 0) await tab.click(`#examples li:nth-child(${length}) a`)
      expect([length, await isTooWide(tab)]).toEqual([length, false])
    }
    await tab.click('#reset')
    const before = await tab.locator('form').boundingBox()
    await tab.click('#send')
    await tab.waitForFunction(() => document.querySelector('.history') !== null)
    expect((await tab.locator('form').boundingBox())?.y).toBe(before?.y)
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.emulateMedia({ colorScheme })
      expect([colorScheme, await tab.evaluate(faintest)]).toEqual([colorScheme, []])
    }
  }), 60_000)
})

/** Texts whose contrast to what is behind them is less than 4.5 to 1, as WCAG counts it; it runs in the page. */
function faintest(): ReadonlyArray<string> {
  const numbers = (colour: string): ReadonlyArray<number> => (colour.match(/[\d.]+/g) ?? []).map(Number)
  const light = (colour: string): number => numbers(colour).slice(0, 3).reduce((sum, value, i) => {
    const part = value / 255
    return sum + (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4) * ([0.2126, 0.7152, 0.0722][i] ?? 0)
  }, 0)
  const behind = (element: Element | null): string => {
    const colour = element === null ? 'rgb(255, 255, 255)' : getComputedStyle(element).backgroundColor
    return element !== null && numbers(colour)[3] === 0 ? behind(element.parentElement) : colour
  }
  return [...document.querySelectorAll('body *')].flatMap((element) => {
    const isText = [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? '').trim() !== '')
    if (!isText || ['SCRIPT', 'STYLE', 'OPTION'].includes(element.tagName)) return []
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))]
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    return contrast < 4.5 ? [`${element.tagName} ${element.className} ${contrast.toFixed(2)}`] : []
  })
}
