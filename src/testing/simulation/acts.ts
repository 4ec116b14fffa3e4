/**
 * What is done to a world by the acts of its scenario.
 */
import { absurd } from '../../data/absurd.js'
import { handoffToken, type HandoffToken } from '../../data/HandoffToken.js'
import { decodeSnapshot, encodeSnapshot } from '../../negotiate/Snapshot.js'
import * as Prng from '../virtual/Prng.js'
import { forgets } from './backend.js'
import { hostDies } from './host.js'
import type { CommonFault, TokenTouch } from './SimulationFault.js'
import { GOOD_VERSION } from './SimulationPolicy.js'
import type { Act, Visit } from './SimulationScenario.js'
import { broken, newLink, post, reach, type SimulationWorld, struck, type Task, told } from './SimulationWorld.js'
import type { Saved } from './Twin.js'
import { visits } from './visitor.js'

type BrokerBack = Extract<Task, { readonly _tag: 'BrokerBack' }>
type FaultOf<T extends CommonFault['_tag']> = Extract<CommonFault, { readonly _tag: T }>

/** How many acts ago a snapshot was written that is old. */
const OLD_ACTS = 4

const GUESS = handoffToken(new Uint8Array(16).fill(0x77)) as HandoffToken

/** Does what an act says, unless the broker is away and it is about the broker. */
export function performs(world: SimulationWorld, act: Act): void {
  const { id, what } = act
  if (world.scenario.acts.some(({ what }) => what._tag === 'BrokerRestarts' && what.from === 'Old')) world.saves.push(world.twin.save())
  if (what._tag === 'Visit') return visits(world, `visit-${id}`, what)
  if (world.isDown && !isElsewhere(what)) return
  struck(world, `act-${id}`, what)
  happens(world, act, what)
}

function isElsewhere({ _tag }: CommonFault): boolean {
  return _tag === 'BackendForgets' || _tag.startsWith('Clock') || _tag === 'Hoards'
}

function happens(world: SimulationWorld, act: Act, fault: CommonFault): void {
  switch (fault._tag) {
    case 'BackendForgets':
      return forgets(world, fault.service)
    case 'BrokerRestarts':
      return restarts(world, fault, act.id)
    case 'ClockFails':
    case 'ClockJumpsAhead':
    case 'ClockJumpsBack':
    case 'ClockStalls':
      return clockGoesWrong(world, act, fault)
    case 'DrawsCollide':
      return drawsGoWrong(world, 'Collide', fault.forMs)
    case 'DrawsFail':
      return drawsGoWrong(world, 'Fail', fault.forMs)
    case 'DrawsShort':
      return drawsGoWrong(world, 'Short', fault.forMs)
    case 'Floods':
      return floods(world, act.id, fault)
    case 'Hoards':
      return hoards(world, act.id, fault)
    case 'HostStalls':
      world.untilMs.host = world.nowMs + fault.forMs
      world.wasTimeWrong = true
      return undefined
    case 'ListenerBreaks':
      world.untilMs.listener = world.nowMs + fault.forMs
      return undefined
    case 'PolicyChanges':
      return world.twin.reconfigure(world.policies[fault.to] ?? world.twin.policy())
    case 'TokenGuessed':
      world.twin.acknowledge(GUESS)
      world.twin.consume(GUESS, GUESS)
      return undefined
    default:
      return absurd(fault)
  }
}

/** A jump ahead that has a deadline to go by ends next to it, by the broker's own clock. */
function clockGoesWrong(
  world: SimulationWorld, { nearDeadlineMs }: Act, fault: FaultOf<'ClockFails' | 'ClockJumpsAhead' | 'ClockJumpsBack' | 'ClockStalls'>,
): void {
  const { nowMs: atMs } = world
  world.wasTimeWrong = true
  switch (fault._tag) {
    case 'ClockFails':
      world.clockFails = fault.how
      world.untilMs.clock = atMs + fault.forMs
      return undefined
    case 'ClockJumpsAhead': {
      const leftMs = world.twin.msUntilDeadline()
      const byMs = nearDeadlineMs === undefined || leftMs === undefined ? fault.byMs : Math.max(0, leftMs + nearDeadlineMs)
      return void world.skews.push({ _tag: 'JumpsAhead', atMs, byMs })
    }
    case 'ClockJumpsBack':
      return void world.skews.push({ _tag: 'JumpsBack', atMs, byMs: fault.byMs })
    case 'ClockStalls':
      return void world.skews.push({ _tag: 'Stalls', atMs, forMs: fault.forMs })
    default:
      return absurd(fault)
  }
}

