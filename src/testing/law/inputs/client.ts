/**
 * Answers, plans and requests of clients, for fast-check.
 */
import fc from 'fast-check'
import { arbitraryChunkSizes, cut } from '../../arbitrary/bytes.js'
import {
  arbitraryClientRequest, arbitraryExpectation, arbitraryHappened, arbitraryPlanPolicy, arbitraryReplyBytes,
} from '../../arbitrary/client.js'
import type { LawInputs } from '../LawInputs.js'

/** @internal */
export const CLIENT_INPUTS = {
  Planning: fc.record({
    policy: arbitraryPlanPolicy(),
    events: fc.array(fc.record({
      happened: arbitraryHappened(),
      draw: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, -1, 2, Number.NaN)),
      laterMs: fc.constantFrom(0, 0.5, 1, 1_000),
    }), { maxLength: 9 }),
  }),
  ReplyStream: arbitraryExpectation().chain((expected) => fc.tuple(arbitraryReplyBytes(expected), arbitraryChunkSizes())
    .map(([bytes, sizes]) => ({ expected, bytes, chunks: cut(bytes, sizes) }))),
  Request: arbitraryClientRequest(),
  SpoiltRequest: fc.tuple(arbitraryClientRequest(), fc.subarray(Object.keys(SPOILT()) as ReadonlyArray<SpoiltField> as Array<SpoiltField>))
    .map(([fields, spoilt]) => ({ fields: { ...fields, ...only(spoilt) }, spoilt })),
} satisfies { readonly [K in 'Planning' | 'ReplyStream' | 'Request' | 'SpoiltRequest']: fc.Arbitrary<LawInputs[K]> }

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
