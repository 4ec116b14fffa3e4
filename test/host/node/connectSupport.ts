/**
 * What the tests of `connect` have in common: plans that do not keep them waiting, and calls that lead nowhere.
 */
import { Socket } from 'node:net'
import { DEFAULT_PLAN, type PlanPolicy } from 'hello-negotiation'
import { connect, type ConnectError, type ConnectOptions, describeConnectError } from 'hello-negotiation/host/node'
import { expect, vi } from 'vitest'
import { ASKED, type Scripted, tidily } from './clientSupport.js'

/** A plan whose waits are a millisecond or two. */
export const HASTY: PlanPolicy = { ...DEFAULT_PLAN, backOffMs: 1, backOffMaxMs: 2 }

export function reacting(reactions: Partial<PlanPolicy['reactions']>): PlanPolicy {
  return { ...HASTY, reactions: { ...HASTY.reactions, ...reactions } }
}

/** Calls `then` once, when the next socket is on its way, and before the loop can tell that it has arrived. */
export function whenDialling(then: () => void): void {
  const { connect: original } = Socket.prototype
  vi.spyOn(Socket.prototype, 'connect').mockImplementationOnce(function dial(this: Socket, ...args) {
    process.nextTick(then)
    return Reflect.apply(original, this, args) as Socket
  })
}

/** Connects where it is known to lead nowhere, and leaves nothing behind; the error, which has one line. */
export async function errorFrom(
  servers: ReadonlyArray<Pick<Scripted, 'sockets'>>, options: Omit<ConnectOptions, 'hello'> & Partial<ConnectOptions>,
): Promise<ConnectError> {
  const result = await tidily(servers, (signal) => connect({ hello: ASKED, signal, timeoutMs: 20_000, ...options }))
  if (result._tag === 'Connected') throw new Error('connected')
  expect(describeConnectError(result)).toMatch(/^[^\n]+$/)
  return result
}
