/**
 * The ways to a backend, each gone over real sockets, and what a caller says about them.
 */
import { getEventListeners } from 'node:events'
import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { DEFAULT_PLAN } from 'hello-negotiation'
import {
  connect, type ConnectError, type ConnectMove, type ConnectOptions, describeConnectError, describeIncident, describeMove, type Incident,
} from 'hello-negotiation/host/node'
import { describe, expect, it } from 'vitest'
import { endpointAddress } from '../../../src/host/node/dial.js'
import { joined, no, yes } from '../../client/support.js'
import {
  adoptable, ASKED, backend, expectEcho, read, ready, says, saysLast, scripted, scriptedOnTcp, SILENT, streamOf, tidily, TOKEN,
  type Treatment,
} from './clientSupport.js'
import { fakeTimers, handClock, pass } from './clockSupport.js'
import { errorFrom, HASTY, reacting } from './connectSupport.js'
import { start, tempFolder } from './support.js'

const text = (bytes: string): Uint8Array => Buffer.from(bytes, 'latin1')

describe('the way by the endpoint that the broker names', () => {
  it('leads through a real broker to the backend (SPEC G10)', async () => {
    const { path } = await backend('welcome')
    const { at } = await start({ services: [{ serviceName: 'zccache', daemonVersion: '1.11.21', backendPipe: path }] })
    const connected = streamOf(await connect({ at, hello: ASKED }))
    expect(connected).toMatchObject({
      route: 'BrokerNegotiated', endpoint: path, attempts: 1,
      negotiated: { daemonVersion: '1.11.21', connectionId: 1n, negotiatedProtocol: 1 },
    })
    expect(await read(connected, 7)).toBe('welcome')
    await expectEcho(connected)
  })

  it('begins with the reference\'s Hello, but for the library\'s name (SPEC G1)', async () => {
    const broker = await scripted(saysLast(no({ code: 2 })))
    await connect({ at: broker.at, hello: ASKED })
    expect(broker.hellos).toMatchObject([{
      clientMinProtocol: 1, clientMaxProtocol: 1, clientCapabilities: 1n, requestId: 'hello', connectionId: 0n, peerPid: process.pid,
      clientVersion: '', clientKeepaliveSecs: 0n, clientLibName: 'hello-negotiation', authToken: new Uint8Array(0), ...ASKED,
    }])
    expect(broker.frames).toMatchObject([{ envelopeVersion: 1, kind: 0, payloadProtocol: 0, requestId: 1n }])
  })

  it('says of who asks what the caller says (SPEC G1, G2)', async () => {
    const broker = await scripted(saysLast(no({ code: 2 })))
    const hello = { ...ASKED, peerPid: 0, capabilities: 0n, requestId: 'client_v2-clud-42', clientVersion: '1.2.3' }
    await connect({ at: broker.at, hello })
    expect(broker.hellos).toMatchObject([{ peerPid: 0, clientCapabilities: 0n, requestId: 'client_v2-clud-42', clientVersion: '1.2.3' }])
  })

  it('hands over a paused stream without a listener of ours', async () => {
    const { path } = await backend('x')
    const broker = await scripted(says(yes({ backendPipe: path })))
    const { stream } = streamOf(await connect({ at: broker.at, hello: ASKED }))
    expect(stream.isPaused()).toBe(true)
    const plain = new Socket().pause()
    stream.removeAllListeners('error')
    for (const event of ['data', 'error', 'close', 'connect', 'drain', 'readable', 'end']) {
      expect([event, stream.listenerCount(event)]).toEqual([event, plain.listenerCount(event)])
    }
  })

  it('has closed the broker\'s connection before it ends at the backend', async () => {
    const there = await backend()
    const broker = await scripted(says(yes({ backendPipe: there.path })))
    await tidily([broker, there], async (signal) => {
      const { stream } = streamOf(await connect({ at: broker.at, hello: ASKED, signal }))
      stream.destroy()
    })
  })
})

