/**
 * Seeded bugs of the rate limit.
 */
import * as E from 'fp-ts/lib/Either.js'
import { OUR_STEPS } from 'hello-negotiation/testing'
import type { Mutant } from '../Mutant.js'

const { RateLimiter } = OUR_STEPS

export const LIMITER_MUTANTS: ReadonlyArray<Mutant> = [
  {
    law: 'LIMITER-1',
    bug: 'one Hello too many is let in',
    steps: {
      RateLimiter: {
        rateLimiter: (limit = RateLimiter.DEFAULT_RATE_LIMIT) =>
          RateLimiter.rateLimiter({ ...limit, maxPerWindow: limit.maxPerWindow + 1 }),
      },
    },
  },
  {
    law: 'LIMITER-2',
    bug: 'all pids share one window',
    steps: {
      RateLimiter: { admit: (limiter, { pid, userId }, nowMs) => RateLimiter.admit(limiter, { pid: Math.min(pid, 1), userId }, nowMs) },
    },
  },
  {
    law: 'LIMITER-3',
    bug: 'pid 0 is a pid like any other',
    steps: {
      RateLimiter: { admit: (limiter, { pid, userId }, nowMs) => RateLimiter.admit(limiter, { pid: pid || 99, userId }, nowMs) },
    },
  },
  {
    law: 'LIMITER-4',
    bug: 'a refusal opens the window anew',
    steps: {
      RateLimiter: {
        admit: (limiter, peer, nowMs) => {
          const { state, value } = RateLimiter.admit(limiter, peer, nowMs)
          if (value._tag === 'Right') return { state, value }
          const { latestMs, limit } = state
          const others = [...RateLimiter.windows(state)].filter(([pid]) => pid !== peer.pid)
            .sort(([, a], [, b]) => a.openedMs - b.openedMs)
          const anew = [peer.pid, { openedMs: latestMs, count: limit.maxPerWindow }] as const
          return { state: RateLimiter.restoreWindows(RateLimiter.rateLimiter(limit), latestMs, [...others, anew]), value }
        },
      },
    },
  },
  {
    law: 'LIMITER-5',
    bug: 'expiring forgets the windows that are still open',
    steps: {
      RateLimiter: {
        expire: (limiter, nowMs) => {
          const { limit, latestMs } = RateLimiter.expire(limiter, nowMs)
          return { ...RateLimiter.rateLimiter(limit), latestMs }
        },
      },
    },
  },
  {
    law: 'LIMITER-6',
    bug: 'the clock is believed when it goes back',
    steps: {
      RateLimiter: {
        admit: (limiter, peer, nowMs) => {
          const latestMs = nowMs >= 0 && nowMs < limiter.latestMs ? nowMs : limiter.latestMs
          return RateLimiter.admit({ ...limiter, latestMs }, peer, nowMs)
        },
      },
    },
  },
  {
    law: 'LIMITER-7',
    bug: 'the hint is the whole window',
    steps: {
      RateLimiter: {
        admit: (limiter, peer, nowMs) => {
          const { state, value } = RateLimiter.admit(limiter, peer, nowMs)
          if (value._tag === 'Right') return { state, value }
          return { state, value: E.left({ ...value.left, retryAfterMs: Math.ceil(value.left.limit.windowMs) }) }
        },
      },
    },
  },
]
