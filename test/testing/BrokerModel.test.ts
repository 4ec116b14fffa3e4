/**
 * The whole broker and its naive model: step by step the same, and both the same as the reference.
 */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import {
  answer, Connection, fromHex, handoffToken, type HandoffToken, initialState, isServiceName, parsePolicy, peerIdentity, type Policy, refusalOf,
  reconfigure, toHex, tokenBytes,
} from 'hello-negotiation'
import { ServiceTable, TokenStore } from 'hello-negotiation/step'
import { arbitraryPolicy, BrokerModel, ConnectionModel, REFUSAL_ROWS, WireModel } from 'hello-negotiation/testing'
import { describe, expect, it } from 'vitest'
import { rightOf } from '../support/negotiate.js'
import { anyBytes, type Happening, happening, play, shown, smallPolicy, steadyTime } from '../support/negotiateArbitraries.js'

const hex = (text: string): Uint8Array => fromHex(text) as Uint8Array
const tokenOf = (text: string): HandoffToken => handoffToken(hex(text)) as HandoffToken

/** What the model says to a happening, in the words of the real steps. */
function playModel(model: BrokerModel.BrokerModel, happening: Happening): readonly [BrokerModel.BrokerModel, string] {
  const saying = <A>({ state, value }: { readonly state: BrokerModel.BrokerModel; readonly value: A }): readonly [BrokerModel.BrokerModel, string] =>
    [state, shown(value)]
  switch (happening._tag) {
    case 'abandon':
      return saying(BrokerModel.abandon(model, happening.token))
    case 'acknowledge':
      return saying(BrokerModel.acknowledge(model, happening.token, happening.nowMs))
    case 'consume':
      return saying(BrokerModel.consume(model, happening.expected, happening.presented, happening.nowMs))
    case 'exchange': {
      const { bytes, peer, ambient: { draws, nowMs } } = happening
      const { state, value } = BrokerModel.exchange(model, bytes, peer, nowMs, draws)
      return [state, toHex(value.bytes)]
    }
    case 'expire':
      return saying(BrokerModel.expire(model, happening.nowMs))
    case 'expireAcks':
      return saying(BrokerModel.expireAcks(model, happening.nowMs))
    case 'expireTokens':
      return saying(BrokerModel.expireTokens(model, happening.nowMs))
    case 'hello': {
      const { request: { frame, peer }, ambient: { draws, nowMs } } = happening
      const { state, value } = BrokerModel.answer(model, { _tag: 'Frame', frame }, peer, nowMs, draws)
      return [state, toHex(value.bytes)]
    }
  }
}

/** The real broker's word: for a Hello the bytes of its answer, and else the value of the step. */
function playReal(policy: Policy, state: Parameters<typeof play>[1], happening: Happening): readonly [Parameters<typeof play>[1], string] {
  const { state: next, value } = happening._tag === 'hello'
    ? answer(policy, state, { _tag: 'HelloFrame', frame: happening.request.frame }, happening.request.peer, happening.ambient)
    : play(policy, state, happening)
  const isAnswer = happening._tag === 'hello' || happening._tag === 'exchange'
  return [next, isAnswer ? toHex((value as { readonly bytes: Uint8Array }).bytes) : shown(value)]
}

/** Draws begin where their bytes do: odd places are the token store's own business, and tested there. */
function withSoundDraws(happening: Happening): Happening {
  if (!('ambient' in happening)) return happening
  const { ambient } = happening
  return { ...happening, ambient: { ...ambient, draws: TokenStore.draws(ambient.draws.bytes) } }
}

function observed(state: Parameters<typeof play>[1]): unknown {
  return {
    tokens: TokenStore.pendingCount(state.tokens), limit: state.limiter.limit, next: state.nextConnectionId,
  }
}

function observedModel({ tokens, limiter, nextConnectionId }: BrokerModel.BrokerModel): unknown {
  return { tokens: tokens.pending.length, limit: limiter.limit, next: nextConnectionId }
}