function drawsGoWrong(world: SimulationWorld, draws: SimulationWorld['draws'], forMs: number): void {
  world.draws = draws
  world.untilMs.draws = world.nowMs + forMs
}

/** Whole requests in one piece, as a host has them that reads fast. */
function floods(world: SimulationWorld, id: number, { count, pid, wantsTokens }: FaultOf<'Floods'>): void {
  const { hello, peer } = newLink(world, `flood-${id}`, plainVisit(pid, wantsTokens))
  for (let i = 0; i < count; i += 1) world.twin.exchange(hello, peer)
}

function hoards(world: SimulationWorld, id: number, { count, pid }: FaultOf<'Hoards'>): void {
  for (let i = 0; i < count; i += 1) visits(world, `hoard-${id}.${i}`, { ...plainVisit(pid, false), faults: [{ _tag: 'Mute' }] })
}

function plainVisit(pid: number, offersHandoff: boolean): Visit {
  return {
    _tag: 'Visit', peer: 'Own', pid, claimsPid: true, service: 0, version: GOOD_VERSION, offersHandoff, adopts: false, handsOver: false,
    keepaliveSecs: 0n, requestId: 1n, traceparent: '', faults: [],
  }
}

/** Somebody uses the broker's methods on a token. */
export function touches(world: SimulationWorld, token: HandoffToken, operation: TokenTouch): void {
  if (world.isDown) return
  switch (operation) {
    case 'Abandon':
      return void world.twin.abandon(token)
    case 'Acknowledge':
      return void world.twin.acknowledge(token)
    case 'Consume':
      return void world.twin.consume(token, token)
    case 'Mistake':
      return void world.twin.consume(token, GUESS)
    case 'Replay':
      world.twin.consume(token, token)
      return void world.twin.consume(token, token)
    case 'Sweep':
      return world.twin.sweep()
    default:
      return absurd(operation)
  }
}

function restarts(world: SimulationWorld, { downMs, from }: FaultOf<'BrokerRestarts'>, id: number): void {
  const saved = world.twin.save()
  hostDies(world)
  world.isDown = true
  const back = (step: BrokerBack['step'], saved?: Saved, elapsedMs = 0): void => {
    const task: BrokerBack = { _tag: 'BrokerBack', step, saved, elapsedMs }
    if (downMs === 0) comesBack(world, task)
    else post(world, world.nowMs + downMs, task)
  }
  switch (from) {
    case 'Garbled':
      garbles(world, saved, Prng.prng(world.scenario.seed, `garbled ${id}`))
      return back('Lose')
    case 'Nothing':
      return back('Lose')
    case 'Old':
      return back('Restore', world.saves.at(-OLD_ACTS) ?? saved)
    case 'Snapshot':
      return back('Resume', saved, downMs)
    case 'SnapshotUnaware':
      return back('Resume', saved)
    default:
      return absurd(from)
  }
}

/** The broker is there again, with the memory that it was given, if any. */
export function comesBack(world: SimulationWorld, { elapsedMs, saved, step }: BrokerBack): void {
  world.isDown = false
  if (step === 'Lose' || saved === undefined) world.twin.lose()
  else world.twin.resume(step, saved, elapsedMs)
  reach(world, `broker ${step}`)
}

/** A snapshot with one character changed is no snapshot, or a sound one of another memory; never a throw. */
function garbles(world: SimulationWorld, { snapshot }: Saved, dice: Prng.Prng): void {
  const { state, value: at } = Prng.below(dice, snapshot.length)
  const garbled = `${snapshot.slice(0, at)}${String.fromCharCode(33 + Prng.below(state, 90).value)}${snapshot.slice(at + 1)}`
  try {
    const read = decodeSnapshot(parsed(garbled))
    told(world, 'World', { _tag: 'Garbled', at, as: read._tag })
    const written = read._tag === 'Right' ? JSON.stringify(encodeSnapshot(read.right)) : ''
    const again = read._tag === 'Right' ? decodeSnapshot(JSON.parse(written)) : read
    if (again._tag !== read._tag) broken(world, 'what is read from a damaged snapshot is sound, or nothing', garbled.slice(at, at + 20))
  } catch (error) {
    broken(world, 'what is read from a damaged snapshot is sound, or nothing', String(error))
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
