/**
 * The client's side of a visit: it connects, says Hello, judges the answer, adopts or goes its own way, and leaves.
 *
 * **Not here** deciding: it does as `ClientConnection` and `Adoption` say.
 */
import * as Adoption from '../../client/Adoption.js'
import * as ClientConnection from '../../client/ClientConnection.js'
import { end, open, say } from './network.js'
import {
  broken, CLIENT_ADOPTION_TIMEOUT_MS, CLIENT_HELLO_TIMEOUT_MS, faultOf, type Link, newLink, reach, type SimulationWorld, struck, struckByKind, told,
} from './SimulationWorld.js'
import type { Visit } from './SimulationScenario.js'

/** A client that comes now. */
export function visits(world: SimulationWorld, id: string, visit: Visit): void {
  const link = newLink(world, id, visit)
  world.links.set(id, link)
  world.live.add(link)
  if (visit.peer !== 'Own') struckByKind(world, id, visit.peer)
  open(world, link)
  // A client speaks at once: what it says waits where the connection does.
  if (faultOf(link, 'Vanishes', ({ at }) => at === 'Connecting') === undefined) speaks(world, link)
  else vanishes(world, link)
}

/** What the broker or the backend says is heard; `undefined` is the end of it. */
export function clientHears(world: SimulationWorld, link: Link, bytes: Uint8Array | undefined): void {
  if (!link.isClientOpen) return
  if (link.adoption !== undefined) {
    return adopts(world, link, bytes === undefined ? Adoption.pushEnd(link.adoption) : Adoption.push(link.adoption, bytes))
  }
  judges(world, link, bytes === undefined ? ClientConnection.pushEnd(link.connection) : ClientConnection.push(link.connection, bytes))
}

/** The client's deadline may have come. */
export function clientWakes(world: SimulationWorld, link: Link): void {
  if (!link.isClientOpen) return
  if (link.adoption !== undefined) adopts(world, link, Adoption.expire(link.adoption, world.nowMs))
  else judges(world, link, ClientConnection.expire(link.connection, world.nowMs))
}

/** When the client must be woken, if it waits for something. */
export function clientDeadlineMs({ adoption, connection, isClientOpen }: Link): number | undefined {
  if (!isClientOpen) return undefined
  return adoption === undefined ? ClientConnection.nextDeadlineMs(connection) : Adoption.nextDeadlineMs(adoption)
}

function speaks(world: SimulationWorld, link: Link): void {
  for (const fault of link.visit.faults) {
    if (['LiesAboutPid', 'Malformed', 'Mute', 'Noise', 'SaysMore', 'WantsWrongly'].includes(fault._tag)) struck(world, link.id, fault)
  }
  link.connection = ClientConnection.connected(link.connection, world.nowMs)
  if (link.hello.length > 0) say(world, link, 'Hello', link.hello)
  if (faultOf(link, 'Vanishes', ({ at }) => at === 'MidHello' || at === 'AwaitingReply') !== undefined) vanishes(world, link)
}

function judges(world: SimulationWorld, link: Link, connection: ClientConnection.ClientConnection): void {
  const { state, value: event } = ClientConnection.next(connection)
  link.connection = state
  switch (event._tag) {
    case 'Broken':
      return leaves(world, link, `Broken ${event.error._tag}`)
    case 'NeedData':
      return undefined
    case 'Negotiated': {
      if (!link.visit.adopts || !event.isAdoptable) return leaves(world, link, 'Negotiated')
      const adoption = Adoption.adoption(state, true, world.nowMs, CLIENT_ADOPTION_TIMEOUT_MS)
      link.adoption = adoption
      if (faultOf(link, 'Vanishes', ({ at }) => at === 'Adopting') !== undefined) return vanishes(world, link)
      return adopts(world, link, adoption)
    }
    case 'Refused':
      return leaves(world, link, `Refused ${event.kind._tag}`)
    default:
      return leaves(world, link, `TimedOut ${event.phase}`)
  }
}

function adopts(world: SimulationWorld, link: Link, adoption: Adoption.Adoption): void {
  const { state, value: event } = Adoption.next(adoption)
  link.adoption = state
  if (event._tag === 'Adopted') leaves(world, link, 'Adopted')
  if (event._tag === 'Reconnect') leaves(world, link, `Reconnect ${event.why._tag}`)
}

function vanishes(world: SimulationWorld, link: Link): void {
  const fault = faultOf(link, 'Vanishes')
  if (fault !== undefined) struck(world, link.id, fault)
  leaves(world, link, 'Vanished')
}

/** Every client leaves once, and closes its end. */
function leaves(world: SimulationWorld, link: Link, outcome: string): void {
  if (link.outcome !== undefined) broken(world, 'a client comes to one end', `${link.id}: ${link.outcome}, then ${outcome}`)
  const lateMs = world.nowMs - link.openedMs - CLIENT_HELLO_TIMEOUT_MS - CLIENT_ADOPTION_TIMEOUT_MS
  if (lateMs > 0) broken(world, 'a client comes to its end in time (SPEC G9, G10)', `${link.id}: ${lateMs} ms late`)
  link.outcome = outcome
  link.isClientOpen = false
  reach(world, `outcome ${outcome}`)
  told(world, link.id, { _tag: 'Leaves', outcome })
  end(world, link, 'Host')
}
