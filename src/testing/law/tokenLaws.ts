/**
 * The laws of handoff tokens (SPEC §8).
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../../data/absurd.js'
import { toHex } from '../../data/Bytes.js'
import { type HandoffToken, tokenBytes } from '../../data/HandoffToken.js'
import type { Draws, Issued, IssueError, TokenStore } from '../../step/TokenStore.js'
import { atLeastOne, endOf } from '../model/time.js'
import type { TokenEvent, TokenLife } from './inputs/token.js'
import { type AnyLaw, firstBreach, forbid, law } from './Law.js'
import { live, type Moment } from './live.js'
import { nameOf, same, shown } from './shown.js'
import type { Steps } from './Steps.js'

/** @internal */
export const TOKEN_LAWS: ReadonlyArray<AnyLaw> = [
  law({
    id: 'TOKEN-1',
    group: 'token',
    sentence: 'A token is consumed at most once for every time it was issued.',
    rows: ['T4'],
    input: 'TokenLife',
    breach: (steps, life) => {
      const open = new Set<string>()
      return firstBreach(momentsOf(steps, life), (moment) => {
        if (moment._tag === 'Issue' && moment.value._tag === 'Right') open.add(nameOf(moment.value.right.token))
        if (moment._tag !== 'Consume' || moment.value._tag !== 'Right') return undefined
        return forbid(!open.delete(nameOf(moment.expected)), () =>
          `${nameOf(moment.expected)} was consumed and had not been issued since`)
      })
    },
  }),
  law({
    id: 'TOKEN-2',
    group: 'token',
    sentence: 'No more tokens are pending than the limit allows.',
    rows: ['T1', 'T2'],
    input: 'TokenLife',
    breach: (steps, life) => {
      const max = atLeastOne(life.limits.maxPending)
      const most = Math.max(0, ...momentsOf(steps, life).map(({ state }) => steps.TokenStore.pendingCount(state)))
      return forbid(most > max, () => `${most} tokens are pending where ${max} may be`)
    },
  }),
  law({
    id: 'TOKEN-3',
    group: 'token',
    sentence: 'A store is full exactly where as many tokens are alive as may be, and then it looks at no draw.',
    rows: ['T2', 'T3'],
    input: 'TokenLife',
    breach: (steps, life) => {
      const max = atLeastOne(life.limits.maxPending)
      return firstBreach(momentsOf(steps, life), (moment) => {
        if (moment._tag !== 'Issue') return undefined
        const full = { _tag: 'PendingLimitReached', max, drawsUsed: 0 }
        const isTold = moment.value._tag === 'Left' && same(moment.value.left, full)
        return forbid(isTold !== (moment.alive.size >= max), () =>
          `${moment.alive.size} of ${max} alive, and it said ${shown(moment.value)}`)
      })
    },
  }),
  law({
    id: 'TOKEN-4',
    group: 'token',
    sentence: 'A store with room issues the first draw that is not pending, of no more than its tries, and says how many it looked at.',
    rows: ['T2', 'T3'],
    input: 'TokenLife',
    breach: (steps, life) => {
      const tries = atLeastOne(life.limits.collisionAttempts)
      return firstBreach(momentsOf(steps, life), (moment) => {
        if (moment._tag !== 'Issue' || moment.alive.size >= atLeastOne(life.limits.maxPending)) return undefined
        const [expected, actual] = [issueOf(moment.draws, tries, moment.alive), summaryOf(moment.value)]
        return forbid(!same(actual, expected), () => `${shown(actual)}, where it should say ${shown(expected)}`)
      })
    },
  }),
  law({
    id: 'TOKEN-5',
    group: 'token',
    sentence: 'A token that is pending is not issued again.',
    rows: ['T2'],
    input: 'TokenLife',
    breach: (steps, life) => firstBreach(momentsOf(steps, life), (moment) => {
      if (moment._tag !== 'Issue' || moment.value._tag !== 'Right') return undefined
      const name = nameOf(moment.value.right.token)
      return forbid(moment.alive.has(name), () => `${name} was issued while it was pending`)
    }),
  }),
  law({
    id: 'TOKEN-6',
    group: 'token',
    sentence: 'A mismatch is told, and consumes neither the token that was expected nor the one that was presented.',
    rows: ['T4'],
    input: 'TokenLife',
    breach: (steps, life) => firstBreach(momentsOf(steps, life), (moment) => {
      if (moment._tag !== 'Consume' || !moment.alive.has(nameOf(moment.expected)) || isOwn(moment)) return undefined
      const both = [moment.expected, moment.presented].filter((token) => moment.alive.has(nameOf(token)))
      const gone = both.find((token) => steps.TokenStore.consume(moment.state, token, token, moment.nowMs).value._tag === 'Left')
      const isTold = moment.value._tag === 'Left' && moment.value.left._tag === 'TokenMismatch'
      return forbid(!isTold || gone !== undefined, () =>
        `it said ${shown(moment.value)}, and then ${gone ? nameOf(gone) : 'none'} was gone`)
    }),
  }),
  law({
    id: 'TOKEN-7',
    group: 'token',
    sentence: 'A token that was issued and not taken back is consumed by itself before its expiry, and never from then on.',
    rows: ['T2', 'T4', 'T6', 'DIV-R2'],
    input: 'TokenLife',
    breach: (steps, life) => firstBreach(momentsOf(steps, life), (moment) => {
      if (moment._tag !== 'Consume' || !isOwn(moment)) return undefined
      const name = nameOf(moment.expected)
      return forbid((moment.value._tag === 'Right') !== moment.alive.has(name), () =>
        `${name}, ${moment.alive.has(name) ? 'alive' : 'not alive'} at ${moment.atMs} ms, gave ${shown(moment.value)}`)
    }),
  }),
  law({
    id: 'TOKEN-8',
    group: 'token',
    sentence: 'A token that is taken back is pending no longer, and whether it was is told.',
    rows: ['T6'],
    input: 'TokenLife',
    breach: (steps, life) => firstBreach(momentsOf(steps, life), (moment) => {
      if (moment._tag !== 'Revoke') return undefined
      const name = nameOf(moment.token)
      const { value } = steps.TokenStore.consume(moment.state, moment.token, moment.token, moment.nowMs)
      const isGone = value._tag === 'Left' && value.left._tag === 'TokenNotPending'
      // Whether one that has expired is still pending is the store's own affair.
      const isTold = moment.alive.has(name) ? moment.value : moment.held.has(name) || !moment.value
      return forbid(!isGone || !isTold, () => `taking ${name} back gave ${moment.value}, and consuming it then ${shown(value)}`)
    }),
  }),
  law({
    id: 'TOKEN-9',
    group: 'token',
    sentence: 'Expiring takes out exactly the tokens whose time has come, and tells how many those were.',
    rows: ['T6', 'DIV-R2'],
    input: 'TokenLife',
    breach: ({ TokenStore }, life) => firstBreach(momentsOf({ TokenStore }, life), (moment) => {
      if (moment._tag !== 'Expire') return undefined
      const [before, after] = [moment.before, moment.state].map(TokenStore.pendingCount) as [number, number]
      return forbid(after !== moment.alive.size || moment.value !== before - after, () =>
        `of ${before}, ${moment.alive.size} of them alive, ${after} were left and ${moment.value} told`)
    }),
  }),
  law({
    id: 'TOKEN-10',
    group: 'token',
    sentence: 'A state that others were made from still gives the answers that it gave at first.',
    rows: ['T4', 'T6'],
    input: 'TokenLife',
    breach: ({ TokenStore }, life) => firstBreach(momentsOf({ TokenStore }, life).toReversed(), (moment) => {
      const again = one(TokenStore, moment.before, moment, moment.nowMs)
      return forbid(!same(again.value, moment.value), () =>
        `${moment._tag} at ${moment.nowMs} ms gave ${shown(moment.value)}, then ${shown(again.value)}`)
    }),
  }),
  law({
    id: 'TOKEN-11',
    group: 'token',
    sentence: 'Bytes that are no token are told as missing, or with their length, and leave every token usable.',
    rows: ['T8'],
    input: 'TokenLife',
    breach: ({ TokenStore }, life) => firstBreach(momentsOf({ TokenStore }, life), (moment) => {
      if (moment._tag !== 'Consume') return undefined
      const { before, expected: token, nowMs } = moment
      return firstBreach([0, 15, 17, 32], (actualBytes) => {
        const presented = Uint8Array.of(...tokenBytes(token), ...tokenBytes(token)).slice(0, actualBytes)
        const { state, value } = TokenStore.accept(before, token, presented, nowMs)
        const error = actualBytes === 0 ? { _tag: 'TokenMissing' } : { _tag: 'WrongTokenLength', actualBytes, expectedBytes: 16 }
        const [first, then] = [before, state].map((store) => TokenStore.consume(store, token, token, nowMs).value._tag)
        const isTold = value._tag === 'Left' && same(value.left, error)
        return forbid(!isTold || first !== then, () =>
          `${actualBytes} bytes gave ${shown(value)}; consuming gave a ${first}, then a ${then}`)
      })
    }),
  }),
  law({
    id: 'TOKEN-12',
    group: 'token',
    sentence: 'A token shows as `<redacted>` in whichever way it is printed.',
    rows: ['T7', 'DIV-T3'],
    input: 'TokenPair',
    breach: ({ HandoffToken }, { first }) => {
      const token = HandoffToken.handoffToken(first)
      return firstBreach(Object.entries(PRINTERS), ([way, print]) =>
        forbid(print(token) !== '<redacted>', () => `by ${way} it shows as ${shown(print(token))}`))
    },
  }),
  law({
    id: 'TOKEN-13',
    group: 'token',
    sentence: 'Two tokens are the same exactly where all their bytes are, and the bytes that one gives out are those it was made of.',
    rows: ['T1', 'T4'],
    input: 'TokenPair',
    breach: ({ HandoffToken }, { first, second }) => {
      const [a, b] = [first, second].map(HandoffToken.handoffToken)
      if (a === undefined || b === undefined) return '16 bytes were no token'
      HandoffToken.tokenBytes(a).fill(0xee)
      const [isSame, given] = [HandoffToken.sameToken(a, b), HandoffToken.tokenBytes(a)]
      return forbid(isSame !== same(first, second) || !same(given, first), () =>
        `${shown(first)} and ${shown(second)} were ${isSame ? 'the same' : 'different'}; the first gave ${shown(given)}`)
    },
  }),
]

