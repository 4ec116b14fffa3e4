/**
 * A dialogue over a stream: writes, reads and waits as the automaton says, and leaves nothing behind.
 *
 * **Laws**
 *  1. It resolves once, with what was heard, and never rejects.
 *  2. The stream is destroyed by then, and no timer is left.
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { systemClock } from '../../../shell/Defaults.js'
import * as Dialogue from '../../../testing/conformance/Dialogue.js'
import type { Script } from '../../../testing/conformance/Script.js'
import { deadlineTimer } from '../../transport/DeadlineTimer.js'
import { systemError } from '../../transport/SystemError.js'

const CUT = 'the connection was cut'

/** Plays a script over a stream that is open, or about to be. */
export function conduct(stream: Duplex, script: Script, patienceMs: number): Promise<Dialogue.Heard> {
  return new Promise((resolve) => {
    const timer = deadlineTimer()
    let dialogue = Dialogue.dialogue(script, patienceMs, systemClock())
    let isDone = false

    function become(move: (dialogue: Dialogue.Dialogue) => Dialogue.Dialogue): void {
      if (isDone) return
      dialogue = move(dialogue)
      act()
    }

    function act(): void {
      while (!isDone) {
        const nowMs = systemClock()
        const { state, value } = Dialogue.next(dialogue, nowMs)
        dialogue = state
        if (value._tag === 'Await') return timer.set(value.untilMs - nowMs, act)
        if (value._tag === 'Done') finish(value.heard)
        else if (value._tag === 'End') stream.end()
        // What cannot be written is told as an error of the stream.
        else stream.write(value.bytes, (error) => void (error ?? become((now) => Dialogue.written(now, systemClock()))))
      }
    }

    function finish(heard: Dialogue.Heard): void {
      isDone = true
      timer.clear()
      stream.destroy()
      resolve(heard)
    }

    function close(ending: 'Closed' | 'Lost', trouble = ''): void {
      become((now) => Dialogue.closed(now, isOpen ? ending : 'Unreachable', trouble))
    }

    // Whether it has been open is known of sockets alone; any other stream is open when it is handed over.
    let isOpen = (stream as Partial<Socket>).connecting !== true
    stream.on('connect', () => void (isOpen = true))
    stream.on('data', (chunk: Uint8Array) => become((now) => Dialogue.push(now, chunk)))
    stream.on('end', () => close('Closed'))
    stream.on('close', () => close('Lost', CUT))
    stream.on('error', (error) => close('Lost', systemError(error).message))
    if (stream.readableEnded) close('Closed')
    if (stream.destroyed) close('Lost', CUT)
    stream.resume()
    act()
  })
}
