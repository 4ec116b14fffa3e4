/**
 * What ends a call from outside, in each of its phases: the caller's signal, and the time for the whole.
 */
import { setImmediate as turn } from 'node:timers/promises'
import {
  connect, type ConnectError, type ConnectMove, type ConnectOptions, type ConnectPhase, type ConnectResult,
} from 'hello-negotiation/host/node'
import { describe, expect, it } from 'vitest'
import { no, yes } from '../../client/support.js'
import { adoptable, ASKED, backend, expectEcho, says, scripted, SILENT, streamOf, type Treatment } from './clientSupport.js'
import { fakeTimers, handClock, pass } from './clockSupport.js'
import { errorFrom, HASTY, whenDialling } from './connectSupport.js'

/** A broker for each phase, that brings a client there; and the move after which it is there. */
const PHASES: ReadonlyArray<readonly [phase: ConnectPhase, treat: Treatment, move: ConnectMove['_tag'] | undefined]> = [
  ['Connecting', SILENT, undefined],
  ['AwaitingReply', SILENT, undefined],
  ['Waiting', says(no({ code: 4, retryAfterMs: 5_000n })), 'RetryAfter'],
  ['Adopting', says(adoptable()), 'Adopt'],
]

describe('an abort', () => {
  it('before anything else is heard before anything is dialled', async () => {
    const broker = await scripted(SILENT)
    const signal = AbortSignal.abort()
    expect(await errorFrom([broker], { at: broker.at, signal })).toEqual({ _tag: 'Aborted', phase: 'Connecting' })
    expect(broker.sockets).toHaveLength(0)
    const cachedEndpoint = { endpoint: broker.path, selfVersion: ASKED.wantedVersion }
    expect(await errorFrom([broker], { at: broker.at, signal, cachedEndpoint })).toEqual({ _tag: 'Aborted', phase: 'ConnectingBackend' })
    expect(broker.sockets).toHaveLength(0)
  })

  it.each(PHASES)('ends it in the phase %s, with nothing left behind (law 1)', async (phase, treat, move) => {
    const controller = new AbortController()
    const there = await backend()
    const broker = await scripted((socket) => {
      treat(socket)
      if (phase === 'AwaitingReply') controller.abort()
    })
    if (phase === 'Connecting') whenDialling(() => controller.abort())
    const error = await errorFrom([broker, there], {
      at: broker.at, adopt: true, signal: controller.signal,
      onMove: ({ _tag }) => {
        if (_tag === move) setImmediate(() => controller.abort())
      },
    })
    expect(error).toEqual({ _tag: 'Aborted', phase })
  })

  it.each([1, 2, 3, 4, 5])('is heard in whatever moment it comes, reading %i of the clock too', async (nth) => {
    const broker = await scripted(SILENT)
    // No timer will ever make up for a signal that nobody has heard.
    fakeTimers()
    const controller = new AbortController()
    let readings = 0
    const clock = (): number => {
      readings += 1
      if (readings === nth) controller.abort()
      return 0
    }
    const error = await errorFrom([broker], { at: broker.at, signal: controller.signal, clock })
    expect(error).toMatchObject({ _tag: 'Aborted' })
  })

  it('ends it on the way to the backend', async () => {
    const there = await backend()
    const broker = await scripted(says(yes({ backendPipe: there.path })))
    const [late, early] = [new AbortController(), new AbortController()]
    const aborting = (controller: AbortController, when: (abort: () => void) => void): Promise<ConnectError> =>
      errorFrom([broker, there], { at: broker.at, signal: controller.signal, onMove: () => when(() => controller.abort()) })
    // A tick comes once the socket is on its way, and before the loop can tell that it has arrived.
    expect(await aborting(late, process.nextTick)).toEqual({ _tag: 'Aborted', phase: 'ConnectingBackend' })
    expect(await aborting(early, (abort) => abort())).toEqual({ _tag: 'Aborted', phase: 'ConnectingBackend' })
  })

  it('comes too late once there is a stream, which is the caller\'s', async () => {
    const controller = new AbortController()
    const { path } = await backend()
    const broker = await scripted(says(yes({ backendPipe: path })))
    const connected = streamOf(await connect({ at: broker.at, hello: ASKED, signal: controller.signal }))
    controller.abort()
    await expectEcho(connected)
  })
})