/** One thing done to a store, and what is known of the tokens right before it, by its answers up to then. */
type TokenMoment = ReturnType<typeof one> & Moment<TokenStore> & {
  /** Those that were issued, have not left since, and are before their expiry. */
  readonly alive: ReadonlySet<string>
  /** Those that were issued and have not left since, expired or not, each with its expiry. */
  readonly held: ReadonlyMap<string, number>
}

type TokenSteps = Pick<Steps, 'TokenStore'>

/** The life of a store, moment by moment. */
function momentsOf({ TokenStore }: TokenSteps, { limits, events }: TokenLife): ReadonlyArray<TokenMoment> {
  const ttlMs = atLeastOne(limits.ttlMs)
  let held: ReadonlyMap<string, number> = new Map()
  const lived = live(
    TokenStore.tokenStore(limits), events, (before, event, nowMs) => one(TokenStore, before, event, nowMs),
    ({ _tag }) => _tag !== 'Revoke',
  )
  return lived.map((moment) => {
    const alive = new Set([...held].filter(([, expiryMs]) => moment.atMs < expiryMs).map(([name]) => name))
    const known = { ...moment, alive, held }
    held = heldAfter(known, ttlMs)
    return known
  })
}

function heldAfter(moment: TokenMoment, ttlMs: number): TokenMoment['held'] {
  const without = (token: HandoffToken) => new Map([...moment.held].filter(([name]) => name !== nameOf(token)))
  if (moment._tag === 'Revoke') return without(moment.token)
  if (moment._tag === 'Consume' && moment.value._tag === 'Right') return without(moment.expected)
  if (moment._tag !== 'Issue' || moment.value._tag === 'Left') return moment.held
  return without(moment.value.right.token).set(nameOf(moment.value.right.token), endOf(moment.atMs, ttlMs))
}