describe('the way without a Hello', () => {
  const skipTo = (endpoint: string): ConnectOptions['cachedEndpoint'] => ({ endpoint, selfVersion: ASKED.wantedVersion })

  it('goes to the remembered endpoint and asks nobody (SPEC G4)', async () => {
    const { path } = await backend('welcome')
    const broker = await scripted(SILENT)
    const connected = streamOf(await connect({ at: broker.at, hello: ASKED, cachedEndpoint: skipTo(path) }))
    expect(connected).toMatchObject({ route: 'HelloSkip', endpoint: path, attempts: 0, negotiated: undefined })
    expect(await read(connected, 7)).toBe('welcome')
    expect(broker.sockets).toHaveLength(0)
  })

  it('falls back to the broker in silence where nobody answers (SPEC G4)', async () => {
    const { path } = await backend()
    const broker = await scripted(says(yes({ backendPipe: path })))
    const moves: Array<ConnectMove> = []
    const cachedEndpoint = skipTo(join(await tempFolder(), 'gone.sock'))
    const onMove = (move: ConnectMove): void => void moves.push(move)
    const connected = streamOf(await connect({ at: broker.at, hello: ASKED, cachedEndpoint, onMove }))
    expect(connected).toMatchObject({ route: 'BrokerNegotiated', endpoint: path, attempts: 1 })
    expect(moves.map(({ _tag }) => _tag)).toEqual(['ConnectBackend'])
    await expectEcho(connected)
  })

  it.each([['another version', '1.11.21'], ['the same version in other letters', '01.11.20']])(
    'is not gone by %s (SPEC G4)', async (_what, selfVersion) => {
      const [cached, named] = [await backend(), await backend()]
      const broker = await scripted(says(yes({ backendPipe: named.path })))
      const cachedEndpoint = { endpoint: cached.path, selfVersion }
      expect(streamOf(await connect({ at: broker.at, hello: ASKED, cachedEndpoint }))).toMatchObject({ route: 'BrokerNegotiated' })
      expect(cached.sockets).toHaveLength(0)
    },
  )
})

