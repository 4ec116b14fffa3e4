import { chmod, lstat, mkdir, readdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createBroker } from 'hello-negotiation'
import { describeListenError, listen, type ListenError, type Listener, sayHello } from 'hello-negotiation/host/node'
import type { Either } from 'fp-ts/lib/Either.js'
import { describe, expect, it, onTestFinished } from 'vitest'
import { folderFault, publishSocket } from '../../../src/host/node/SocketFile.js'
import { GOOD_HELLO, policyWith, start, tempFolder } from './support.js'

async function listenAt(path: string): Promise<Either<ListenError, Listener>> {
  const started = await listen({ broker: createBroker({ policy: policyWith() }), at: { _tag: 'Socket', path } })
  if (started._tag === 'Right') onTestFinished(() => started.right.close(0))
  return started
}

/** Leaves the file of a socket that nobody answers on: what a broker leaves that was killed. */
async function staleSocket(path: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(`${path}~`, resolve))
  // Node deletes the name that was bound, so it is renamed first.
  await rename(`${path}~`, path)
  await new Promise((resolve) => server.close(resolve))
}

const isAnswered = async (path: string): Promise<boolean> =>
  (await sayHello({ at: { _tag: 'Socket', path }, hello: GOOD_HELLO }))._tag === 'Right'

describe.skipIf(process.platform === 'win32')('a socket\'s file', () => {
  it('has mode 0600 whatever the umask, and is alone in its folder', async () => {
    const umask = process.umask(0)
    onTestFinished(() => void process.umask(umask))
    const { path } = await start()
    const stats = await lstat(path)
    expect([stats.isSocket(), stats.mode & 0o7777]).toEqual([true, 0o600])
    expect(await readdir(dirname(path))).toEqual(['broker.sock'])
  })

  it('is out of everybody\'s reach until it has its mode', async () => {
    const path = join(await tempFolder(), 'broker.sock')
    const server = createServer()
    const published = await publishSocket(path, async (bound) => {
      await new Promise<void>((resolve) => server.listen(bound, resolve))
      expect((await lstat(dirname(bound))).mode & 0o777).toBe(0o700)
      expect(await readdir(dirname(path))).not.toContain('broker.sock')
    })
    expect(published._tag).toBe('Right')
    expect((await lstat(path)).mode & 0o777).toBe(0o600)
    await new Promise((resolve) => server.close(resolve))
  })

  it('is gone once the broker is', async () => {
    const { path, listener } = await start()
    await listener.close()
    expect(await readdir(dirname(path))).toEqual([])
  })

  it('replaces one that nobody answers on', async () => {
    const path = join(await tempFolder(), 'broker.sock')
    await staleSocket(path)
    expect((await listenAt(path))._tag).toBe('Right')
    expect(await isAnswered(path)).toBe(true)
    expect(await readdir(dirname(path))).toEqual(['broker.sock'])
  })

  it('does not replace one that somebody answers on', async () => {
    const { path } = await start()
    const second = await listenAt(path)
    expect(second).toEqual({ _tag: 'Left', left: { _tag: 'AddressInUse', address: path } })
    expect(await isAnswered(path)).toBe(true)
    expect(await readdir(dirname(path))).toEqual(['broker.sock'])
  })

  it('goes to exactly one of many that start at once over a stale one', async () => {
    for (let round = 0; round < 20; round += 1) {
      const path = join(await tempFolder(), 'broker.sock')
      await staleSocket(path)
      const results = await Promise.all(Array.from({ length: 4 }, () => listenAt(path)))
      expect(results.filter(({ _tag }) => _tag === 'Right')).toHaveLength(1)
      for (const result of results) if (result._tag === 'Left') expect(['AddressInUse', 'BeingReplaced']).toContain(result.left._tag)
      expect(await isAnswered(path)).toBe(true)
      expect(await readdir(dirname(path))).toEqual(['broker.sock'])
    }
  })

  it('is left to the broker that has claimed it', async () => {
    const path = join(await tempFolder(), 'broker.sock')
    const claim = join(dirname(path), '.broker.sock~')
    await staleSocket(path)
    await writeFile(claim, '4242\n')
    const result = await listenAt(path)
    expect(result).toEqual({ _tag: 'Left', left: { _tag: 'BeingReplaced', path, claim } })
    expect(result._tag === 'Left' && describeListenError(result.left)).toContain(`remove ${claim}`)
    expect((await readdir(dirname(path))).toSorted()).toEqual(['.broker.sock~', 'broker.sock'])
    expect(await readFile(claim, 'utf8')).toBe('4242\n')
  })

  it('does not touch what is no socket: a file, a link, a folder', async () => {
    const folder = await tempFolder()
    const [file, link, directory] = ['file', 'link', 'directory'].map((name) => join(folder, name)) as [string, string, string]
    await writeFile(file, 'precious')
    await symlink(join(folder, 'nowhere'), link)
    await mkdir(directory)
    for (const path of [file, link, directory]) {
      expect(await listenAt(path)).toEqual({ _tag: 'Left', left: { _tag: 'NotASocket', path } })
    }
    expect(await readFile(file, 'utf8')).toBe('precious')
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect((await readdir(folder)).toSorted()).toEqual(['directory', 'file', 'link'])
  })

  it('is left alone at the end where another has taken its name', async () => {
    const { path, listener } = await start()
    await unlink(path)
    await writeFile(path, 'somebody else\'s')
    await listener.close()
    expect(await readFile(path, 'utf8')).toBe('somebody else\'s')
  })

  it('is not cut short where its path is too long (SPEC M3)', async () => {
    const folder = await tempFolder()
    const path = join(folder, 'x'.repeat(120))
    expect(await listenAt(path)).toMatchObject({ left: { _tag: 'PathTooLong', path } })
    expect(await readdir(folder)).toEqual([])
  })

  it('cannot be where there is no folder, and names the folder on one line', async () => {
    const folder = await tempFolder()
    await writeFile(join(folder, 'file'), '')
    for (const none of [join(folder, 'none'), join(folder, 'file')]) {
      const result = await listenAt(join(none, 'broker.sock'))
      expect(result).toEqual({ _tag: 'Left', left: { _tag: 'FolderMissing', folder: none } })
      expect(result._tag === 'Left' && describeListenError(result.left)).toBe(`the folder ${none} does not exist`)
    }
  })

  it.skipIf(process.getuid?.() === 0)('cannot be where nobody may write', async () => {
    const folder = await tempFolder()
    await chmod(folder, 0o500)
    expect(await listenAt(join(folder, 'broker.sock'))).toEqual({ _tag: 'Left', left: { _tag: 'FolderNotWritable', folder } })
  })

  it('cannot be where the system forbids it, and names the folder on one line', () => {
    for (const code of ['EACCES', 'EPERM', 'EROFS']) {
      const fault = folderFault('/asked/for', code)
      expect(fault).toEqual({ _tag: 'FolderNotWritable', folder: '/asked/for' })
      expect(fault && describeListenError(fault)).toBe('the folder /asked/for may not be written to')
    }
    expect(folderFault('/asked/for', 'ENOSPC')).toBeUndefined()
  })
})
