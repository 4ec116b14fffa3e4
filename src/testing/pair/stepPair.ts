/**
 * One step of a world: the next message that arrives, or the next deadline that comes, whichever is first; and all
 * of them until nothing is left to come.
 *
 * **Laws**
 *  1. Time never runs backwards, and jumps: there is no waiting.
 *  2. A world with nothing on its way and nobody waiting has come to its end.
 */
import { absurd } from '../../data/absurd.js'
import * as Agenda from '../virtual/Agenda.js'
import { readingMs, timerMs } from '../virtual/SkewedClock.js'
import { mark } from '../virtual/traceText.js'
import * as BackendActor from './BackendActor.js'
import * as BrokerActor from './BrokerActor.js'
import * as ClientActor from './ClientActor.js'
import { copyClosed, crashed, execute, ownCopy } from './commands.js'
import { type VanishingPoint } from './PairFault.js'
import type { ActorName } from './PairNames.js'
import { faultNow, type PairWorld, type Posted, struck, told, withLink } from './PairWorld.js'
import type { Command, Input } from './Talk.js'

const ACTORS: ReadonlyArray<ActorName> = ['Client', 'Broker', 'Backend']

/**
 * The world after the next thing that happens, or `undefined` where nothing will.
 *
 * @category steps
 * @since 0.1.0
 */
export function stepPair(world: PairWorld): PairWorld | undefined {
  const timer = nextTimer(world)
  const postedMs = Agenda.nextAtMs(world.agenda)
  if (timer === undefined && postedMs === undefined) return undefined
  const counted = { ...world, stepCount: world.stepCount + 1 }
  if (timer !== undefined && isTimerFirst(world, timer.atMs, postedMs)) {
    return acted({ ...counted, nowMs: timer.atMs }, timer.who, { _tag: 'Woken' })
  }
  const { state: agenda, value: entry } = Agenda.take(world.agenda)
  return entry === undefined ? undefined : arrived({ ...counted, agenda, nowMs: entry.atMs }, entry.what)
}

function isTimerFirst({ scenario }: PairWorld, timerAtMs: number, postedMs: number | undefined): boolean {
  return postedMs === undefined || timerAtMs < postedMs || (timerAtMs === postedMs && scenario.timersFirst)
}

function nextTimer(world: PairWorld): { readonly who: ActorName; readonly atMs: number } | undefined {
  const timers = ACTORS.flatMap((who) => {
    const deadlineMs = deadlineOf(world, who)
    return deadlineMs === undefined ? [] : [{ who, atMs: timerMs(world.clocks[who], world.nowMs, deadlineMs) }]
  })
  return timers.reduce<typeof timers[number] | undefined>(
    (soonest, timer) => (soonest === undefined || timer.atMs < soonest.atMs ? timer : soonest), undefined,
  )
}

function deadlineOf(world: PairWorld, who: ActorName): number | undefined {
  switch (who) {
    case 'Backend':
      return world.isBackendAlive ? BackendActor.nextDeadlineMs(world.backend) : undefined
    case 'Broker':
      return BrokerActor.nextDeadlineMs(world.broker)
    case 'Client':
      return ClientActor.nextDeadlineMs(world.client)
    default:
      return absurd(who)
  }
}

/** What arrives is read by whoever has the end that it arrives at; where nobody has, by nobody. */
function arrived(world: PairWorld, { input, to }: Posted): PairWorld {
  if (to !== 'Server') return isForNobody(world, to, input) ? world : acted(world, to, input)
  if (input._tag === 'SocketCame') return socketArrived(world, input)
  if (!('link' in input)) return world
  const link = world.links.get(input.link)
  if (link === undefined) return world
  if (input._tag === 'Opened') return openedAt(world, input)
  if (input._tag === 'Ended') {
    const ended = withLink(world, input.link, { hasServerSeenEnd: true })
    return link.kind === 'Stream' ? acted(acted(ended, 'Broker', input), 'Backend', input) : acted(ended, 'Backend', input)
  }
  if (link.copies.length === 0) return world
  const isBrokers = link.kind === 'Stream' && BackendActor.holdOn(world.backend, input.link) !== 'Own'
  return acted(world, isBrokers ? 'Broker' : 'Backend', input)
}