describe('the way by the connection itself', () => {
  const YES = adoptable({ backendPipe: '/nobody/listens.sock' })

  it.each<readonly [what: string, treat: Treatment]>([
    ['all at once', says(joined(YES, ready(), text('first')))],
    ['one after the other', says(YES, ready(), text('first'))],
    ['late', (socket) => {
      socket.write(YES)
      setImmediate(() => socket.write(ready(), () => void socket.write('first')))
    }],
  ])('keeps the stream, and what came behind the ready frame, %s (SPEC G10)', async (_what, treat) => {
    const broker = await scripted((socket) => {
      treat(socket)
      socket.on('data', (chunk) => void socket.write(chunk))
    })
    const connected = streamOf(await connect({ at: broker.at, hello: ASKED, adopt: true }))
    expect(connected).toMatchObject({ route: 'HandlePassed', endpoint: '/nobody/listens.sock', attempts: 1, negotiated: { isAdoptable: true } })
    expect(connected.stream.isPaused()).toBe(true)
    expect(await read(connected, 5)).toBe('first')
    await expectEcho(connected)
    expect(broker.sockets).toHaveLength(1)
  })

  it('loses and adds nothing, wherever the bytes are cut (law 2, SPEC G10)', async () => {
    const payload = Uint8Array.from({ length: 300 }, (_, i) => i)
    const stream = joined(YES, ready(), payload)
    let edges: ReadonlyArray<number> = []
    const broker = await scripted(async (socket) => {
      for (const [i, edge] of edges.entries()) {
        await new Promise((resolve) => socket.write(stream.slice(edges[i - 1] ?? 0, edge), resolve))
        await turn()
      }
      socket.end()
    })
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: stream.length - 1 }), { maxLength: 12 })
    await fc.assert(fc.asyncProperty(cuts, async (unsorted) => {
      edges = [...unsorted.toSorted((a, b) => a - b), stream.length]
      const result = await connect({ at: broker.at, hello: ASKED, adopt: true })
      if (result._tag !== 'Connected') throw new Error(result._tag)
      const chunks: Array<Uint8Array> = []
      for await (const chunk of result.stream) chunks.push(chunk as Uint8Array)
      expect(Uint8Array.from(Buffer.concat(chunks))).toEqual(payload)
    }))
  })

  it('keeps a whole megabyte that came too soon', async () => {
    const payload = new Uint8Array(0x10_0000).fill(0x61)
    const broker = await scripted((socket) => void socket.end(joined(YES, ready(), payload)))
    const { stream } = streamOf(await connect({ at: broker.at, hello: ASKED, adopt: true }))
    await turn()
    let length = 0
    for await (const chunk of stream) length += (chunk as Uint8Array).length
    expect(length).toBe(payload.length)
  })

  it('offers bit 0 with the opt-in, whatever else is offered (SPEC G10, N9)', async () => {
    const broker = await scripted(saysLast(no({ code: 2 })))
    await connect({ at: broker.at, hello: { ...ASKED, capabilities: 4n }, adopt: true })
    await connect({ at: broker.at, hello: { ...ASKED, capabilities: 4n }, plan: { ...DEFAULT_PLAN, adopts: true } })
    await connect({ at: broker.at, hello: { ...ASKED, capabilities: 4n }, plan: { ...DEFAULT_PLAN, adopts: true }, adopt: false })
    expect(broker.hellos.map(({ clientCapabilities }) => clientCapabilities)).toEqual([5n, 5n, 4n])
  })

  it('is not gone without the opt-in, though the broker would (SPEC G10)', async () => {
    const { path } = await backend()
    const broker = await scripted(says(adoptable({ backendPipe: path }), ready()))
    expect(streamOf(await connect({ at: broker.at, hello: ASKED }))).toMatchObject({ route: 'BrokerNegotiated', endpoint: path })
  })

  it.each<readonly [what: string, why: string, treat: Treatment]>([
    ['garbage', 'UnsupportedFraming', (socket) => void socket.write('HTTP/1.1 400 Bad Request')],
    ['an end', 'UnexpectedEnd', (socket) => void socket.end()],
    ['an end in the middle', 'UnexpectedEnd', (socket) => void socket.end(ready().subarray(0, 20))],
    ['another token', 'ReadyTokenMismatch', says(ready({ token: TOKEN.map((byte) => byte ^ 1) }))],
    ['a refusal', 'HandoffRefused', says(ready({ accepted: false, errorDetail: 'full' }))],
    ['a response', 'UnexpectedFrameKind', says(ready({}, { kind: 1 }))],
    ['a claim of 16 MiB and a byte', 'BodyTooLarge', says(Uint8Array.of(1, 1, 0, 0, 1))],
  ])('is given up in silence after %s, for the endpoint (SPEC G10, X2)', async (_what, why, treat) => {
    const there = await backend()
    const broker = await scripted((socket) => {
      socket.write(adoptable({ backendPipe: there.path }), () => treat(socket))
    })
    const seen: Array<Incident> = []
    await tidily([broker, there], async (signal) => {
      const onMove = (_: ConnectMove, because: Incident): void => void seen.push(because)
      const connected = streamOf(await connect({ at: broker.at, hello: ASKED, adopt: true, signal, onMove }))
      expect(connected).toMatchObject({ route: 'BrokerNegotiated', endpoint: there.path, attempts: 1 })
      await expectEcho(connected)
      connected.stream.destroy()
    })
    expect(seen.at(-1)).toMatchObject({ _tag: 'Reconnect', why: { _tag: why } })
  })

  it('is given up in silence after a reset, for the endpoint (SPEC G10)', async () => {
    const { path } = await backend()
    const broker = await scriptedOnTcp((socket) => void socket.write(adoptable({ backendPipe: path }), () => socket.resetAndDestroy()))
    // Whether the yes gets through before the reset is the network's to say; where it does not, there was none.
    const plan = reacting({ BrokerUnreachable: 'Stop' })
    const result = await connect({ at: broker.at, hello: ASKED, adopt: true, plan })
    if (result._tag === 'Connected') expect(streamOf(result).route).toBe('BrokerNegotiated')
    else expect(result).toMatchObject({ _tag: 'GaveUp', last: { _tag: 'BrokerUnreachable' } })
  })

  it('is given up after 2 s of silence (SPEC G10)', async () => {
    const { path } = await backend()
    const broker = await scripted(says(adoptable({ backendPipe: path })))
    const clock = handClock()
    fakeTimers()
    const seen: Array<Incident> = []
    const onMove = (_: ConnectMove, because: Incident): void => void seen.push(because)
    const connecting = connect({ at: broker.at, hello: ASKED, adopt: true, clock: clock.read, onMove })
    while (seen.length === 0) await turn()
    await turn()
    pass(clock, 1_999)
    await turn()
    expect(seen).toHaveLength(1)
    pass(clock, 1)
    const connected = streamOf(await connecting)
    expect(connected.route).toBe('BrokerNegotiated')
    expect(seen.at(-1)).toMatchObject({ why: { _tag: 'ReadyTimedOut', timeoutMs: 2_000 } })
  })

  it('may be the only one there is: then nothing is left after it (SPEC G6)', async () => {
    const broker = await scripted((socket) => void socket.end(adoptable({ backendPipe: '' })))
    expect(await errorFrom([broker], { at: broker.at, adopt: true })).toMatchObject({
      _tag: 'GaveUp', why: { _tag: 'EmptyBackendPipe' }, last: { _tag: 'Reconnect' }, attempts: 1,
    })
  })
})

