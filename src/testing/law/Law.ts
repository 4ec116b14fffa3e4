/**
 * A law of the protocol as a value: what it says, which rows of the contract it covers, and a pure check of it.
 *
 * **Laws** of laws
 *  1. A law knows no test library: it is a function of the steps it judges and of one input, and gives the same
 *     answer for the same two.
 *  2. A law is about whatever steps it is given, ours or anybody's with the same signatures.
 *  3. It judges them by something else: a count of its own, a naive model, the words of SPEC.md, or the same steps
 *     on an input that must make no difference.
 *
 * **Not here** where inputs come from: `inputs`. Trying many of them: `checkLaw`.
 */
import type { LawInput, LawInputs } from './LawInputs.js'
import type { Steps } from './Steps.js'

/**
 * What a law is about.
 *
 * @category model
 * @since 0.1.0
 */
export type LawGroup =
  | 'ack' | 'client' | 'codec' | 'connection' | 'deadline' | 'envelope' | 'exchange' | 'framing' | 'handoff' | 'limiter'
  | 'ownership' | 'policy' | 'shape' | 'snapshot' | 'token'

/**
 * A law: its name, what it says in one sentence, and a check of it.
 *
 * @category model
 * @since 0.1.0
 */
export interface Law<K extends LawInput = LawInput> {
  /** Its group and a number, as in `TOKEN-3`. An id is never used again for another law. */
  readonly id: string
  readonly group: LawGroup
  readonly sentence: string
  /** The rows of SPEC.md that it covers. */
  readonly rows: ReadonlyArray<string>
  /** The kind of input that it takes. */
  readonly input: K
  /** What was seen that the law forbids, in words; `undefined` where it holds. */
  readonly breach: (steps: Steps, input: LawInputs[K]) => string | undefined
}

/**
 * A law in a list of laws about different inputs.
 *
 * @category model
 * @since 0.1.0
 */
export type AnyLaw = { readonly [K in LawInput]: Law<K> }[LawInput]

/** @internal A law, with the kind of its input seen from its fields. */
export function law<K extends LawInput>(fields: Law<K>): AnyLaw {
  return Object.freeze({ ...fields, rows: Object.freeze(fields.rows) }) as unknown as AnyLaw
}

/** @internal The breach of a law that forbids what `isForbidden` says, told by `told`. */
export function forbid(isForbidden: boolean, told: () => string): string | undefined {
  return isForbidden ? told() : undefined
}

/** @internal The breach of the first of several things that has one. */
export function firstBreach<A>(several: Iterable<A>, breach: (one: A) => string | undefined): string | undefined {
  for (const one of several) {
    const seen = breach(one)
    if (seen !== undefined) return seen
  }
  return undefined
}
