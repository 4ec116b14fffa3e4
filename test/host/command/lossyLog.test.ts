/**
 * A log whose reader may stall, over a stream that is full whenever the test says so.
 */
import { Writable } from 'node:stream'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lossyLog } from '../../../src/host/command/lossyLog.js'

const LOST = /^lost here, because nobody was reading: (\d+) line\(s\)$/

interface Tap {
  readonly log: (line: string) => void
  readonly texts: ReadonlyArray<string>
  readonly drain: () => void
  /** How many calls the next `drain` will make. */
  readonly waiting: () => number
}

/** A log on a stream that says it is full after each `capacity` writes, until `drain`. */
function stream(capacity: number): Tap {
  const texts: Array<string> = []
  let held = 0
  let waiting: Array<() => void> = []
  const log = lossyLog({
    write: (text) => {
      texts.push(text)
      return (held += 1) < capacity
    },
    once: (_, then) => waiting.push(then),
  })
  const drain = (): void => {
    const then = waiting
    ;[waiting, held] = [[], 0]
    then.forEach((call) => call())
  }
  return { texts, drain, waiting: () => waiting.length, log }
}

/** The lines without their times, each of which is checked. */
function linesOf(texts: ReadonlyArray<string>): ReadonlyArray<string> {
  return texts.map((text) => {
    const [, time, line] = /^(\S+Z) (.*)\n$/s.exec(text) ?? []
    expect(new Date(time ?? '').toISOString()).toBe(time)
    return line ?? ''
  })
}

describe('a lossy log', () => {
  it('writes each line with its time, made safe to print', () => {
    const { texts, log } = stream(10)
    log('one')
    log('two\u001b[31m\n')
    expect(linesOf(texts)).toEqual(['one', 'two\\u001b[31m\\u000a'])
  })

  it('drops and counts lines while the stream is full, and says how many once it is not', () => {
    const { texts, drain, log } = stream(2)
    for (const line of ['1', '2', '3', '4', '5']) log(line)
    expect(linesOf(texts)).toEqual(['1', '2'])
    drain()
    log('6')
    log('7')
    expect(linesOf(texts)).toEqual(['1', '2', 'lost here, because nobody was reading: 3 line(s)', '6'])
    drain()
    expect(linesOf(texts).at(-1)).toBe('lost here, because nobody was reading: 1 line(s)')
  })

  it('says nothing where nothing was lost', () => {
    const { texts, drain, log } = stream(1)
    log('1')
    drain()
    log('2')
    expect(linesOf(texts)).toEqual(['1', '2'])
  })

  it('writes no more than fits before each drain, waits for it once, and accounts for every line', () => {
    const ops = fc.array(fc.oneof({ weight: 5, arbitrary: fc.constant('log') }, fc.constant('drain')), { maxLength: 200 })
    fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), ops, (capacity, ops) => {
      const { texts, drain, waiting, log } = stream(capacity)
      let logged = 0
      let writtenBefore = 0
      for (const op of ops) {
        if (op === 'log') log(`${(logged += 1)}`)
        else {
          drain()
          writtenBefore = texts.length
        }
        // The line about the lost ones is written in the drain itself.
        expect(texts.length - writtenBefore).toBeLessThanOrEqual(capacity)
        expect(waiting()).toBeLessThanOrEqual(1)
      }
      drain()
      const lines = linesOf(texts)
      let next = 1
      for (const line of lines) {
        const lost = LOST.exec(line)?.[1]
        if (lost === undefined) expect(Number(line)).toBe(next)
        next += Number(lost ?? 1)
      }
      expect(next).toBe(logged + 1)
    }))
  })

  it('keeps a stream of Node within its buffer and a line, however much is logged', () => {
    const stalled = new Writable({ highWaterMark: 1_024, write: () => undefined })
    const log = lossyLog(stalled)
    for (let i = 0; i < 50_000; i += 1) log('x'.repeat(100))
    expect(stalled.writableLength).toBeLessThan(1_024 + 200)
  })
})
