/**
 * A headless Chromium for tests, where there is one; CI must have one.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']

/** The browser to use: what CHROMIUM says, or the first that is found. */
export const CHROMIUM: string | undefined = process.env['CHROMIUM'] ?? PLACES.find(existsSync)

/** Whether tests in a browser are passed over: on a machine without one, but never in CI. */
export const LACKS_CHROMIUM: boolean = CHROMIUM === undefined && process.env['CI'] === undefined

/** Without these it asks the network for this and that, which no test needs and some machines refuse. */
const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync',
]

/** Runs something in a browser of its own, which is gone afterwards, and so is its profile. */
export async function inChromium<A>(run: (browser: BrowserContext) => Promise<A>): Promise<A> {
  if (CHROMIUM === undefined) throw new Error('no Chromium is found: install one, or say in CHROMIUM where it is')
  const profile = mkdtempSync(join(tmpdir(), 'hello-chromium-'))
  const browser = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, headless: true, args: QUIET })
  try {
    return await run(browser)
  } finally {
    await browser.close()
    rmSync(profile, { recursive: true, force: true })
  }
}
