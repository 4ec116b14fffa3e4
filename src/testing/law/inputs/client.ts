/**
 * Answers, plans and requests of clients, for fast-check.
 */
import fc from 'fast-check'
import type { ReplyExpectation } from '../../../client/ClientHello.js'
import type { ClientRequestFields } from '../../../client/ClientRequest.js'
import type { Happened } from '../../../client/Plan.js'
import type { PlanPolicy } from '../../../client/PlanPolicy.js'
import { arbitraryChunkSizes, cut } from '../../arbitrary/bytes.js'
import {
  arbitraryClientRequest, arbitraryExpectation, arbitraryHappened, arbitraryPlanPolicy, arbitraryReplyBytes,
} from '../../arbitrary/client.js'
import type { CutStream } from './handoff.js'
import type { LawArbitraries } from './LawArbitraries.js'

/**
 * The kinds of input of client laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface ClientInputs {
  readonly Planning: Planning
  readonly ReplyStream: ReplyStream
  /** A request without a fault. */
  readonly Request: ClientRequestFields
  readonly SpoiltRequest: SpoiltRequest
}

/**
 * What comes back for a Hello.
 *
 * @category model
 * @since 0.1.0
 */
export interface ReplyStream extends CutStream {
  readonly expected: ReplyExpectation
}

/**
 * What a plan is asked, one after the other, each so many milliseconds after it may act.
 *
 * @category model
 * @since 0.1.0
 */
export interface Planning {
  readonly policy: PlanPolicy
  readonly events: ReadonlyArray<{ readonly happened: Happened; readonly draw: number; readonly laterMs: number }>
}

/**
 * A request, and which of its fields cannot be.
 *
 * @category model
 * @since 0.1.0
 */
export interface SpoiltRequest {
  readonly fields: ClientRequestFields
  readonly spoilt: ReadonlyArray<string>
}

/** @internal */
export const CLIENT_INPUTS: LawArbitraries<ClientInputs> = {
  Planning: () => fc.record({
    policy: arbitraryPlanPolicy(),
    events: fc.array(fc.record({
      happened: arbitraryHappened(),
      draw: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, -1, 2, Number.NaN)),
      laterMs: fc.constantFrom(0, 0.5, 1, 1_000),
    }), { maxLength: 9 }),
  }),
  ReplyStream: () => arbitraryExpectation().chain((expected) => fc.tuple(arbitraryReplyBytes(expected), arbitraryChunkSizes())
    .map(([bytes, sizes]) => ({ expected, bytes, chunks: cut(bytes, sizes) }))),
  Request: () => arbitraryClientRequest(),
  SpoiltRequest: () => fc.tuple(arbitraryClientRequest(), fc.subarray(Object.keys(SPOILT()) as ReadonlyArray<SpoiltField> as Array<SpoiltField>))
    .map(([fields, spoilt]) => ({ fields: { ...fields, ...only(spoilt) }, spoilt })),
}

type SpoiltField = keyof ReturnType<typeof SPOILT>

/** What no request may say, by the field that says it. */
function SPOILT() {
  return {
    serviceName: 'ZCCache', wantedVersion: 'latest', clientVersion: 'é'.repeat(65), clientLibName: 'x'.repeat(65), keepaliveSecs: -1n,
    minProtocol: 2, peerPid: -1,
  }
}

function only(fields: ReadonlyArray<SpoiltField>): object {
  const all = SPOILT()
  return Object.fromEntries(fields.map((field) => [field, all[field]]))
}
