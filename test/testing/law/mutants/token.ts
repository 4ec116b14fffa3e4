/**
 * Seeded bugs of handoff tokens.
 */
import * as E from 'fp-ts/lib/Either.js'
import { handoffToken, tokenBytes, toHex } from 'hello-negotiation'
import { OUR_STEPS } from 'hello-negotiation/testing'
import type { Mutant } from '../Mutant.js'

const { HandoffToken, TokenStore } = OUR_STEPS

/** What is kept outside of any state by one of the bugs. */
const spent = new Set<string>()

export const TOKEN_MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'TOKEN-1',
    bug: 'consume forgets to remove the token',
    steps: {
      TokenStore: {
        consume: (store, expected, presented, nowMs) => {
          const { value, state } = TokenStore.consume(store, expected, presented, nowMs)
          return { value, state: value._tag === 'Right' ? store : state }
        },
      },
    },
  },
  {
    law: 'TOKEN-2',
    bug: 'the limit is one too high',
    steps: {
      TokenStore: {
        issue: (store, nowMs, draws) => {
          const { limits } = store
          const roomy = { ...store, limits: { ...limits, maxPending: limits.maxPending + 1 } }
          const { value, state } = TokenStore.issue(roomy, nowMs, draws)
          return { value, state: { ...state, limits } }
        },
      },
    },
  },
  {
    law: 'TOKEN-3',
    bug: 'a store wants a draw before it looks at whether it is full',
    steps: {
      TokenStore: {
        issue: (store, nowMs, draws) => (draws.bytes.length - draws.offset < 16
          ? { state: TokenStore.expire(store, nowMs).state, value: E.left({ _tag: 'RandomSourceFailed', drawsUsed: 0 }) }
          : TokenStore.issue(store, nowMs, draws)),
      },
    },
  },
  {
    law: 'TOKEN-3',
    bug: 'tokens that have expired still take up room',
    steps: {
      TokenStore: {
        issue: (store, nowMs, draws) => (TokenStore.pendingCount(store) >= store.limits.maxPending
          ? { state: store, value: E.left({ _tag: 'PendingLimitReached', max: store.limits.maxPending, drawsUsed: 0 }) }
          : TokenStore.issue(store, nowMs, draws)),
      },
    },
  },
  {
    law: 'TOKEN-4',
    bug: 'only the draws that collided are counted',
    steps: {
      TokenStore: {
        issue: (store, nowMs, draws) => {
          const { state, value } = TokenStore.issue(store, nowMs, draws)
          if (value._tag === 'Left') return { state, value }
          return { state, value: E.right({ ...value.right, drawsUsed: value.right.drawsUsed - 1 }) }
        },
      },
    },
  },
  {
    law: 'TOKEN-4',
    bug: 'there is one try too many',
    steps: {
      TokenStore: {
        tokenStore: (limits = TokenStore.DEFAULT_TOKEN_LIMITS) =>
          TokenStore.tokenStore({ ...limits, collisionAttempts: limits.collisionAttempts + 1 }),
      },
    },
  },
  {
    law: 'TOKEN-5',
    bug: 'a draw is not held against what is pending',
    steps: {
      TokenStore: {
        issue: (store, nowMs, draws) => {
          const drawn = handoffToken(draws.bytes.slice(draws.offset, draws.offset + 16))
          return TokenStore.issue(drawn === undefined ? store : TokenStore.revoke(store, drawn).state, nowMs, draws)
        },
      },
    },
  },
  {
    law: 'TOKEN-6',
    bug: 'a mismatch burns the token that was expected',
    steps: {
      TokenStore: {
        consume: (store, expected, presented, nowMs) => {
          const { state, value } = TokenStore.consume(store, expected, presented, nowMs)
          const isMismatch = value._tag === 'Left' && value.left._tag === 'TokenMismatch'
          return { state: isMismatch ? TokenStore.revoke(state, expected).state : state, value }
        },
      },
    },
  },
  {
    law: 'TOKEN-6',
    bug: 'a mismatch burns the token that was presented',
    steps: {
      TokenStore: {
        consume: (store, expected, presented, nowMs) => {
          const { state, value } = TokenStore.consume(store, expected, presented, nowMs)
          return { state: value._tag === 'Left' ? TokenStore.revoke(state, presented).state : state, value }
        },
      },
    },
  },
  {
    law: 'TOKEN-7',
    bug: 'at its very expiry a token is still good',
    steps: {
      TokenStore: {
        consume: (store, expected, presented, nowMs) =>
          TokenStore.consume(store, expected, presented, nowMs === TokenStore.nextDeadlineMs(store) ? nowMs - 0.25 : nowMs),
      },
    },
  },
  {
    law: 'TOKEN-7',
    bug: 'a clock that goes back brings tokens back',
    steps: {
      TokenStore: {
        consume: (store, expected, presented, nowMs) => TokenStore.consume({ ...store, latestMs: 0 }, expected, presented, nowMs),
      },
    },
  },
  {
    law: 'TOKEN-8',
    bug: 'taking back says yes, whatever was pending',
    steps: { TokenStore: { revoke: (store, token) => ({ ...TokenStore.revoke(store, token), value: true }) } },
  },
  {
    law: 'TOKEN-8',
    bug: 'taking back only says so',
    steps: { TokenStore: { revoke: (store, token) => ({ ...TokenStore.revoke(store, token), state: store }) } },
  },
  {
    law: 'TOKEN-9',
    bug: 'expiring tells how many are left',
    steps: {
      TokenStore: {
        expire: (store, nowMs) => {
          const { state } = TokenStore.expire(store, nowMs)
          return { state, value: TokenStore.pendingCount(state) }
        },
      },
    },
  },
  {
    law: 'TOKEN-10',
    bug: 'tokens that were consumed are kept outside of the state',
    steps: {
      TokenStore: {
        tokenStore: (limits) => {
          spent.clear()
          return TokenStore.tokenStore(limits)
        },
        consume: (store, expected, presented, nowMs) => {
          const name = toHex(tokenBytes(expected))
          const { state, value } = TokenStore.consume(store, expected, presented, nowMs)
          if (value._tag === 'Right' && spent.has(name)) return { state, value: E.left({ _tag: 'TokenNotPending' }) }
          if (value._tag === 'Right') spent.add(name)
          return { state, value }
        },
      },
    },
  },
  {
    law: 'TOKEN-11',
    bug: 'the first 16 bytes are taken for the token',
    steps: {
      TokenStore: {
        accept: (store, expected, presented, nowMs) => TokenStore.accept(store, expected, presented.slice(0, 16), nowMs),
      },
    },
  },
  {
    law: 'TOKEN-11',
    bug: 'bytes that are no token burn the token that was expected',
    steps: {
      TokenStore: {
        accept: (store, expected, presented, nowMs) => {
          const { state, value } = TokenStore.accept(store, expected, presented, nowMs)
          return { state: value._tag === 'Left' ? TokenStore.revoke(state, expected).state : state, value }
        },
      },
    },
  },
  {
    law: 'TOKEN-12',
    bug: 'JSON has the bytes, so that a snapshot may hold them',
    steps: {
      HandoffToken: {
        handoffToken: (bytes) => {
          const token = HandoffToken.handoffToken(bytes)
          return token && Object.defineProperty(token, 'toJSON', { value: () => toHex(bytes) })
        },
      },
    },
  },
  {
    law: 'TOKEN-13',
    bug: 'tokens are compared as they print',
    steps: { HandoffToken: { sameToken: (a, b) => String(a) === String(b) } },
  },
  {
    law: 'TOKEN-13',
    bug: 'the last byte is not compared',
    steps: {
      HandoffToken: {
        sameToken: (a, b) => {
          const [left, right] = [a, b].map((token) => toHex(HandoffToken.tokenBytes(token).slice(0, 15)))
          return left === right
        },
      },
    },
  },
]