describe('the environment', () => {
  it('may switch the broker off, before anything else is looked at (SPEC G3, G11)', async () => {
    const broker = await scripted(SILENT)
    const options = { at: broker.at, env: { RUNNING_PROCESS_DISABLE: '1' }, hello: { ...ASKED, serviceName: 'BAD' } }
    const error = await errorFrom([broker], { ...options, cachedEndpoint: { endpoint: broker.path, selfVersion: ASKED.wantedVersion } })
    expect(error).toEqual({ _tag: 'DirectPath', because: { _tag: 'BrokerDisabled' }, attempts: 0 })
    expect(describeConnectError(error)).toBe('the broker is switched off: RUNNING_PROCESS_DISABLE is 1')
    expect(broker.sockets).toHaveLength(0)
  })

  it.each(['', '0', ' 1', 'yes'])('may not say %j (SPEC G3)', async (value) => {
    const broker = await scripted(SILENT)
    const error = await errorFrom([broker], { at: broker.at, env: { RUNNING_PROCESS_DISABLE: value } })
    expect(error).toEqual({ _tag: 'InvalidDisableValue', actual: value })
    expect(describeConnectError(error)).toBe(`RUNNING_PROCESS_DISABLE must be unset or 1, got ${JSON.stringify(value)}`)
    expect(broker.sockets).toHaveLength(0)
  })

  it('is not read where it is not given', async () => {
    process.env['RUNNING_PROCESS_DISABLE'] = '1'
    try {
      const broker = await scripted(says(no({ code: 2 })))
      expect(await errorFrom([broker], { at: broker.at })).toMatchObject({ _tag: 'GaveUp' })
    } finally {
      delete process.env['RUNNING_PROCESS_DISABLE']
    }
  })
})

describe('a request that is not sound', () => {
  it('is told with every fault at once, alternatives included, and goes nowhere (law 4)', async () => {
    const broker = await scripted(SILENT)
    const error = await errorFrom([broker], {
      at: broker.at,
      hello: { serviceName: 'BAD', wantedVersion: 'latest', peerPid: -1 },
      plan: { ...DEFAULT_PLAN, alternatives: ['1.0.0', 'newest'] },
    })
    expect(error).toMatchObject({
      _tag: 'InvalidRequest',
      faults: [
        { field: 'serviceName', actual: 'BAD' }, { field: 'wantedVersion', actual: 'latest' }, { field: 'peerPid', actual: -1 },
        { field: 'wantedVersion', actual: 'newest' },
      ],
    })
    expect(describeConnectError(error)).toMatch(/^the request is not sound: serviceName: found "BAD"; .*; wantedVersion: found "newest"; /)
    expect(broker.sockets).toHaveLength(0)
  })

  it('may be so for an alternative alone', async () => {
    const error = await errorFrom([], { at: { _tag: 'Socket', path: '/nobody' }, plan: { ...DEFAULT_PLAN, alternatives: ['newest'] } })
    expect(error).toMatchObject({ _tag: 'InvalidRequest', faults: [{ field: 'wantedVersion', actual: 'newest' }] })
  })
})

describe('a caller\'s function that throws', () => {
  it('is the caller\'s to catch, and leaves nothing behind (law 1)', async () => {
    const broker = await scripted(says(adoptable()))
    const thrown = new Error('a log that is full')
    const result = await tidily([broker], (signal) => connect({
      at: broker.at, hello: ASKED, adopt: true, signal,
      onMove: () => {
        throw thrown
      },
    }).catch((error: unknown) => error))
    expect(result).toBe(thrown)
  })
})