describe('the time for the whole', () => {
  it.each<readonly [what: string, treat: Treatment]>([
    ['silence', SILENT],
    ['a claim of 16 MiB, and then silence', says(Uint8Array.of(1, 0, 0, 0, 1), new Uint8Array(1_000))],
    ['a trickle', (socket) => {
      let sent = 0
      const trickle = setInterval(() => void socket.write(yes().subarray(sent, (sent += 1))), 10)
      socket.on('close', () => clearInterval(trickle))
    }],
  ])('ends the wait for the reply: %s (SPEC G9)', async (_what, treat) => {
    const clock = handClock()
    const broker = await scripted((socket) => {
      treat(socket)
      clock.set(100)
    })
    expect(await errorFrom([broker], { at: broker.at, clock: clock.read, timeoutMs: 100 })).toEqual({
      _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: 100,
    })
  })

  it('ends the wait for the broker\'s socket: too late is too late (SPEC G9)', async () => {
    const broker = await scripted(says(yes()))
    const clock = handClock()
    fakeTimers()
    // The time is over when the socket arrives, and no timer has said so.
    whenDialling(() => clock.set(10_000))
    const result = await connect({ at: broker.at, hello: ASKED, clock: clock.read, timeoutMs: 10_000 })
    expect(result).toEqual({ _tag: 'TimedOut', phase: 'Connecting', timeoutMs: 10_000 })
    expect(broker.hellos).toHaveLength(0)
  })

  it('may be over before anything is begun: then nothing is (SPEC G9)', async () => {
    const broker = await scripted(SILENT)
    const clock = handClock()
    const connecting = errorFrom([broker], { at: broker.at, clock: clock.read, timeoutMs: 10_000 })
    clock.set(10_000)
    expect(await connecting).toEqual({ _tag: 'TimedOut', phase: 'Connecting', timeoutMs: 10_000 })
    expect(broker.sockets).toHaveLength(0)
  })

  it.each<readonly [phase: ConnectPhase, treat: Treatment, when: (then: () => void) => void]>([
    ['Adopting', says(adoptable()), (then) => setImmediate(then)],
    ['ConnectingBackend', says(yes()), (then) => then()],
    ['Waiting', says(no({ code: 4, retryAfterMs: 20n })), (then) => setImmediate(then)],
  ])('ends everything in the phase %s too (SPEC G9, G10)', async (phase, treat, when) => {
    const broker = await scripted(treat)
    const clock = handClock()
    const onMove = (): void => when(() => clock.set(200))
    expect(await errorFrom([broker], { at: broker.at, adopt: true, plan: HASTY, clock: clock.read, timeoutMs: 200, onMove })).toEqual({
      _tag: 'TimedOut', phase, timeoutMs: 200,
    })
  })

  it('is one for all attempts together', async () => {
    const clock = handClock()
    const broker = await scripted(says(no({ code: 4 })), says(no({ code: 4 })), () => clock.set(300))
    const onMove = (): void => clock.set(clock.read() + 100)
    expect(await errorFrom([broker], { at: broker.at, plan: HASTY, clock: clock.read, timeoutMs: 300, onMove })).toEqual({
      _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs: 300,
    })
    expect(broker.hellos).toHaveLength(3)
  })

  it.each<readonly [what: string, options: Partial<ConnectOptions>, timeoutMs: number]>([
    ['30 s if nobody says', {}, 30_000],
    ['3 s in the second dialect', { dialect: 'v2' }, 3_000],
    ['what the environment says', { env: { RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS: ' 500 ' } }, 500],
    ['30 s where the environment says nonsense', { env: { RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS: '0' } }, 30_000],
    ['what the caller says, whatever the environment does', { timeoutMs: 700, env: { RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS: '500' } }, 700],
    ['a millisecond at least', { timeoutMs: Number.NaN }, 1],
    ['a millisecond at least, from zero on', { timeoutMs: 0 }, 1],
  ])('is %s (SPEC G9)', async (_what, options, timeoutMs) => {
    const broker = await scripted(SILENT)
    const clock = handClock()
    fakeTimers()
    let result: ConnectResult | undefined
    void connect({ at: broker.at, hello: ASKED, clock: clock.read, ...options }).then((came) => void (result = came))
    while (broker.hellos.length === 0) await turn()
    pass(clock, timeoutMs - 1)
    await turn()
    expect(result).toBeUndefined()
    pass(clock, 1)
    await turn()
    expect(result).toEqual({ _tag: 'TimedOut', phase: 'AwaitingReply', timeoutMs })
  })

  it('may be without end', async () => {
    const { path } = await backend()
    const broker = await scripted(says(yes({ backendPipe: path })))
    expect(streamOf(await connect({ at: broker.at, hello: ASKED, timeoutMs: Infinity })).attempts).toBe(1)
  })
})
