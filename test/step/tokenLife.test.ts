/**
 * Every order in which issuing, consuming, ACKs, abandoning and time can meet up to three tokens:
 * the token store and the ACK registry, moved together by `Handoffs`, walked exhaustively.
 */
import { type BrokerState, Handoffs, initialState } from 'hello-negotiation'
import { AckRegistry, TokenStore } from 'hello-negotiation/step'
import { describe, expect, it } from 'vitest'
import { drawsOf, policyOf, SERVICE, token } from '../support/negotiate.js'

const BYTES = [0xa, 0xb, 0xc]

/** A token, the draws that give it, and the handoff it is for, numbered by its connection id. */
const SUBJECTS = BYTES.map((byte, i) => ({
  id: i,
  own: token(byte),
  draws: drawsOf(byte),
  handoff: { serviceName: SERVICE, backendPid: 0, connectionId: BigInt(i) },
}))
type Subject = (typeof SUBJECTS)[number]

const ACTIONS = ['issue', 'consume', 'acknowledge', 'abandon'] as const
/** `sweep` lets 1 ms pass and expires what is overdue; `wait` lets it pass and leaves it where it is. */
const TIMES = ['sweep', 'wait'] as const

type Count = 'issued' | 'consumed' | 'acknowledged' | 'expired' | 'abandoned' | 'replaced' | 'consumedWhenSpent'

/** What has become of one token so far; `isLive` from its issue until anything takes it away. */
type Ledger = Readonly<Record<Count, number>> & { readonly isLive: boolean }

interface World {
  readonly broker: BrokerState
  readonly nowMs: number
  readonly ledgers: ReadonlyArray<Ledger>
}

const BLANK: Ledger = {
  issued: 0, consumed: 0, acknowledged: 0, expired: 0, abandoned: 0, replaced: 0, consumedWhenSpent: 0, isLive: false,
}

// A token lives for 3 ms and an ACK is due after 2 ms, so that each deadline is met without the other.
const START: World = {
  broker: initialState(policyOf({ tokenStore: { maxPending: 3, ttlMs: 3, collisionAttempts: 1 }, ackDeadlineMs: 2 })),
  nowMs: 0,
  ledgers: SUBJECTS.map(() => BLANK),
}

function noted(world: World, { id }: Subject, count: Count): World {
  const isLive = count === 'issued'
  const ledgers = world.ledgers.map((ledger, i) => (i === id ? { ...ledger, [count]: ledger[count] + 1, isLive } : ledger))
  return { ...world, ledgers }
}

function act(world: World, action: (typeof ACTIONS)[number], subject: Subject): World {
  switch (action) {
    case 'issue':
      return issue(world, subject)
    case 'consume':
      return consume(world, subject)
    case 'acknowledge':
      return acknowledge(world, subject)
    case 'abandon':
      return abandon(world, subject)
  }
}

/** As a granted Hello does it (SPEC N6, N8). */
function issue(world: World, subject: Subject): World {
  const { state: tokens, value } = TokenStore.issue(world.broker.tokens, world.nowMs, subject.draws)
  if (value._tag === 'Left') return { ...world, broker: { ...world.broker, tokens } }
  const isReplaced = AckRegistry.abandon(world.broker.acks, subject.own).value !== undefined
  const acks = AckRegistry.register(world.broker.acks, subject.own, subject.handoff, world.nowMs)
  const issued = { ...world, broker: { ...world.broker, tokens, acks } }
  return noted(isReplaced ? noted(issued, subject, 'replaced') : issued, subject, 'issued')
}

function consume(world: World, subject: Subject): World {
  const { state: broker, value } = Handoffs.consume(world.broker, subject.own, subject.own, world.nowMs)
  if (value._tag === 'Left') return { ...world, broker }
  const wasLive = world.ledgers[subject.id]?.isLive === true
  return noted({ ...world, broker }, subject, wasLive ? 'consumed' : 'consumedWhenSpent')
}

