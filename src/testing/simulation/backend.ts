/**
 * The backends: a socket comes with a token beside it, an offer is read, and answered.
 *
 * **Not here** deciding: they do as `HandoffReceiver` and `HandoffAcceptance` say.
 */
import { type HandoffToken, tokenBytes } from '../../data/HandoffToken.js'
import { earlier } from '../../data/Instant.js'
import * as HandoffReceiver from '../../negotiate/HandoffReceiver.js'
import * as HandoffAcceptance from '../../step/HandoffAcceptance.js'
import { mark } from '../virtual/traceText.js'
import { end, say } from './network.js'
import {
  type Backend, BACKEND_MEMORY_MS, broken, faultOf, freshBackend, type Link, reach, type SimulationWorld, struck, told,
} from './SimulationWorld.js'

/** A socket arrives. */
export function socketComes(world: SimulationWorld, link: Link, token: HandoffToken): void {
  const backend = backendOf(world, link)
  const { state, value } = HandoffReceiver.begin(backend.acceptance, token, world.nowMs)
  backend.acceptance = state
  backend.receivers.set(link.id, value)
}

/** Some of an offer arrives, or its end. */
export function backendHears(world: SimulationWorld, link: Link, bytes: Uint8Array | undefined): void {
  const receiver = backendOf(world, link).receivers.get(link.id)
  if (receiver === undefined) return
  reads(world, link, bytes === undefined ? HandoffReceiver.pushEnd(receiver) : HandoffReceiver.push(receiver, bytes))
}

/** The deadlines of all backends may have come. */
export function backendsWake(world: SimulationWorld): void {
  for (const backend of world.backends) {
    backend.acceptance = HandoffAcceptance.expire(backend.acceptance, world.nowMs).state
    for (const [id, receiver] of [...backend.receivers]) {
      const link = world.links.get(id)
      if (link !== undefined) reads(world, link, HandoffReceiver.expire(receiver, world.nowMs))
    }
  }
}

/** When a backend must be woken, if one waits for something. */
export function backendsDeadlineMs({ backends }: SimulationWorld): number | undefined {
  return backends.reduce<number | undefined>((soonest, { acceptance, receivers }) => [...receivers.values()].reduce(
    (soonest, receiver) => earlier(soonest, HandoffReceiver.nextDeadlineMs(receiver)),
    earlier(soonest, HandoffAcceptance.nextDeadlineMs(acceptance)),
  ), undefined)
}

/** A backend's process ends, and another takes its place. */
export function forgets(world: SimulationWorld, service: number): void {
  const backend = world.backends[service]
  if (backend === undefined) return
  const reading = [...backend.receivers.keys()]
  backend.acceptance = freshBackend().acceptance
  backend.receivers.clear()
  backend.acceptedMs.clear()
  for (const id of reading) {
    const link = world.links.get(id)
    if (link !== undefined) end(world, link, 'Attempt')
  }
}

function reads(world: SimulationWorld, link: Link, receiver: HandoffReceiver.HandoffReceiver): void {
  const backend = backendOf(world, link)
  const { state, value: event } = HandoffReceiver.next(receiver, backend.acceptance, world.nowMs)
  backend.acceptance = state.acceptance
  if (event._tag === 'NeedData') return void backend.receivers.set(link.id, state.receiver)
  backend.receivers.delete(link.id)
  const what = event._tag === 'Accepted' ? event._tag : `${event._tag} ${event.error._tag}`
  reach(world, `backend ${what}`)
  told(world, link.id, { _tag: 'Offered', what })
  if (event._tag === 'Accepted') acceptsOnce(world, backend, receiver.sidebandToken)
  answers(world, link, event.ack)
}

function answers(world: SimulationWorld, link: Link, ack: Uint8Array | undefined): void {
  const silent = faultOf(link, 'BackendSilent')
  if (silent !== undefined) return struck(world, link.id, silent)
  if (ack === undefined) end(world, link, 'Attempt')
  else say(world, link, 'Ack', ack)
}

/** A token that comes again is told apart for as long as it is remembered. */
function acceptsOnce(world: SimulationWorld, { acceptedMs }: Backend, token: HandoffToken): void {
  const name = mark(tokenBytes(token))
  const sinceMs = world.nowMs - (acceptedMs.get(name) ?? -Infinity)
  acceptedMs.set(name, world.nowMs)
  if (sinceMs < BACKEND_MEMORY_MS) broken(world, 'a backend accepts a token once (SPEC T4, T8)', `${name}, again after ${sinceMs} ms`)
}

function backendOf({ backends }: SimulationWorld, { visit: { service } }: Link): Backend {
  return backends[service] ?? (backends[0] as Backend)
}