describe('many at once', () => {
  it('each come to a stream of their own, and to nobody else\'s (law 1)', async () => {
    const there = await backend()
    const { at, listener } = await start({ services: [{ serviceName: 'zccache', daemonVersion: '1.11.20', backendPipe: there.path }] })
    // Without a token the broker has no deadline of its own.
    const hello = { ...ASKED, capabilities: 0n }
    await tidily([there], async (signal) => {
      const results = await Promise.all(Array.from({ length: 200 }, () => connect({ at, hello, signal })))
      const all = results.map(streamOf)
      expect(new Set(all.map(({ negotiated }) => negotiated?.connectionId)).size).toBe(200)
      await Promise.all(all.map((connected, i) => expectEcho(connected, `to ${i} and back`)))
      all.forEach(({ stream }) => stream.destroy())
      // The broker's own connections linger until it has seen their ends.
      while (listener.connections() > 0) await turn()
    })
  })

  it('each have their end by one signal', async () => {
    const broker = await scripted(SILENT)
    const controller = new AbortController()
    const results = await tidily([broker], async () => {
      const connecting = Array.from({ length: 100 }, () => connect({ at: broker.at, hello: ASKED, signal: controller.signal }))
      while (broker.hellos.length < 100) await turn()
      // Past ten, Node would warn of a leak.
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
      controller.abort()
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
      return Promise.all(connecting)
    })
    expect(results).toEqual(results.map(() => ({ _tag: 'Aborted', phase: 'AwaitingReply' })))
  })
})

describe('where a backend is', () => {
  it('is a path, but on Windows the name of a pipe, with its prefix or without (SPEC M5)', () => {
    expect(endpointAddress('/run/x.sock', 'linux')).toMatchObject({ right: { _tag: 'Socket', path: '/run/x.sock' } })
    const pipe = { right: { _tag: 'Pipe', path: '\\\\.\\pipe\\zccache' } }
    expect(endpointAddress('zccache', 'win32')).toMatchObject(pipe)
    expect(endpointAddress('\\\\.\\pipe\\zccache', 'win32')).toMatchObject(pipe)
    expect(endpointAddress('//./pipe/zccache', 'win32')).toMatchObject({ left: { code: 'PrefixedPipeName' } })
    expect(endpointAddress('', 'win32')).toMatchObject({ left: { code: 'EmptyPipeName' } })
  })
})

describe('what happens', () => {
  it('is told move by move, each with what it is because of, on one line', async () => {
    const { path } = await backend()
    const broker = await scripted(
      says(no({ code: 4, reason: 'busy' })), says(no({ code: 8, reason: 'too old' })),
      (socket) => void socket.end(adoptable({ backendPipe: path })))
    const lines: Array<string> = []
    const plan = { ...HASTY, alternatives: ['1.11.21'] }
    streamOf(await connect({
      at: broker.at, hello: ASKED, plan, adopt: true, random: () => 0,
      onMove: (move, because) => void lines.push(`${describeIncident(because)}; ${describeMove(move)}`),
    }))
    expect(lines).toEqual([
      'refused with code 4: "busy"; trying again in 1 ms',
      'refused with code 8: "too old"; trying version 1.11.21',
      `negotiated, with a backend at ${JSON.stringify(path)}; waiting for the backend on the same connection`,
      'the connection was not taken over: unexpected EOF while reading frame (framing byte); '
        + `going to the backend at ${JSON.stringify(path)}`,
    ])
  })

  it.each<readonly [error: ConnectError, line: string]>([
    [{ _tag: 'Aborted', phase: 'Waiting' }, 'aborted, waiting to try again'],
    [{ _tag: 'TimedOut', phase: 'ConnectingBackend', timeoutMs: 5 }, 'timed out after 5 ms, connecting to the backend'],
    [
      { _tag: 'DirectPath', because: { _tag: 'TimedOut', phase: 'Connecting', timeoutMs: 5 }, attempts: 1 },
      'to be done without the broker: no answer within 5 ms, connecting',
    ],
    [
      { _tag: 'DirectPath', because: { _tag: 'BrokerUnreachable', phase: 'AwaitingReply', code: 'EPIPE', message: 'broken pipe' }, attempts: 1 },
      'to be done without the broker: the connection was lost before the answer: broken pipe',
    ],
  ])('is told at the end, on one line', (error, line) => {
    expect(describeConnectError(error)).toBe(line)
  })

  it('is told of moves that end it', () => {
    expect(describeMove({ _tag: 'DirectPath' })).toBe('doing without the broker')
    expect(describeMove({ _tag: 'GiveUp', why: { _tag: 'EmptyBackendPipe' } }))
      .toBe('giving up: broker negotiated an empty backend endpoint')
  })
})