function acknowledge(world: World, subject: Subject): World {
  const { state: broker, value } = Handoffs.acknowledge(world.broker, subject.own, world.nowMs)
  if (value._tag === 'Left' && value.left._tag === 'TokenNotPending') return { ...world, broker }
  return noted({ ...world, broker }, subject, value._tag === 'Right' ? 'acknowledged' : 'expired')
}

function abandon(world: World, subject: Subject): World {
  const { state: broker, value } = Handoffs.abandon(world.broker, subject.own)
  return value === undefined ? { ...world, broker } : noted({ ...world, broker }, subject, 'abandoned')
}

function pass(world: World, how: (typeof TIMES)[number]): World {
  const nowMs = world.nowMs + 1
  if (how === 'wait') return { ...world, nowMs }
  const { state, value } = Handoffs.expireAcks(world.broker, nowMs)
  const swept = { ...world, nowMs, broker: Handoffs.expireTokens(state, nowMs).state }
  const overdue = value.map(({ handoff }) => SUBJECTS[Number(handoff.connectionId)] as Subject)
  return overdue.reduce((left, subject) => noted(left, subject, 'expired'), swept)
}

/** What must hold of every token in every world; the law that does not, by name. */
function broken({ broker, ledgers }: World): ReadonlyArray<string> {
  return SUBJECTS.flatMap(({ id, own }) => {
    const { issued, acknowledged, expired, abandoned, replaced, consumed, consumedWhenSpent } = ledgers[id] as Ledger
    const isOwed = AckRegistry.abandon(broker.acks, own).value !== undefined
    const isPending = TokenStore.revoke(broker.tokens, own).value
    const laws = [
      ['consumed at most once after each issue', consumedWhenSpent === 0 && consumed <= issued],
      ['issued = pending + acknowledged + expired + abandoned + replaced',
        issued === (isOwed ? 1 : 0) + acknowledged + expired + abandoned + replaced],
      ['what leaves the registry leaves the store', isOwed || !isPending],
    ] as const
    return laws.filter(([, holds]) => !holds).map(([law]) => law)
  })
}

interface Walk {
  worlds: number
  readonly failures: Array<string>
  readonly seen: Set<string>
}

/** Walks every sequence of up to `left` more happenings; tokens are alike, so a new one is always the next. */
function walk(world: World, left: number, met: number, path: string, into: Walk): void {
  into.worlds += 1
  for (const law of broken(world)) into.failures.push(`${path}: ${law}`)
  for (const ledger of world.ledgers) for (const [count, n] of Object.entries(ledger)) if (n !== 0) into.seen.add(count)
  if (left === 0) return
  for (const how of TIMES) walk(pass(world, how), left - 1, met, `${path} ${how}`, into)
  for (const subject of SUBJECTS.slice(0, met + 1)) {
    for (const action of ACTIONS) {
      walk(act(world, action, subject), left - 1, Math.max(met, subject.id + 1), `${path} ${action}${subject.id}`, into)
    }
  }
}

function walked(start: World, steps: number, met: number): Walk {
  const into: Walk = { worlds: 0, failures: [], seen: new Set() }
  walk(start, steps, met, '', into)
  return into
}

const EVERY_END = ['issued', 'consumed', 'acknowledged', 'expired', 'abandoned', 'replaced', 'isLive']

describe('the life of tokens', () => {
  it('is lawful in every order of up to five happenings, from the start (SPEC T4, A1–A5)', () => {
    const { worlds, failures, seen } = walked(START, 5, 0)
    expect(failures).toEqual([])
    expect(worlds).toBeGreaterThan(50_000)
    expect(EVERY_END.filter((end) => !seen.has(end))).toEqual([])
  })

  it('is lawful in every order of up to four happenings after three tokens were issued (SPEC T4, A1–A5)', () => {
    const issued = SUBJECTS.reduce((world, subject) => act(world, 'issue', subject), START)
    const { worlds, failures } = walked(issued, 4, 3)
    expect(failures).toEqual([])
    expect(worlds).toBe([0, 1, 2, 3, 4].reduce((sum, depth) => sum + 14 ** depth, 0))
  })
})