describe('the broker and its model', () => {
  it.each([['a clock that never jumps', steadyTime], ['any clock', undefined]])(
    'say the same to everything that happens, with %s (SPEC §3–§9, C3, C4)', (_, time) => {
      fc.assert(fc.property(smallPolicy, fc.array(happening(time), { maxLength: 30 }), (policy, happenings) => {
        let [state, model] = [initialState(policy), BrokerModel.brokerModel(policy)]
        for (const one of happenings.map(withSoundDraws)) {
          const [nextState, said] = playReal(policy, state, one)
          const [nextModel, expected] = playModel(model, one)
          expect(said).toBe(expected)
          expect(observed(nextState)).toEqual(observedModel(nextModel))
          state = nextState
          model = nextModel
        }
      }), { numRuns: 300 })
    },
  )

  it('take a new policy over the same way (SPEC R3, A6)', () => {
    fc.assert(fc.property(smallPolicy, smallPolicy, fc.array(happening(steadyTime), { maxLength: 12 }), (policy, other, happenings) => {
      const hellos = happenings.map(withSoundDraws)
      let [state, model] = [initialState(policy), BrokerModel.brokerModel(policy)]
      for (const one of hellos) [state, model] = [playReal(policy, state, one)[0], playModel(model, one)[0]]
      const [real, expected] = [reconfigure(state, other), BrokerModel.reconfigure(model, other)]
      expect(real.value).toEqual(expected.value)
      for (const one of hellos) expect(playReal(other, real.state, one)[1]).toBe(playModel(expected.state, one)[1])
    }))
  })

  it('answer under any policy, session tokens and owners among them (SPEC C1, K1, K2, V1–V4)', () => {
    fc.assert(fc.property(arbitraryPolicy(), fc.array(happening(), { maxLength: 8 }), (policy, happenings) => {
      for (const one of happenings.map(withSoundDraws)) {
        expect(playReal(policy, initialState(policy), one)[1]).toBe(playModel(BrokerModel.brokerModel(policy), one)[1])
      }
    }))
  })

  it('hear the same in the bytes of a connection, however far they have come (SPEC F1–F5, C3, C4)', () => {
    fc.assert(fc.property(anyBytes, fc.boolean(), fc.boolean(), (bytes, hasEnded, isOverdue) => {
      const pushed = Connection.push(Connection.connection(0, 5), bytes)
      const waited = isOverdue ? Connection.expire(hasEnded ? Connection.pushEnd(pushed) : pushed, 5) : hasEnded ? Connection.pushEnd(pushed) : pushed
      const { value: event } = Connection.next(waited)
      const opening = ConnectionModel.heard({ bytes: [...bytes], hasEnded, isOverdue })
      expect(opening).toEqual(event._tag === 'HelloFrame' ? { _tag: 'Frame', frame: event.frame }
        : event._tag === 'Failed' ? { _tag: 'Refusal', name: event.error._tag } : { _tag: 'NeedData' })
    }))
  })

  it('have one table of refusals (SPEC E1–E5, H1–H6, R5, L1, V1, V3, K2, C1, C4)', () => {
    const rows = Object.entries(REFUSAL_ROWS).map(([name, [code, reason, retryAfterMs, blame]]) => [name, { code, reason, retryAfterMs, blame }])
    expect(rows).toHaveLength(25)
    for (const [name, row] of rows) expect(refusalOf({ _tag: name, retryAfterMs: 1 } as never)).toEqual(row)
  })
})

interface SessionVector {
  readonly rateLimit: unknown
  readonly ackDeadlineMs: number
  readonly tokenStore: unknown
  readonly backends: ReadonlyArray<ServiceTable.Registration & { readonly serverCapabilities: string & bigint; readonly accepted: boolean }>
  readonly steps: ReadonlyArray<Readonly<Record<string, never>> & { readonly op: string; readonly nowMs: number }>
}

/** The policy of a session; a name that is registered again is replaced (SPEC L2). */
function sessionPolicy({ ackDeadlineMs, backends, rateLimit, tokenStore }: SessionVector): Policy {
  const last = backends.filter(({ accepted, serviceName }, i) => accepted
    && !backends.slice(i + 1).some((later) => later.accepted && later.serviceName === serviceName))
  const services = last.map(({ accepted: _, ...service }) => service)
  return rightOf(parsePolicy({ services, rateLimit, ackDeadlineMs, tokenStore }))
}

