/**
 * A text that notes which of its characters somebody reads: to show that a comparison looks at all
 * of them, without measuring time.
 */
export interface CountingReads {
  /** Stands in for a string; only `length` and `charCodeAt` work. */
  readonly text: unknown
  /** The places read so far, in order. */
  readonly reads: () => ReadonlyArray<number>
}

export function countingReads(text: string): CountingReads {
  const places: Array<number> = []
  const charCodeAt = (place: number): number => {
    places.push(place)
    return text.charCodeAt(place)
  }
  return { text: { length: text.length, charCodeAt }, reads: () => places }
}
