/**
 * Where clients wait for a backend that is starting, on a clock that is the test's.
 */
import { backendLink, type BackendLink } from 'hello-negotiation/host/node'
import { describe, expect, it, vi } from 'vitest'
import { type Guest, waitingRoom } from '../../../../src/host/node/handoff/waitingRoom.js'
import { fakeTimers, handClock, pass } from '../clockSupport.js'
import { fakeChannel } from './fakeChannel.js'

const LINK = backendLink(fakeChannel().channel)

/** A link that comes when it is told to, or never, and how many wait for word of it. */
function coming(): PromiseLike<BackendLink> & { readonly settle: (how: 'comes' | 'never will') => void; readonly count: () => number } {
  const waiting: Array<{ readonly kept: (link: BackendLink) => unknown; readonly broken: (why: unknown) => unknown }> = []
  const nobody = (): void => undefined
  return {
    then: (kept, broken) => {
      waiting.push({ kept: kept ?? nobody, broken: broken ?? nobody })
      return new Promise(() => undefined)
    },
    settle: (how) => {
      for (const { kept, broken } of waiting.splice(0)) {
        if (how === 'comes') kept(LINK)
        else broken(new Error('no backend'))
      }
    },
    count: () => waiting.length,
  }
}

interface Hall {
  /** Enters under this name. */
  readonly enter: (name: string, coming: PromiseLike<BackendLink>) => void
  readonly heard: ReadonlyArray<string>
  readonly pass: (ms: number) => void
}

function hall(maxPending = 64): Hall {
  fakeTimers()
  const clock = handClock()
  const heard: Array<string> = []
  const room = waitingRoom({ maxPending, ttlMs: 100 }, clock.read)
  const guest = (name: string): Guest => ({
    admit: () => void heard.push(`${name} in`),
    turnAway: (why) => void heard.push(`${name} ${why}`),
  })
  return { heard, enter: (name, coming) => room.enter(guest(name), coming), pass: (ms) => pass(clock, ms) }
}

describe('a waiting room', () => {
  it('lets all in when the link comes, in the order of entering (law 1, SPEC Q1)', () => {
    const { enter, heard } = hall()
    const link = coming()
    for (const name of ['a', 'b', 'c']) enter(name, link)
    expect(heard).toEqual([])
    link.settle('comes')
    expect(heard).toEqual(['a in', 'b in', 'c in'])
  })

  it('turns away at the very deadline, each at its own, and nobody twice (law 1, SPEC Q1)', () => {
    const { enter, heard, pass } = hall()
    const link = coming()
    enter('a', link)
    pass(40)
    enter('b', link)
    pass(59)
    expect(heard).toEqual([])
    pass(1)
    expect(heard).toEqual(['a late'])
    pass(40)
    link.settle('comes')
    expect(heard).toEqual(['a late', 'b late'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('turns the newcomer away where it is full, and disturbs nobody (law 1, SPEC Q1)', () => {
    const { enter, heard } = hall(1)
    const link = coming()
    enter('a', link)
    enter('b', link)
    expect(heard).toEqual(['b full'])
    link.settle('comes')
    expect(heard).toEqual(['b full', 'a in'])
  })

  it('asks for word of a link once, however many wait for it, and for how long it is in coming', () => {
    const { enter, heard, pass } = hall()
    const link = coming()
    for (let i = 0; i < 1_000; i += 1) {
      enter('x', link)
      pass(10)
    }
    expect(link.count()).toBe(1)
    expect(heard).toHaveLength(991)
    link.settle('comes')
    expect(heard.slice(991)).toEqual(Array(9).fill('x in'))
  })

  it('asks again for a link that has come before, or that would not come then', () => {
    const { enter, heard } = hall()
    const link = coming()
    enter('a', link)
    link.settle('never will')
    enter('b', link)
    link.settle('comes')
    enter('c', link)
    link.settle('comes')
    expect(heard).toEqual(['a in', 'b in', 'c in'])
  })

  it('lets all in by whichever link comes first', () => {
    const { enter, heard } = hall()
    const [one, two] = [coming(), coming()]
    enter('a', one)
    enter('b', two)
    two.settle('comes')
    one.settle('comes')
    expect(heard).toEqual(['a in', 'b in'])
  })
})
