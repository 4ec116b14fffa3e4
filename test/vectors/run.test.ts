/**
 * The command that runs any folder of vectors: what it prints, and that it can fail.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const VECTORS = fileURLToPath(new URL('.', import.meta.url))
const RUN = join(VECTORS, 'run.mjs')
const spoilt = mkdtempSync(join(tmpdir(), 'hello-vectors-'))

afterAll(() => rmSync(spoilt, { recursive: true, force: true }))

function run(...args: ReadonlyArray<string>): { readonly status: number | null; readonly lines: ReadonlyArray<string> } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [RUN, ...args], { encoding: 'utf8' })
  return { status, lines: `${stdout}${stderr}`.trim().split('\n') }
}

describe('npm run vectors -- DIR', () => {
  it('counts what passed in each file of the reference', () => {
    expect(run(VECTORS)).toEqual({
      status: 0,
      lines: [
        'golden.json: 7 passed, 0 failed', 'names.jsonl: 400 passed, 0 failed', 'decode.jsonl: 2500 passed, 0 failed',
        'sessions.jsonl: 400 passed, 0 failed',
      ],
    })
  })

  it('names each vector that differs, with what was expected and what came, and exits 1', () => {
    cpSync(VECTORS, spoilt, { recursive: true, filter: (path) => !path.endsWith('.ts') })
    const names = join(spoilt, 'names.jsonl')
    writeFileSync(names, readFileSync(names, 'utf8').replace('{"input":"zccache","serviceName":true', '{"input":"zccache","serviceName":false'))
    const sessions = join(spoilt, 'sessions.jsonl')
    writeFileSync(sessions, readFileSync(sessions, 'utf8').replace('"pendingTokens":1', '"pendingTokens":7'))
    writeFileSync(join(spoilt, 'golden.json'), 'no JSON')
    const { status, lines } = run(spoilt)
    expect(status).toBe(1)
    expect(lines).toContain('names.jsonl: 399 passed, 1 failed')
    expect(lines.slice(lines.indexOf('"zccache" service name'))[1]).toBe('  expected false')
    expect(lines).toContain('sessions.jsonl: 399 passed, 1 failed')
    expect(lines.find((line) => line.includes('step 0 (hello at 741 ms), counts after'))).toMatch(/^s\d+-0 /)
    expect(lines[0]).toBe('golden.json: 0 passed, 1 failed')
  })

  it('counts a line that cannot be read as one failure, and bytes that are no hex as another', () => {
    const decode = [
      '{"message":"Frame","bytes":"0801","canonical":"0801"}', 'no JSON', '{"message":"Frame","bytes":"zz","canonical":""}',
    ]
    writeFileSync(join(spoilt, 'decode.jsonl'), decode.join('\n'))
    expect(run(spoilt).lines).toContain('decode.jsonl: 1 passed, 2 failed')
  })

  it('says what it needs, and that a file is missing', () => {
    expect(run().status).toBe(2)
    const { status, lines } = run(join(spoilt, 'nowhere'))
    expect(status).toBe(1)
    expect(lines.filter((line) => line.endsWith(': 0 passed, 1 failed'))).toHaveLength(4)
  })
})
