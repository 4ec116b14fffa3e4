import { execFile } from 'node:child_process'
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))

interface Exit {
  readonly code: number
  readonly stderr: string
}

function generate(folder: string, ...args: ReadonlyArray<string>): Promise<Exit> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(folder, 'proto', 'generate.mjs'), ...args], (error, _, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stderr })
    })
  })
}

describe('the generated files', () => {
  let copy = ''

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'hello-negotiation-'))
    cpSync(join(root, 'proto'), join(copy, 'proto'), { recursive: true })
    cpSync(join(root, 'src/wire/messages'), join(copy, 'src/wire/messages'), { recursive: true })
    // The generator finds protobufjs where Node looks for it: beside the folder it lies in.
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
  })

  afterAll(() => {
    rmSync(copy, { recursive: true, force: true })
  })

  it('are what proto/broker_v1.proto says', async () => {
    expect(await generate(root, '--check')).toEqual({ code: 0, stderr: '' })
  })

  it('are found out where one of them was changed, and made anew', async () => {
    const changed = join(copy, 'src/wire/messages/Hello.ts')
    const original = readFileSync(changed, 'utf8')
    expect(await generate(copy, '--check')).toEqual({ code: 0, stderr: '' })
    appendFileSync(changed, '// a change by hand\n')
    const { code, stderr } = await generate(copy, '--check')
    expect(code).toBe(1)
    expect(stderr).toBe('src/wire/messages/Hello.ts is not what proto/broker_v1.proto says: run npm run generate\n')
    expect(readFileSync(changed, 'utf8')).not.toBe(original)
    expect((await generate(copy)).code).toBe(0)
    expect(readFileSync(changed, 'utf8')).toBe(original)
  })

  it('are found out where one of them is missing', async () => {
    rmSync(join(copy, 'src/wire/messages/enums.ts'))
    expect((await generate(copy, '--check')).stderr).toMatch(/^src\/wire\/messages\/enums\.ts is not what /)
  })
})
