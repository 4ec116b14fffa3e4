/**
 * A whole life of a broker among many peers, with every law checked after every step and at the end.
 */
import { absurd } from '../../data/absurd.js'
import { createBroker } from '../../shell/Broker.js'
import * as HandoffAcceptance from '../../step/HandoffAcceptance.js'
import * as Timetable from '../virtual/Timetable.js'
import type { TraceEvent } from '../virtual/traceText.js'
import { comesBack, performs, touches } from './acts.js'
import { backendHears, backendsDeadlineMs, backendsWake, socketComes } from './backend.js'
import { attemptHears, hostHears, hostOpens, hostWakes, msUntilHostWakes } from './host.js'
import type { Act, SimulationScenario } from './SimulationScenario.js'
import { broken, post, type SimulationViolation, type SimulationWorld, simulationWorld, type Task, told } from './SimulationWorld.js'
import type { BrokerMaker } from './Twin.js'
import { clientDeadlineMs, clientHears, clientWakes } from './visitor.js'

/**
 * A life that is over: what was broken, if anything, and all that there is to tell of it.
 *
 * @category model
 * @since 0.1.0
 */
export interface SimulationLife {
  readonly scenario: SimulationScenario
  readonly violations: ReadonlyArray<SimulationViolation>
  readonly trace: ReadonlyArray<TraceEvent>
  /** How often each thing was reached, by its name in `SIMULATION_REACHES`. */
  readonly reached: ReadonlyMap<string, number>
  readonly stepCount: number
  readonly simulatedMs: number
  readonly lawsChecked: number
}

/**
 * More steps than any life takes.
 *
 * @category constants
 * @since 0.1.0
 */
export const SIMULATION_STEPS_MAX = 20_000

/** A timer takes a millisecond at least, as in Node, so that a clock that stands still does not make it spin. */
const TIMER_MIN_MS = 1

/** The laws of a world beside its broker's, asked once a life. */
const END_LAWS_COUNT = 3

/**
 * Plays a scenario to its end, or until a law is broken.
 *
 * @example
 * import assert from 'node:assert'
 * import { runSimulation, simulationScenario } from 'hello-negotiation/testing'
 *
 * const { lawsChecked, violations } = runSimulation(simulationScenario(42))
 * assert.deepEqual(violations, [])
 * assert.ok(lawsChecked > 100)
 *
 * @category utils
 * @since 0.1.0
 */
export function runSimulation(scenario: SimulationScenario, makeBroker: BrokerMaker = createBroker): SimulationLife {
  const world = simulationWorld(scenario, makeBroker)
  while (world.violations.length === 0 && world.stepCount < SIMULATION_STEPS_MAX && steps(world)) world.stepCount += 1
  if (world.violations.length === 0) ends(world)
  const { auditor, nowMs: simulatedMs, reached, stepCount, trace, violations } = world
  return { scenario, violations, trace, reached, stepCount, simulatedMs, lawsChecked: auditor.lawsChecked() + END_LAWS_COUNT }
}

/** The next thing that happens, or `false` where nothing will. */
function steps(world: SimulationWorld): boolean {
  const timer = nextTimer(world)
  const taskMs = Timetable.nextAtMs(world.agenda)
  const soonestMs = Math.min(timer?.atMs ?? Infinity, taskMs ?? Infinity)
  const deferred = world.deferred[0]
  if (deferred !== undefined && soonestMs >= world.untilMs.host) {
    world.deferred.shift()
    world.nowMs = Math.max(world.nowMs, world.untilMs.host)
    happens(world, deferred)
    return true
  }
  if (timer !== undefined && isTimerFirst(world, timer.atMs, taskMs)) {
    world.nowMs = timer.atMs
    timer.wake()
    return true
  }
  const entry = Timetable.take(world.agenda)
  if (entry === undefined) return false
  world.nowMs = entry.atMs
  if (world.nowMs < world.untilMs.host && isHosts(entry.what)) world.deferred.push(entry.what)
  else happens(world, entry.what)
  return true
}

function isTimerFirst({ scenario }: SimulationWorld, timerAtMs: number, taskMs: number | undefined): boolean {
  return taskMs === undefined || timerAtMs < taskMs || (timerAtMs === taskMs && scenario.timersFirst)
}

interface Timer {
  readonly atMs: number
  readonly wake: () => void
}