function isForNobody({ links }: PairWorld, to: ActorName, input: Input): boolean {
  const link = 'link' in input ? links.get(input.link) : undefined
  return link !== undefined && link.initiator === to && !link.isInitiatorOpen
}

function openedAt(world: PairWorld, input: Extract<Input, { readonly _tag: 'Opened' }>): PairWorld {
  const link = world.links.get(input.link)
  if (link === undefined) return world
  const copy = ownCopy(link)
  const reached = withLink(world, input.link, { copies: [copy] })
  return copy === 'Backend' && !world.isBackendAlive ? copyClosed(reached, input.link, copy) : acted(reached, copy, input)
}

function socketArrived(world: PairWorld, input: Extract<Input, { readonly _tag: 'SocketCame' }>): PairWorld {
  if (world.isBackendAlive) return acted(world, 'Backend', input)
  return copyClosed(copyClosed(world, input.stream, input.link), input.link, 'Backend')
}

/** One actor's step, what it asks for, and the fault that may end it. */
function acted(world: PairWorld, who: ActorName, input: Input): PairWorld {
  const noted = input._tag === 'Woken' ? world : told(world, who, cameFact(input))
  const nowMs = readingMs(world.clocks[who], world.nowMs)
  switch (who) {
    case 'Backend':
      return world.isBackendAlive ? backendActed(noted, input, nowMs) : world
    case 'Broker': {
      const { state: broker, value } = BrokerActor.on(world.broker, input, nowMs)
      return done({ ...noted, broker }, who, value)
    }
    case 'Client': {
      const { state: client, value } = ClientActor.on(world.client, input, nowMs)
      return vanished(done({ ...noted, client }, who, value))
    }
    default:
      return absurd(who)
  }
}

function backendActed(world: PairWorld, input: Input, nowMs: number): PairWorld {
  const { state: backend, value: commands } = BackendActor.on(world.backend, input, nowMs)
  const crashing = faultNow(world, 'BackendCrashes', ({ when }) => when === 'Offered'
    ? input._tag === 'SocketCame'
    : commands.some(({ _tag }) => _tag === 'Serve'))
  const next = { ...world, backend }
  return crashing === undefined
    ? done(next, 'Backend', commands)
    : crashed(struck(done(next, 'Backend', commands.filter(({ _tag }) => _tag === 'Tell')), crashing))
}

function vanished(world: PairWorld): PairWorld {
  const vanishing = faultNow(world, 'ClientVanishes', ({ at }) => isAt(world.client, at))
  if (vanishing === undefined) return world
  const { state: client, value } = ClientActor.vanish(world.client)
  return done(struck({ ...world, client }, vanishing), 'Client', value)
}

function isAt({ helloCount, phase }: ClientActor.ClientActor, point: VanishingPoint): boolean {
  if (phase._tag === 'Saying') {
    return phase.connection.phase._tag === 'Connecting' ? point === 'Connecting' : point === 'AwaitingReply' || point === 'MidHello'
  }
  return phase._tag === point && (point !== 'Waiting' || helloCount > 0)
}

function done(world: PairWorld, who: ActorName, commands: ReadonlyArray<Command>): PairWorld {
  return commands.reduce((next, command) => execute(next, who, command), world)
}

function cameFact(input: Input): Parameters<typeof told>[2] {
  const bytes = input._tag === 'Bytes' ? input.bytes : undefined
  return {
    _tag: 'Came', input: input._tag, link: 'link' in input ? input.link : '', size: bytes?.length ?? 0,
    mark: bytes === undefined ? '' : mark(bytes),
  }
}
