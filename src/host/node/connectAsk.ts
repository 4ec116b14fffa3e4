/**
 * Hellos to a broker, one after the other as a plan says, until it says something else than to ask again.
 *
 * **State** what was met last, the plan's own count, and how many Hellos there were.
 *
 * **Laws**
 *  1. Each Hello has a connection of its own, and the one before is closed by then.
 *  2. No Hello is said before its time; a wait that would outlast the trip is not begun.
 *
 * **Not here** what comes after a yes: `connect`.
 */
import type { Socket } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import * as ClientConnection from '../../client/ClientConnection.js'
import type { ClientHello } from '../../client/ClientHello.js'
import type { ClientOutcome } from '../../client/ClientOutcome.js'
import type { Dialect } from '../../client/judgeReply.js'
import * as Plan from '../../client/Plan.js'
import type { PlanPolicy } from '../../client/PlanPolicy.js'
import { untilMs } from '../../data/Instant.js'
import type { Step } from '../../data/Step.js'
import type { Clock } from '../../shell/Clock.js'
import { systemClock } from '../../shell/Defaults.js'
import type { Address } from './Address.js'
import { drive } from './connectDrive.js'
import type { BrokerUnreachable, ConnectMove, Incident } from './ConnectResult.js'
import { beginTrip, during, type Stopped, stoppedBy, timeLimitMs, type Trip } from './ConnectTrip.js'
import { emptyHand, type Hand } from './dial.js'

/**
 * Whom to ask, and within which bounds.
 *
 * @category model
 * @since 0.1.0
 */
export interface AskOptions {
  /** The broker's address. */
  readonly at: Address
  /** Whom to expect there; a v1 broker if not given. */
  readonly dialect?: Dialect
  /** How long the whole may take, in milliseconds; 30 000 if not given, 3 000 in the dialect `v2` (SPEC G9). */
  readonly timeoutMs?: number
  /** How long one Hello may take of that, in milliseconds; all of it if not given. */
  readonly attemptTimeoutMs?: number
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined
  /** A number from 0 to 1, for the jitter of waits; `Math.random` if not given. */
  readonly random?: () => number
  /** The time; the process's own if not given. */
  readonly clock?: Clock
  /** Told each move before it is made, and what it is because of. */
  readonly onMove?: (move: ConnectMove, because: Incident) => void
}

/** A broker to ask, and how. */
export interface Asking {
  readonly at: Address
  readonly dialect: Dialect
  readonly trip: Trip
  readonly attemptTimeoutMs: number
  readonly hand: Hand
  readonly plan: PlanPolicy
  readonly random: () => number
  readonly onMove: AskOptions['onMove']
  /** The Hello for another version. */
  readonly helloFor: (version: string) => ClientHello
}

/** What a Hello itself can meet. */
export type Heard = BrokerUnreachable | ClientOutcome

/** How far the asking has come. */
export interface Met<I extends Incident = Incident> {
  readonly attempts: Plan.Attempts
  readonly said: number
  readonly hello: ClientHello
  readonly incident: I
  /** The last Hello's connection, and its socket, which after a yes is still in hand. */
  readonly connection: ClientConnection.ClientConnection
  readonly socket: Socket
}

/** What was met, and what there is to do about it other than asking again. */
export interface Planned<I extends Incident = Incident> {
  readonly met: Met<I>
  readonly move: Exclude<ConnectMove, { readonly _tag: 'RetryAfter' | 'TryVersion' }>
}

/** Asking that begins now, with nothing in hand. */
export function beginAsking(
  options: AskOptions, plan: PlanPolicy, timeoutMs: number | undefined, helloFor: (version: string) => ClientHello,
): Asking {
  const { at, dialect = 'v1', signal, random = Math.random, clock = systemClock, onMove } = options
  const otherwiseMs = dialect === 'v2' ? ClientConnection.CLIENT_V2_TIMEOUT_MS : ClientConnection.DEFAULT_CLIENT_TIMEOUT_MS
  const trip = beginTrip(timeoutMs ?? otherwiseMs, clock, signal)
  const attemptTimeoutMs = timeLimitMs(options.attemptTimeoutMs ?? trip.timeoutMs)
  return { at, dialect, trip, attemptTimeoutMs, hand: emptyHand(), plan, random, onMove, helloFor }
}

