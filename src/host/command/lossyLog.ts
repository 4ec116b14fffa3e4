/**
 * A log on a stream whose reader may stall: a broker must not keep in memory what nobody reads.
 *
 * **State** whether the stream is full, and how many lines were lost since it is.
 *
 * **Laws**
 *  1. The stream never holds more than its buffer and one line, whatever is logged.
 *  2. Every line is either written, in order and whole, or counted in the line that says how many were lost.
 */
import { printable } from '../../data/Printable.js'
import { told } from '../telemetry/jsonLine.js'
import type { LogFormat } from './Terminal.js'

/** What a log needs of a stream: `write` gives `false` when it is full, and `drain` comes when it is empty again. */
export interface LogStream {
  readonly write: (text: string) => boolean
  readonly once: (event: 'drain', then: () => void) => unknown
}

/** A log of lines, each with the time at which it was logged; lines of JSON have their own time in them. */
export function lossyLog(stream: LogStream): (line: string, format?: LogFormat) => void {
  let isFull = false
  let lost = 0
  let format: LogFormat = 'text'

  function write(line: string): void {
    isFull = !stream.write(format === 'json' ? `${line}\n` : `${new Date().toISOString()} ${printable(line)}\n`)
    if (isFull) stream.once('drain', resume)
  }

  function resume(): void {
    isFull = false
    const text = `lost here, because nobody was reading: ${lost} line(s)`
    if (lost > 0) write(format === 'json' ? told(new Date(), 'LinesLost', text, { count: lost }) : text)
    lost = 0
  }

  return (line, as = 'text') => {
    format = as
    if (isFull) lost += 1
    else write(line)
  }
}
