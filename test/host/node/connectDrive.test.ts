/**
 * What a socket has in hand when an automaton comes to its event stays in it.
 */
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { type Step, step } from 'hello-negotiation'
import { Framing } from 'hello-negotiation/wire'
import { describe, expect, it } from 'vitest'
import { drive, type Driven, type Machine } from '../../../src/host/node/connectDrive.js'

interface Full {
  readonly _tag: 'Full'
}

/** Reads until it has three letters, the end counting as one, or until it is 10. */
const THREE: Machine<string, Full> = {
  push: (text, chunk) => text + Buffer.from(chunk).toString(),
  pushEnd: (text) => `${text}.`,
  next: (text): Step<string, Framing.NeedData | Full> => step(text, text.length < 3 ? Framing.NEED_DATA : { _tag: 'Full' }),
  expire: (text, nowMs) => (nowMs < 10 ? text : 'late'),
  nextDeadlineMs: () => 10,
}

/** A stream that has these chunks in its hand, each by itself, and perhaps its end. */
function streamOf(chunks: ReadonlyArray<string>, isEnded = false): Socket {
  const stream = new PassThrough().pause()
  for (const chunk of chunks) stream.write(chunk)
  if (isEnded) stream.end()
  return stream as unknown as Socket
}

/** Drives to the event, and takes away the listeners with it, as whoever waits for it does. */
function driven(socket: Socket): { readonly told: ReadonlyArray<string>; readonly driven: Driven<string> } {
  const told: Array<string> = []
  const made: Driven<string> = drive(THREE, '', socket, {
    onEvent: ({ state }) => {
      told.push(state)
      made.release()
    },
  })
  return { told, driven: made }
}

describe('a driven automaton', () => {
  it('gets bytes to its event, and what comes behind stays in the socket (law 1)', async () => {
    const socket = streamOf(['a', 'bc', 'd', 'e'], true)
    const { told } = driven(socket)
    await turn()
    expect(told).toEqual(['abc'])
    expect(socket.isPaused()).toBe(true)
    let rest = ''
    for await (const chunk of socket) rest += String(chunk)
    expect(rest).toBe('de')
  })

  it('gets the end behind the last byte, and tells its event once (law 1)', async () => {
    const { told } = driven(streamOf(['a', 'b'], true))
    await turn()
    expect(told).toEqual(['ab.'])
  })

  it('is expired at its deadline, and not before (law 2)', async () => {
    const { told, driven: { expire, nextDeadlineMs } } = driven(streamOf(['a']))
    await turn()
    expire(9.5)
    expect([nextDeadlineMs(), told]).toEqual([10, []])
    expire(10)
    expect(told).toEqual(['late'])
  })

  it('leaves no listener behind', () => {
    const socket = streamOf([])
    const before = ['data', 'end', 'error'].map((event) => socket.listenerCount(event))
    driven(socket).driven.release()
    expect(['data', 'end', 'error'].map((event) => socket.listenerCount(event))).toEqual(before)
  })
})
