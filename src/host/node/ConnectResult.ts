/**
 * What becomes of an attempt to connect, as plain data; the one thing in it that is alive is the stream of `Connected`.
 */
import type { Socket } from 'node:net'
import { describeReconnectReason, type Reconnect } from '../../client/Adoption.js'
import { type ClientOutcome, describeAnswerError, type NegotiatedReply } from '../../client/ClientOutcome.js'
import { describeInvalidDisableValue, DISABLE_VARIABLE, type InvalidDisableValue } from '../../client/EscapeHatch.js'
import { describeGiveUp, type GiveUpReason, type Move } from '../../client/Plan.js'
import { quoted } from '../../client/quoted.js'
import { describeRequestFault, type RequestFault } from '../../client/RequestFault.js'
import type { Route } from '../../client/Route.js'
import { absurd } from '../../data/absurd.js'
import { printable } from '../../data/Printable.js'
import type { SystemError } from '../transport/SystemError.js'

/**
 * The one result of `connect`.
 *
 * @category model
 * @since 0.1.0
 */
export type ConnectResult = Connected | ConnectError

/**
 * There is a stream to the backend, and it is the caller's from now on, who has to listen to its errors and to
 * close it. It is paused, has no listener of ours, and nothing of it is lost: what came behind the
 * broker's or the backend's frame is the first to be read.
 *
 * @category model
 * @since 0.1.0
 */
export interface Connected {
  readonly _tag: 'Connected'
  readonly stream: Socket
  readonly route: Route
  /** The backend's endpoint, as the broker named it or the caller remembered it. */
  readonly endpoint: string
  /** The broker's yes; `undefined` where nobody was asked, on the route `HelloSkip`. */
  readonly negotiated: NegotiatedReply | undefined
  /** How many Hellos were begun for it. */
  readonly attempts: number
}

/**
 * Why there is no stream. Nothing is left open then.
 *
 * @category model
 * @since 0.1.0
 */
export type ConnectError =
  | Aborted
  | DirectPath
  | GaveUp
  | InvalidDisableValue
  | { readonly _tag: 'InvalidRequest'; readonly faults: ReadonlyArray<RequestFault> }
  | TimedOut

/**
 * The caller's signal has ended it.
 *
 * @category model
 * @since 0.1.0
 */
export interface Aborted {
  readonly _tag: 'Aborted'
  readonly phase: ConnectPhase
}

/**
 * The plan says to do without the broker, which is the caller's to do (SPEC G3, G15).
 *
 * @category model
 * @since 0.1.0
 */
export interface DirectPath {
  readonly _tag: 'DirectPath'
  readonly because: Incident | { readonly _tag: 'BrokerDisabled' }
  readonly attempts: number
}

/**
 * The plan says that there is nothing left to do; `last` is what happened last.
 *
 * @category model
 * @since 0.1.0
 */
export interface GaveUp {
  readonly _tag: 'GaveUp'
  readonly why: GiveUpReason | WaitTooLong
  readonly last: Incident
  readonly attempts: number
}

/**
 * The wait before the next attempt would outlast the time for the whole, so it is not begun.
 *
 * @category model
 * @since 0.1.0
 */
export interface WaitTooLong {
  readonly _tag: 'WaitTooLong'
  readonly waitMs: number
  readonly leftMs: number
}

/**
 * The time for the whole is over (SPEC G9).
 *
 * @category model
 * @since 0.1.0
 */
export interface TimedOut {
  readonly _tag: 'TimedOut'
  readonly phase: ConnectPhase
  readonly timeoutMs: number
}

/**
 * What is done next: a plan's move, or giving up for want of time.
 *
 * @category model
 * @since 0.1.0
 */
export type ConnectMove = Move | { readonly _tag: 'GiveUp'; readonly why: WaitTooLong }

/**
 * What is being waited for: the broker's socket, its reply, the time to try again, the backend on the broker's
 * connection, the backend's socket.
 *
 * @category model
 * @since 0.1.0
 */
export type ConnectPhase = 'Adopting' | 'AwaitingReply' | 'Connecting' | 'ConnectingBackend' | 'Waiting'

