/**
 * The laws of handoff tokens (SPEC §8).
 */
import { type HandoffToken, tokenBytes } from '../../data/HandoffToken.js'
import { toHex } from '../../data/Bytes.js'
import type { TokenStore } from '../../step/TokenStore.js'
import { type AnyLaw, forbid, law } from './Law.js'
import type { TokenEvent, TokenLife } from './LawInputs.js'
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
      for (const { event, value } of live(steps, life)) {
        if (event._tag === 'Issue' && value._tag === 'Right') open.add(nameOf((value.right as { readonly token: HandoffToken }).token))
        if (event._tag !== 'Consume' || value._tag !== 'Right') continue
        if (!open.delete(nameOf(event.expected))) return `token ${nameOf(event.expected)} was consumed without having been issued since`
      }
      return undefined
    },
  }),
  law({
    id: 'TOKEN-2',
    group: 'token',
    sentence: 'No more tokens are pending than the limit allows.',
    rows: ['T1', 'T2'],
    input: 'TokenLife',
    breach: (steps, life) => {
      const max = steps.TokenStore.tokenStore(life.limits).limits.maxPending
      const most = Math.max(0, ...live(steps, life).map(({ state }) => steps.TokenStore.pendingCount(state)))
      return forbid(most > max, () => `${most} tokens are pending where ${max} may be`)
    },
  }),
]

interface Lived {
  readonly nowMs: number
  readonly event: TokenEvent
  readonly state: TokenStore
  readonly value: { readonly _tag: string; readonly right?: unknown }
}

/** The life of a store under the steps, event by event. */
function live({ TokenStore }: Steps, { limits, events }: TokenLife): ReadonlyArray<Lived> {
  let state = TokenStore.tokenStore(limits)
  return events.map(([nowMs, event]) => {
    const { state: next, value } = one(TokenStore, state, nowMs, event)
    state = next
    return { nowMs, event, state, value: typeof value === 'object' ? value : { _tag: String(value) } }
  })
}

function one(store: Steps['TokenStore'], state: TokenStore, nowMs: number, event: TokenEvent) {
  switch (event._tag) {
    case 'Consume':
      return store.consume(state, event.expected, event.presented, nowMs)
    case 'Expire':
      return store.expire(state, nowMs)
    case 'Issue':
      return store.issue(state, nowMs, event.draws)
    default:
      return store.revoke(state, event.token)
  }
}

function nameOf(token: HandoffToken): string {
  return toHex(tokenBytes(token))
}
