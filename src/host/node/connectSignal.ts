/**
 * Many waits on one signal: past ten listeners Node warns of a leak, and a signal that ends a whole
 * program may well be shared by more.
 *
 * **State** who waits on which signal.
 *
 * **Laws**
 *  1. A signal that somebody waits on has one listener of ours, any other has none.
 */

const waits = new WeakMap<AbortSignal, Set<() => void>>()

/** Calls `then` when the signal is aborted, unless the function that this gives has been called by then. */
export function onAbort(signal: AbortSignal, then: () => void): () => void {
  const waiting = waits.get(signal) ?? new Set()
  if (waiting.size === 0) {
    waits.set(signal, waiting)
    signal.addEventListener('abort', wake)
  }
  waiting.add(then)
  return () => {
    waiting.delete(then)
    if (waiting.size === 0) signal.removeEventListener('abort', wake)
  }
}

function wake({ target }: Event): void {
  for (const then of [...(waits.get(target as AbortSignal) ?? [])]) then()
}
