/**
 * An arbitrary for each of some kinds of input, by the kind's name.
 */
import type fc from 'fast-check'

/** @internal Each is made when it is first asked for: some take long to make, and a program may need none. */
export type LawArbitraries<Inputs> = { readonly [K in keyof Inputs]: () => fc.Arbitrary<Inputs[K]> }

/** @internal The arbitraries themselves, each made once, when it is first looked at. */
export function lazily<Inputs>(makers: LawArbitraries<Inputs>): { readonly [K in keyof Inputs]: fc.Arbitrary<Inputs[K]> } {
  const lazy = {} as { readonly [K in keyof Inputs]: fc.Arbitrary<Inputs[K]> }
  for (const kind of Object.keys(makers) as Array<keyof Inputs>) {
    let made: fc.Arbitrary<Inputs[typeof kind]> | undefined
    Object.defineProperty(lazy, kind, { enumerable: true, get: () => (made ??= makers[kind]()) })
  }
  return Object.freeze(lazy)
}
