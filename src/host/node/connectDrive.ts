/**
 * An automaton over bytes, driven by a socket to its first event that is more than a need for bytes.
 *
 * **Laws**
 *  1. The bytes of the socket go to the automaton in order, and its end, and from the event on none: the socket
 *     is paused then, and what it has read since stays in it.
 *  2. The automaton is expired at its deadlines.
 */
import type { Socket } from 'node:net'
import type { Step } from '../../data/Step.js'
import type { NeedData } from '../../wire/Framing.js'
import type { Wait } from './ConnectTrip.js'
import { type SystemError, systemError } from '../transport/SystemError.js'

/** What every automaton of the client's has; the modules `ClientConnection` and `Adoption` are two. */
export interface Machine<S, Event extends { readonly _tag: string }> {
  readonly push: (state: S, chunk: Uint8Array) => S
  readonly pushEnd: (state: S) => S
  readonly next: (state: S) => Step<S, Event | NeedData>
  readonly expire: (state: S, nowMs: number) => S
  readonly nextDeadlineMs: (state: S) => number | undefined
}

/** Whom to tell what. */
export interface Ears<S, Event> {
  readonly onEvent: (told: Step<S, Event>) => void
  /** The connection is lost; where nobody listens, that is an end like any other. */
  readonly onLost?: (error: SystemError, state: S) => void
}

/** A driven automaton: a wait, and a way to move it by hand. */
export interface Driven<S> extends Required<Wait> {
  readonly become: (move: (state: S) => S) => S
}

/** Drives an automaton from a state of it, over a paused socket that is connected or about to be. */
export function drive<S, Event extends { readonly _tag: string }>(
  machine: Machine<S, Event>, begun: S, socket: Socket, { onEvent, onLost }: Ears<S, Event>,
): Driven<S> {
  let state = begun

  function become(move: (state: S) => S): S {
    const reached = machine.next(move(state))
    state = reached.state
    const { value } = reached
    if (value._tag === 'NeedData') {
      socket.resume()
    } else {
      socket.pause()
      onEvent({ state, value: value as Event })
    }
    return state
  }

  const onData = (chunk: Uint8Array): void => void become((state) => machine.push(state, chunk))
  const onEnd = (): void => void become(machine.pushEnd)
  const onError = (error: Error): void => (onLost === undefined ? onEnd() : onLost(systemError(error), state))

  socket.on('data', onData).on('end', onEnd).on('error', onError)
  become((state) => state)
  return {
    become,
    nextDeadlineMs: () => machine.nextDeadlineMs(state),
    expire: (nowMs) => void become((state) => machine.expire(state, nowMs)),
    release: () => void socket.off('data', onData).off('end', onEnd).off('error', onError),
  }
}
