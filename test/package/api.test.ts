/**
 * The public API as it is written down in api/, compared with what the build declares.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const API = fileURLToPath(new URL('../../api/', import.meta.url))

it('the public API is what api/ says; `npm run api` writes down a change, for a review to see', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hello-api-'))
  try {
    execFileSync(process.execPath, [join(API, 'make.mjs'), folder], { stdio: ['ignore', 'ignore', 'pipe'] })
    const reports = (from: string) => readdirSync(from).filter((name) => name.endsWith('.api.md')).map((name) => [name, readFileSync(join(from, name), 'utf8')])
    expect(reports(folder)).toEqual(reports(API))
    expect(reports(API)).toHaveLength(9)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)