function one(store: Steps['TokenStore'], before: TokenStore, event: TokenEvent, nowMs: number) {
  switch (event._tag) {
    case 'Consume':
      return { ...event, ...store.consume(before, event.expected, event.presented, nowMs) }
    case 'Expire':
      return { ...event, ...store.expire(before, nowMs) }
    case 'Issue':
      return { ...event, ...store.issue(before, nowMs, event.draws) }
    case 'Revoke':
      return { ...event, ...store.revoke(before, event.token) }
    default:
      return absurd<never>(event)
  }
}

/** What issuing must say: the first of so many draws that is not among the pending ones, or why there is none. */
function issueOf({ bytes, offset }: Draws, tries: number, pending: ReadonlySet<string>): unknown {
  const count = Math.min(tries, Math.floor((bytes.length - offset) / 16))
  const drawn = Array.from({ length: count }, (_, i) => toHex(bytes.slice(offset + 16 * i, offset + 16 * i + 16)))
  const fresh = drawn.findIndex((name) => !pending.has(name))
  if (fresh >= 0) return { token: drawn[fresh], drawsUsed: fresh + 1 }
  return count < tries
    ? { _tag: 'RandomSourceFailed', drawsUsed: count }
    : { _tag: 'CollisionAttemptsExhausted', attempts: tries, drawsUsed: tries }
}

function summaryOf(value: Either<IssueError, Issued>): unknown {
  return value._tag === 'Left' ? value.left : { token: nameOf(value.right.token), drawsUsed: value.right.drawsUsed }
}

function isOwn({ expected, presented }: { readonly expected: HandoffToken; readonly presented: HandoffToken }): boolean {
  return nameOf(expected) === nameOf(presented)
}

/** The ways in which a value gets into a log. */
const PRINTERS: Readonly<Record<string, (token: unknown) => unknown>> = {
  'String()': String,
  'a template literal': (token) => `${token as string}`,
  'JSON.stringify': (token) => JSON.parse(JSON.stringify(token)) as unknown,
  "Node's inspect": (token) => (token as Readonly<Record<symbol, () => unknown>>)[Symbol.for('nodejs.util.inspect.custom')]?.(),
}