function nextTimer(world: SimulationWorld): Timer | undefined {
  let soonest = hostTimer(world)
  const sooner = (atMs: number | undefined, wake: () => void): void => {
    const dueMs = atMs === undefined ? Infinity : Math.max(atMs, world.nowMs)
    if (dueMs < (soonest?.atMs ?? Infinity)) soonest = { atMs: dueMs, wake }
  }
  sooner(backendsDeadlineMs(world), () => backendsWake(world))
  for (const link of world.live) {
    if (link.isClientOpen) sooner(clientDeadlineMs(link), () => clientWakes(world, link))
    else if (!link.isHostOpen && link.attempt === undefined) world.live.delete(link)
  }
  return soonest
}

/** While the broker is away nobody keeps its time; while its host is busy, its timers wait. */
function hostTimer(world: SimulationWorld): Timer | undefined {
  const leftMs = world.isDown ? undefined : msUntilHostWakes(world)
  if (leftMs === undefined) return undefined
  const atMs = world.nowMs + (leftMs === 0 ? 0 : Math.max(TIMER_MIN_MS, leftMs))
  return { atMs: Math.max(atMs, world.untilMs.host), wake: () => hostWakes(world) }
}

function isHosts(task: Task): boolean {
  return task._tag === 'Opened' || (task._tag === 'Heard' && (task.by === 'Attempt' || task.by === 'Host'))
}

function happens(world: SimulationWorld, task: Task): void {
  switch (task._tag) {
    case 'Act':
      return acts(world, task.act, task.isInTime)
    case 'BrokerBack':
      return comesBack(world, task)
    case 'Heard':
      return hears(world, task)
    case 'Opened': {
      const link = world.links.get(task.link)
      return link === undefined ? undefined : hostOpens(world, link)
    }
    case 'SocketComes': {
      const link = world.links.get(task.link)
      return link === undefined ? undefined : socketComes(world, link, task.token)
    }
    case 'Touched':
      return touches(world, task.token, task.operation)
    default:
      return absurd(task)
  }
}

/** An act that waits for a deadline is put off once, to the one that is next; a jump of the clock brings it about itself. */
function acts(world: SimulationWorld, act: Act, isInTime: boolean): void {
  const leftMs = isInTime || act.nearDeadlineMs === undefined || world.isDown || act.what._tag === 'ClockJumpsAhead'
    ? undefined
    : world.twin.msUntilDeadline()
  if (leftMs === undefined) performs(world, act)
  else post(world, world.nowMs + leftMs + (act.nearDeadlineMs ?? 0), { _tag: 'Act', act, isInTime: true })
}

function hears(world: SimulationWorld, { by, bytes, link: id }: Extract<Task, { readonly _tag: 'Heard' }>): void {
  const link = world.links.get(id)
  if (link === undefined) return
  told(world, link.id, { _tag: 'Heard', by, size: bytes?.length ?? 'end' })
  switch (by) {
    case 'Attempt':
      return attemptHears(world, link, bytes)
    case 'Backend':
      return backendHears(world, link, bytes)
    case 'Client':
      return clientHears(world, link, bytes)
    case 'Host':
      return hostHears(world, link, bytes)
    default:
      return absurd(by)
  }
}

/** Once nothing is left to happen, nothing is left over. */
function ends(world: SimulationWorld): void {
  const { backends, links, stepCount, twin } = world
  if (stepCount >= SIMULATION_STEPS_MAX) broken(world, 'a life comes to an end', `not within ${stepCount} steps`)
  for (const { fates, id, outcome } of links.values()) {
    if (fates.length !== 1) broken(world, 'a connection is answered, or closed without a word, once (SPEC C1, C3)', `${id}: ${fates.join()}`)
    if (outcome === undefined) broken(world, 'a client comes to one end', `${id}: none`)
  }
  const left = {
    due: twin.msUntilDeadline() ?? 'nothing',
    offers: backends.reduce((sum, { receivers }) => sum + receivers.size, 0),
    remembered: backends.reduce((sum, { acceptance }) => sum + HandoffAcceptance.rememberedCount(acceptance), 0),
  }
  if (left.due !== 'nothing' || left.offers + left.remembered > 0) {
    broken(world, 'nothing is pending once all deadlines are past (SPEC A5, T6)', JSON.stringify(left))
  }
}