/** What the model says to a step of the reference's, and what the reference said. */
function playStep(
  model: BrokerModel.BrokerModel, step: SessionVector['steps'][number],
): { readonly model: BrokerModel.BrokerModel; readonly expected: unknown; readonly got: unknown } {
  const { nowMs } = step
  const { entropy = [], entropyLeft, pid = 0 } = step as { entropy?: ReadonlyArray<string>; entropyLeft?: number; pid?: number }
  const draws = TokenStore.draws(hex(entropy.join('')))
  const field = (name: string): string => String(step[name])
  switch (step.op) {
    case 'abandon': {
      const { state, value } = BrokerModel.abandon(model, tokenOf(field('token')))
      return { model: state, expected: step['serviceName'], got: value?.serviceName ?? null }
    }
    case 'acknowledge': {
      const { state, value } = BrokerModel.acknowledge(model, tokenOf(field('token')), nowMs)
      const got = value._tag === 'Right'
        ? { ok: { serviceName: value.right.handoff.serviceName, backendPid: value.right.handoff.backendPid, waitedMs: value.right.waitedMs } }
        : value.left._tag === 'AckDeadlineExceeded'
          ? { err: value.left._tag, serviceName: value.left.handoff.serviceName, deadlineMs: value.left.ackDeadlineMs }
          : { err: value.left._tag }
      return { model: state, expected: step['result'], got }
    }
    case 'connection': {
      const { state, value } = BrokerModel.exchange(model, hex(field('bytes')), peerIdentity(pid), nowMs, draws)
      return { model: state, expected: [step['response'], entropyLeft], got: [toHex(value.bytes), entropy.length - value.verdict.drawsUsed] }
    }
    case 'consume': {
      const { state, value } = BrokerModel.consume(model, tokenOf(field('expected')), tokenOf(field('presented')), nowMs)
      return { model: state, expected: step['result'], got: value._tag === 'Right' ? 'ok' : value.left._tag }
    }
    case 'expire': {
      const { state, value } = BrokerModel.expireAcks(model, nowMs)
      const expected = (step['expired'] as unknown as ReadonlyArray<{ token: string; serviceName: string }>).map(({ token, serviceName }) => `${token} ${serviceName}`)
      return { model: state, expected: expected.sort(), got: value.map(({ token, handoff }) => `${toHex(tokenBytes(token))} ${handoff.serviceName}`).sort() }
    }
    case 'hello': {
      const frame = WireModel.decode('Frame', hex(field('frame')))
      const opening: ConnectionModel.Heard = frame === undefined ? { _tag: 'Refusal', name: 'MalformedFrame' } : { _tag: 'Frame', frame }
      const { state, value: { verdict } } = BrokerModel.answer(model, opening, peerIdentity(pid), nowMs, draws)
      return {
        model: state, expected: [step['reply'], entropyLeft],
        got: [toHex(WireModel.encode('HelloReply', verdict.reply)), entropy.length - verdict.drawsUsed],
      }
    }
    default: {
      const { state, value } = BrokerModel.expireTokens(model, nowMs)
      return { model: state, expected: step['pruned'], got: value }
    }
  }
}

describe('the model and the reference', () => {
  const lines = readFileSync(new URL('../vectors/sessions.jsonl', import.meta.url), 'utf8').trim().split('\n')
  const sessions = lines.map((line) => JSON.parse(line) as SessionVector)

  it('agree on every session (SPEC §16)', () => {
    let steps = 0
    for (const session of sessions) {
      let model = BrokerModel.brokerModel(sessionPolicy(session))
      for (const step of session.steps) {
        const played = playStep(model, step)
        expect([step.op, played.got]).toEqual([step.op, played.expected])
        model = played.model
        expect({ pendingTokens: model.tokens.pending.length, pendingAcks: model.acks.pending.length }).toEqual(step['after'])
        steps += 1
      }
    }
    expect(sessions).toHaveLength(400)
    expect(steps).toBeGreaterThan(2_000)
    expect(sessions.every(({ backends }) => backends.every(({ accepted, serviceName }) => !accepted || isServiceName(serviceName)))).toBe(true)
  })
})
