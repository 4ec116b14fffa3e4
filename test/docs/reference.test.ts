/**
 * The reference is what the docstrings say, and no page links to what is not there.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('docs/reference', () => {
  it('is what the docstrings say; `npm run docs:reference` makes it anew', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hello-reference-'))
    try {
      const said = execFileSync(process.execPath, [join(ROOT, 'api', 'reference.mjs'), folder], { encoding: 'utf8' })
      expect(Number(/^(\d+) exports/.exec(said)?.[1])).toBeGreaterThan(1_000)
      const pages = (from: string) => readdirSync(from).sort().map((name) => [name, readFileSync(join(from, name), 'utf8')])
      expect(pages(folder)).toEqual(pages(join(ROOT, 'docs', 'reference')))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 60_000)

  it('shows every function outside /testing in an example that runs, but for those that take a machine or a program to show', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hello-unshown-'))
    const said = execFileSync(process.execPath, [join(ROOT, 'api', 'reference.mjs'), folder, '--unshown'], { encoding: 'utf8' })
    rmSync(folder, { recursive: true, force: true })
    expect(said.trim().split('\n').slice(1)).toEqual([
      'identityText', 'longestInstanceName', 'longestServiceName', 'clientConformance', 'describeHandoffNotice', 'describeIncident', 'describeMove',
      'describeReceiverNotice',
    ])
  }, 60_000)
})

const PAGES = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.md') && !/(?:^|\/)(?:node_modules|dist|coverage|reports|\.git|\.stryker-tmp)\//.test(path))

/** What GitHub makes of a heading. */
const slug = (heading: string): string => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-')

describe('a link in a page', () => {
  it.each(PAGES)('of %s leads to a file that is there, and to a heading of it', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8').replace(/^```[^]*?^```$/gm, '')
    const dead = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]*)\)/g)].map((match) => match[1] as string).filter((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path)
      if (!existsSync(target)) return true
      if (anchor === undefined || !target.endsWith('.md')) return false
      const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)].map((match) => slug(match[1] as string))
      return !headings.includes(anchor)
    })
    expect(dead).toEqual([])
  })
})
