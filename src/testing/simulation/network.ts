/**
 * Messages on their way between the parties of a visit, and what the visit's faults do to them.
 *
 * **Laws**
 *  1. Without a fault everything that is said is heard, in order, after half a millisecond to four.
 *  2. What is crossed is heard by whoever has that part in another visit.
 */
import { tokenBytes, type HandoffToken } from '../../data/HandoffToken.js'
import { forge, forgedMessage } from '../pair/Forging.js'
import * as Prng from '../virtual/Prng.js'
import { parcels, tamper, type Tampered, untampered } from '../virtual/Tampering.js'
import { mark } from '../virtual/traceText.js'
import type { VisitMessage } from './SimulationFault.js'
import { type Ear, faultOf, type Link, post, type SimulationWorld, struck, told } from './SimulationWorld.js'

const HEARS: Readonly<Record<VisitMessage, Ear>> = { Ack: 'Attempt', Hello: 'Host', Offer: 'Backend', Ready: 'Client', Reply: 'Client' }

/** Says a message: cut, tampered with, forged and crossed as the visit has it. */
export function say(world: SimulationWorld, link: Link, message: VisitMessage, bytes: Uint8Array): void {
  const said = asTampered(world, link, message, asForged(world, link, message, bytes))
  const to = crossed(world, link, message)
  told(world, link.id, { _tag: 'Says', message, to: to.id, size: said.bytes.length, mark: mark(said.bytes) })
  if (message === 'Ack' && saysInTime(world, link, said.bytes)) return
  const { state: cuts, value: chunks } = parcels(said, latency(link), world.scenario.cutting, link.dice.cuts)
  link.dice.cuts = cuts
  for (const { afterMs, bytes } of chunks) heardIn(world, to, HEARS[message], afterMs, bytes)
  if (said.isEnd) end(world, to, HEARS[message])
}

/** Ends the stream to somebody. */
export function end(world: SimulationWorld, link: Link, ear: Ear): void {
  heardIn(world, link, ear, latency(link), undefined)
}

/** Tells the host that there is a connection. */
export function open(world: SimulationWorld, link: Link): void {
  link.heardMs.Host = world.nowMs + latency(link)
  post(world, link.heardMs.Host, { _tag: 'Opened', link: link.id })
}

/** Sends the socket to the backend, with the token beside it. */
export function sendSocket(world: SimulationWorld, link: Link, token: HandoffToken): void {
  told(world, link.id, { _tag: 'SendsSocket', token: mark(tokenBytes(token)) })
  link.heardMs.Backend = Math.max(link.heardMs.Backend, world.nowMs + latency(link))
  post(world, link.heardMs.Backend, { _tag: 'SocketComes', link: link.id, token })
}

/** Half a millisecond to four: never nothing. */
function latency(link: Link): number {
  const { state, value } = Prng.below(link.dice.latency, 8)
  link.dice.latency = state
  return (value + 1) / 2
}

function heardIn(world: SimulationWorld, link: Link, by: Ear, afterMs: number, bytes: Uint8Array | undefined): void {
  link.heardMs[by] = Math.max(link.heardMs[by], world.nowMs + afterMs)
  post(world, link.heardMs[by], { _tag: 'Heard', by, link: link.id, bytes })
}

/** An ACK that comes by the registry's own deadline, as early or late as its fault says. */
function saysInTime(world: SimulationWorld, link: Link, bytes: Uint8Array): boolean {
  const fault = faultOf(link, 'AckAtDeadline')
  const deadlineMs = link.attempt?.offered.deadlineMs
  if (fault === undefined || deadlineMs === undefined) return false
  const afterMs = deadlineMs - world.twin.nowMs() + fault.offsetMs
  if (afterMs <= 0) return false
  struck(world, link.id, fault)
  heardIn(world, link, 'Attempt', afterMs, bytes)
  return true
}

function asForged(world: SimulationWorld, link: Link, message: VisitMessage, bytes: Uint8Array): Uint8Array {
  const forged = faultOf(link, 'Forged', ({ field }) => forgedMessage(field) === message)
  const said = forged === undefined ? bytes : forge(forged.field, bytes)
  if (forged !== undefined && said !== bytes) struck(world, link.id, forged)
  return said
}

function asTampered(world: SimulationWorld, link: Link, message: VisitMessage, bytes: Uint8Array): Tampered {
  const vanishing = message === 'Hello' ? faultOf(link, 'EndsEarly') ?? faultOf(link, 'Vanishes', ({ at }) => at === 'MidHello') : undefined
  if (vanishing !== undefined) {
    if (vanishing._tag === 'EndsEarly') struck(world, link.id, vanishing)
    return { ...untampered(bytes.subarray(0, bytes.length >> 1)), isEnd: vanishing._tag === 'EndsEarly' }
  }
  const fault = faultOf(link, 'Tampered', (fault) => fault.message === message)
  if (fault === undefined || bytes.length === 0) return untampered(bytes)
  struck(world, link.id, fault)
  const { state, value } = tamper(fault.how, bytes, link.dice.harm)
  link.dice.harm = state
  return value
}

/** The visit whose party hears what was meant for this one's. */
function crossed(world: SimulationWorld, link: Link, message: VisitMessage): Link {
  const fault = faultOf(link, 'Crossed', (fault) => fault.message === message)
  if (fault === undefined) return link
  const others = [...world.live].filter((other) => other !== link && other.isHostOpen && other.isClientOpen)
  if (others.length === 0) return link
  const { state, value } = Prng.below(link.dice.harm, others.length)
  link.dice.harm = state
  const other = others[value] as Link
  other.isDisturbed = true
  struck(world, link.id, fault)
  return other
}
