/**
 * Faults together: where checks have an order, each of them must win over all that come after it.
 */

/** @internal Every choice of at least two of several faults, merged in their order, and its name. */
export function combinations<A extends object>(
  faults: ReadonlyArray<readonly [what: string, fields: A]>,
): ReadonlyArray<{ readonly what: string; readonly fields: Partial<A> }> {
  return Array.from({ length: 2 ** faults.length }, (_, bits) => faults.filter((_, i) => ((bits >> i) & 1) === 1))
    .filter((chosen) => chosen.length > 1)
    .map((chosen) => ({
      what: `${chosen.map(([what]) => what).join(' and ')} at once`,
      fields: chosen.reduce<Partial<A>>((merged, [, fields]) => ({ ...merged, ...fields }), {}),
    }))
}