/**
 * What a plan is asked about: an outcome of a Hello, a connection that was not taken over, or an
 * error of the operating system's.
 *
 * @category model
 * @since 0.1.0
 */
export type Incident = BackendUnreachable | BrokerUnreachable | ClientOutcome | Reconnect

/**
 * Nobody could be reached where the backend should be.
 *
 * @category model
 * @since 0.1.0
 */
export interface BackendUnreachable extends SystemError {
  readonly _tag: 'BackendUnreachable'
  readonly endpoint: string
}

/**
 * Nobody could be reached where the broker should be; or the connection was lost, `AwaitingReply`.
 *
 * @category model
 * @since 0.1.0
 */
export interface BrokerUnreachable extends SystemError {
  readonly _tag: 'BrokerUnreachable'
  readonly phase: 'AwaitingReply' | 'Connecting'
}

/**
 * Why there is no stream, on one line; a request's faults are separated by semicolons.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeConnectError(error: ConnectError): string {
  switch (error._tag) {
    case 'Aborted':
      return `aborted, ${describePhase(error.phase)}`
    case 'DirectPath':
      return error.because._tag === 'BrokerDisabled'
        ? `the broker is switched off: ${DISABLE_VARIABLE} is 1`
        : `to be done without the broker: ${describeIncident(error.because)}`
    case 'GaveUp':
      return describeGaveUp(error)
    case 'InvalidDisableValue':
      return describeInvalidDisableValue(error)
    case 'InvalidRequest':
      return `the request is not sound: ${error.faults.map(describeRequestFault).join('; ')}`
    case 'TimedOut':
      return `timed out after ${error.timeoutMs} ms, ${describePhase(error.phase)}`
    default:
      return absurd(error)
  }
}

/**
 * What happened, on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeIncident(incident: Incident): string {
  switch (incident._tag) {
    case 'BackendUnreachable':
      return `the backend at ${quoted(incident.endpoint)} is unreachable: ${printable(incident.message)}`
    case 'Broken':
      return `the answer cannot be read: ${describeAnswerError(incident.error)}`
    case 'BrokerUnreachable':
      return incident.phase === 'Connecting'
        ? `the broker is unreachable: ${printable(incident.message)}`
        : `the connection was lost before the answer: ${printable(incident.message)}`
    case 'Negotiated':
      return `negotiated, with a backend at ${quoted(incident.backendPipe)}`
    case 'Reconnect':
      return `the connection was not taken over: ${describeReconnectReason(incident.why)}`
    case 'Refused':
      return `refused with code ${incident.code}: ${quoted(incident.reason)}`
    case 'TimedOut':
      return `no answer within ${incident.timeoutMs} ms, ${describePhase(incident.phase)}`
    default:
      return absurd(incident)
  }
}

/**
 * What is done next, on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeMove(move: ConnectMove): string {
  switch (move._tag) {
    case 'Adopt':
      return 'waiting for the backend on the same connection'
    case 'ConnectBackend':
      return `going to the backend at ${quoted(move.endpoint)}`
    case 'DirectPath':
      return 'doing without the broker'
    case 'GiveUp':
      return `giving up: ${describeWhy(move.why)}`
    case 'RetryAfter':
      return `trying again in ${Math.ceil(move.ms)} ms`
    case 'TryVersion':
      return `trying version ${printable(move.version)}`
    default:
      return absurd(move)
  }
}

const PHASES: Readonly<Record<ConnectPhase, string>> = {
  Adopting: 'waiting for the backend on the same connection',
  AwaitingReply: 'waiting for the reply',
  Connecting: 'connecting',
  ConnectingBackend: 'connecting to the backend',
  Waiting: 'waiting to try again',
}

/** @internal What is being waited for, in words. */
export function describePhase(phase: ConnectPhase): string {
  return PHASES[phase]
}

function describeGaveUp({ why, last }: GaveUp): string {
  return why._tag === 'Final' ? describeIncident(last) : `${describeWhy(why)}: ${describeIncident(last)}`
}

function describeWhy(why: GaveUp['why']): string {
  return why._tag === 'WaitTooLong'
    ? `the next attempt would be in ${Math.ceil(why.waitMs)} ms, and only ${Math.floor(why.leftMs)} are left`
    : describeGiveUp(why)
}
