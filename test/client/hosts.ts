/**
 * Hosts to name endpoints on, with a hash function that is none but tells texts apart.
 */
import type { LinuxHost, MacHost, WindowsHost } from 'hello-negotiation'

/** 32 bytes that depend on every byte given, and on where it stands. */
export function fakeBlake3(bytes: Uint8Array): Uint8Array {
  const digest = new Uint8Array(32)
  let state = 0x811c_9dc5
  for (let i = 0; i < bytes.length + digest.length; i += 1) {
    state = Math.imul(state ^ (bytes[i] ?? 0xa5), 0x0100_0193) >>> 0
    digest[i % digest.length] = (digest[i % digest.length] as number) ^ (state >>> 24)
  }
  return digest
}

export const LINUX: LinuxHost = {
  platform: 'linux', blake3: fakeBlake3, uid: 1000, machineId: 'c0ffee\n', dbusMachineId: undefined, bootId: undefined,
  xdgRuntimeDir: '/run/user/1000',
}

export const MAC: MacHost = {
  platform: 'darwin', blake3: fakeBlake3, uid: 501, platformUuid: 'AB-CD',
  tmpDir: '/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/',
}

export const WINDOWS: WindowsHost = { platform: 'win32', blake3: fakeBlake3, sid: Uint8Array.of(1, 5, 0, 0) }