/** Says Hello for the first time, and then as the plan says. */
export async function ask(asking: Asking, hello: ClientHello): Promise<Either<Stopped, Planned<Heard>>> {
  const met = await say(asking, { hello, attempts: Plan.NO_ATTEMPTS, said: 0 })
  return met._tag === 'Left' ? met : follow(asking, met.right)
}

/** Goes on from what was met, and asks again for as long as the plan says to. */
export async function follow<I extends Incident>(
  asking: Asking, begun: Met<I>,
): Promise<Either<Stopped, Planned<Heard | I>>> {
  const { trip, plan, random, onMove } = asking
  let met: Met<Heard | I> = begun
  for (;;) {
    const { state: attempts, value } = Plan.plan(plan, met.attempts, met.incident, random(), trip.nowMs())
    met = { ...met, attempts }
    const move = withinTrip(trip, attempts, value)
    onMove?.(move, met.incident)
    let next: Either<Stopped, Met<Heard>>
    switch (move._tag) {
      case 'RetryAfter':
        next = await sayWhenDue(asking, met)
        break
      case 'TryVersion':
        next = await say(asking, { ...met, hello: asking.helloFor(move.version) })
        break
      default:
        return E.right({ met, move })
    }
    if (next._tag === 'Left') return next
    met = next.right
  }
}

/** A wait that the trip has no time for is not worth beginning. */
function withinTrip({ deadlineMs, nowMs }: Trip, { notBeforeMs }: Plan.Attempts, move: Plan.Move): ConnectMove {
  return move._tag === 'RetryAfter' && notBeforeMs >= deadlineMs
    ? { _tag: 'GiveUp', why: { _tag: 'WaitTooLong', waitMs: move.ms, leftMs: untilMs(deadlineMs, nowMs()) } }
    : move
}

/** Waits until the next attempt may be made. The connection before is of no more use by then. */
async function sayWhenDue(asking: Asking, met: Met): Promise<Either<Stopped, Met<Heard>>> {
  asking.hand.drop()
  const waited = await during<void>(asking.trip, 'Waiting', (settle) => ({
    nextDeadlineMs: () => met.attempts.notBeforeMs,
    expire: (nowMs) => {
      if (Plan.isDue(met.attempts, nowMs)) settle()
    },
  }))
  return waited._tag === 'Left' ? waited : say(asking, met)
}

async function say(
  asking: Asking, { hello, attempts, said }: Pick<Met, 'attempts' | 'hello' | 'said'>,
): Promise<Either<Stopped, Met<Heard>>> {
  const { trip, attemptTimeoutMs, dialect } = asking
  const begun = ClientConnection.clientConnection(hello, trip.nowMs(), attemptTimeoutMs, dialect)
  const called = await call(asking, hello, begun)
  if (called._tag === 'Left') return called
  const { socket, state: connection, value: incident } = called.right
  // Where one Hello has all the time there is, its end is the trip's.
  const late = incident._tag === 'TimedOut' ? stoppedBy(trip, incident.phase) : undefined
  return late === undefined ? E.right({ attempts, said: said + 1, hello, incident, connection, socket }) : E.left(late)
}

interface Called extends Step<ClientConnection.ClientConnection, Heard> {
  readonly socket: Socket
}

/** One Hello over one connection (SPEC G5, G9). */
function call(
  { trip, hand, at }: Asking, { bytes }: ClientHello, begun: ClientConnection.ClientConnection,
): Promise<Either<Stopped, Called>> {
  return during(trip, 'Connecting', (settle, enter) => {
    const socket = hand.dial(at)
    const driven = drive(ClientConnection, begun, socket, {
      onEvent: (told) => settle({ ...told, socket }),
      onLost: (error, state) => {
        const phase = state.phase._tag === 'Connecting' ? 'Connecting' : 'AwaitingReply'
        settle({ socket, state, value: { _tag: 'BrokerUnreachable', phase, ...error } })
      },
    })

    function greet(): void {
      enter('AwaitingReply')
      const { phase } = driven.become((state) => ClientConnection.connected(state, trip.nowMs()))
      if (phase._tag === 'AwaitingReply') socket.write(bytes)
    }

    socket.on('connect', greet)
    return {
      ...driven,
      release: () => {
        driven.release()
        socket.off('connect', greet)
      },
    }
  })
}
