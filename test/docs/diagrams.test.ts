/**
 * The diagrams are what the code says now.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const DIAGRAMS = fileURLToPath(new URL('../../docs/diagrams/', import.meta.url))

it('the diagrams are drawn from the code as it is; `npm run docs:diagrams` draws them anew', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hello-diagrams-'))
  try {
    execFileSync(process.execPath, [join(DIAGRAMS, 'make.mjs'), folder])
    const drawings = (from: string) => readdirSync(from).filter((name) => name.endsWith('.svg')).sort().map((name) => [name, readFileSync(join(from, name), 'utf8')])
    expect(drawings(folder)).toEqual(drawings(DIAGRAMS))
    expect(drawings(DIAGRAMS)).toHaveLength(4)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 30_000)
