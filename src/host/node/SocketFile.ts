/**
 * A Unix socket's file: how it gets its name, its mode and its end.
 *
 * A socket is bound inside a new folder that nobody else may enter, gets its mode there, and only then
 * its name, by `link`, which fails where the name is taken. So from the first instant at which anybody
 * else can reach it, its mode is 0600, whatever the umask (which a worker thread could not change): there
 * is no moment between `bind` and `chmod` to slip through. It also takes the file out of the reach of
 * Node, which on close deletes whatever then has the name that was bound.
 *
 * **Laws**
 *  1. Nothing is ever deleted or replaced but a socket on which nobody answers.
 *  2. `remove` removes the file that was made here, never another that has taken its name.
 */
import { chmod, link, lstat, mkdtemp, rmdir, unlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { systemError } from '../transport/SystemError.js'

/**
 * Why a Unix socket cannot have its name.
 *
 * @category model
 * @since 0.1.0
 */
export type SocketFileError =
  | { readonly _tag: 'AddressInUse'; readonly address: string }
  | { readonly _tag: 'BeingReplaced'; readonly path: string; readonly claim: string }
  | { readonly _tag: 'FolderMissing'; readonly folder: string }
  | { readonly _tag: 'FolderNotWritable'; readonly folder: string }
  | { readonly _tag: 'NotASocket'; readonly path: string }

/** A socket under its name; `remove` it while its server still listens, so that its inode cannot be another's. */
export interface SocketFile {
  readonly remove: () => Promise<void>
}

/** The mode of the socket: its owner alone may connect. */
const SOCKET_MODE = 0o600

/** Short, because a socket's path must be; odd, so that a file of that name elsewhere is nobody's loss. */
const BOUND_NAME = '~'
/** What `mkdtemp` puts behind the prefix. */
const FOLDER_SUFFIX = 'XXXXXX'

/** The longer of a socket's name and the name that it is bound under at first. */
export function longestPath(path: string): string {
  const bound = join(`${folderPrefix(path)}${FOLDER_SUFFIX}`, BOUND_NAME)
  return Buffer.byteLength(bound) > Buffer.byteLength(path) ? bound : path
}

/** A hidden folder beside the file: a link cannot cross file systems. */
function folderPrefix(path: string): string {
  return `${dirname(path)}/.`
}

/** The file that says who is about to remove a stale socket. */
function claimOn(path: string): string {
  return `${folderPrefix(path)}${basename(path)}~`
}

/** Runs `bind` on a path that nobody else can reach, then gives the socket its name. Throws what the system throws. */
export async function publishSocket(
  path: string, bind: (path: string) => Promise<void>,
): Promise<Either<SocketFileError, SocketFile>> {
  const made = await hiddenFolder(path)
  if (made._tag === 'Left') return made
  const folder = made.right
  try {
    const bound = join(folder, BOUND_NAME)
    await bind(bound)
    await chmod(bound, SOCKET_MODE)
    const { dev, ino } = await lstat(bound, { bigint: true })
    const error = await takeName(bound, path)
    // The file is looked for by its absolute path: a process may change its folder.
    const absolute = resolve(path)
    return error === undefined ? E.right({ remove: () => removeOurs(absolute, dev, ino) }) : E.left(error)
  } finally {
    await removeFolder(folder)
  }
}

/** Made beside the file; what keeps it from being made keeps the socket from being there. */
async function hiddenFolder(path: string): Promise<Either<SocketFileError, string>> {
  try {
    return E.right(await mkdtemp(folderPrefix(path)))
  } catch (error) {
    const fault = folderFault(dirname(path), systemError(error).code)
    if (fault === undefined) throw error
    return E.left(fault)
  }
}

/** @internal What is wrong with the folder asked for, going by what the system says of making one in it. */
export function folderFault(folder: string, code: string): SocketFileError | undefined {
  if (['ENOENT', 'ENOTDIR'].includes(code)) return { _tag: 'FolderMissing', folder }
  if (['EACCES', 'EPERM', 'EROFS'].includes(code)) return { _tag: 'FolderNotWritable', folder }
  return undefined
}

async function removeFolder(folder: string): Promise<void> {
  await unlessAbsent(unlink(join(folder, BOUND_NAME)))
  await rmdir(folder)
}

async function takeName(bound: string, path: string): Promise<SocketFileError | undefined> {
  if (await unlessTaken(link(bound, path))) return undefined
  const error = await clearStale(path)
  if (error !== undefined) return error
  return (await unlessTaken(link(bound, path))) ? undefined : { _tag: 'AddressInUse', address: path }
}

/**
 * Removes a socket that nobody answers on. Of brokers that start at once only the one with the claim may:
 * another would remove, a moment later, what the first has put there. Whoever has the claim asks again.
 */
async function clearStale(path: string): Promise<SocketFileError | undefined> {
  const error = await standing(path)
  if (error !== undefined) return error
  const claim = claimOn(path)
  if (!(await unlessTaken(writeFile(claim, `${process.pid}\n`, { flag: 'wx' })))) return { _tag: 'BeingReplaced', path, claim }
  try {
    const regret = await standing(path)
    if (regret === undefined) await unlessAbsent(unlink(path))
    return regret
  } finally {
    await unlink(claim)
  }
}

/** What keeps the file at `path` from being removed, if anything does. */
async function standing(path: string): Promise<SocketFileError | undefined> {
  const stats = await unlessAbsent(lstat(path))
  if (stats === undefined) return undefined
  if (!stats.isSocket()) return { _tag: 'NotASocket', path }
  return (await isAnswered(path)) ? { _tag: 'AddressInUse', address: path } : undefined
}

/** Only a plain refusal means that nobody listens: a full queue or a missing right means that somebody does. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ path })
    socket.on('error', (error) => settle(!['ECONNREFUSED', 'ENOENT'].includes(systemError(error).code)))
    socket.on('connect', () => {
      socket.destroy()
      settle(true)
    })
  })
}

async function removeOurs(path: string, dev: bigint, ino: bigint): Promise<void> {
  const stats = await unlessAbsent(lstat(path, { bigint: true }))
  if (stats !== undefined && stats.dev === dev && stats.ino === ino) await unlessAbsent(unlink(path))
}

async function unlessAbsent<A>(operation: Promise<A>): Promise<A | undefined> {
  try {
    return await operation
  } catch (error) {
    if (systemError(error).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether the operation found its name free. */
async function unlessTaken(operation: Promise<void>): Promise<boolean> {
  try {
    await operation
    return true
  } catch (error) {
    if (systemError(error).code === 'EEXIST') return false
    throw error
  }
}
