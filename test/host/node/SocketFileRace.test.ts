import { mkdir, readdir, rename, rm, unlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createBroker } from 'hello-negotiation'
import { listen, sayHello } from 'hello-negotiation/host/node'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { GOOD_HELLO, policyWith, start, tempFolder } from './support.js'

/** What happens to a path in the moment between a broker's finding it stale and its claiming it. */
const race = vi.hoisted(() => ({ justBefore: async (): Promise<void> => undefined }))

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>()
  return {
    ...real,
    writeFile: async (...args: Parameters<typeof real.writeFile>) => {
      await race.justBefore()
      return real.writeFile(...args)
    },
  }
})

const broker = createBroker({ policy: policyWith() })

async function staleSocket(): Promise<string> {
  const path = join(await tempFolder(), 'broker.sock')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(`${path}~`, resolve))
  await rename(`${path}~`, path)
  await new Promise((resolve) => server.close(resolve))
  return path
}

beforeEach(() => {
  race.justBefore = async () => undefined
})

describe.skipIf(process.platform === 'win32')('a stale socket\'s file, found and then', () => {
  it('replaced by a living broker\'s, is left to it', async () => {
    const path = await staleSocket()
    race.justBefore = async () => {
      race.justBefore = async () => undefined
      await unlink(path)
      await start({}, { broker, at: { _tag: 'Socket', path } })
    }
    const late = await listen({ broker, at: { _tag: 'Socket', path } })
    expect(late).toEqual({ _tag: 'Left', left: { _tag: 'AddressInUse', address: path } })
    expect(await sayHello({ at: { _tag: 'Socket', path }, hello: GOOD_HELLO })).toMatchObject({ _tag: 'Right' })
    expect(await readdir(dirname(path))).toEqual(['broker.sock'])
  })

  it('replaced by a folder with something in it, is left alone', async () => {
    const path = await staleSocket()
    race.justBefore = async () => {
      race.justBefore = async () => undefined
      await unlink(path)
      await mkdir(join(path, 'precious'), { recursive: true })
    }
    const late = await listen({ broker, at: { _tag: 'Socket', path } })
    expect(late).toEqual({ _tag: 'Left', left: { _tag: 'NotASocket', path } })
    expect((await readdir(dirname(path), { recursive: true })).toSorted()).toEqual(['broker.sock', 'broker.sock/precious'])
  })

  it('removed by somebody else, is no obstacle', async () => {
    const path = await staleSocket()
    race.justBefore = () => rm(path)
    const late = await listen({ broker, at: { _tag: 'Socket', path } })
    expect(late._tag).toBe('Right')
    if (late._tag === 'Right') onTestFinished(() => late.right.close(0))
    expect(await readdir(dirname(path))).toEqual(['broker.sock'])
  })
})
