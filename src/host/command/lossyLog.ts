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

/** What a log needs of a stream: `write` gives `false` when it is full, and `drain` comes when it is empty again. */
export interface LogStream {
  readonly write: (text: string) => boolean
  readonly once: (event: 'drain', then: () => void) => unknown
}

/** A log of lines, each with the time at which it was logged. */
export function lossyLog(stream: LogStream): (line: string) => void {
  let isFull = false
  let lost = 0

  function write(line: string): void {
    isFull = !stream.write(`${new Date().toISOString()} ${printable(line)}\n`)
    if (isFull) stream.once('drain', resume)
  }

  function resume(): void {
    isFull = false
    if (lost > 0) write(`lost here, because nobody was reading: ${lost} line(s)`)
    lost = 0
  }

  return (line) => {
    if (isFull) lost += 1
    else write(line)
  }
}
