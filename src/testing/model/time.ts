/** @internal The latest instant seen: readings that are no instants count for nothing, and 2^52 is the last one. */
export function later(latestMs: number, nowMs: number): number {
  return Number.isFinite(nowMs) ? Math.min(2 ** 52, Math.max(latestMs, nowMs)) : latestMs
}

/** @internal A limit as the models use it: 1 in place of zero and of what is no limit. */
export function atLeastOne(limit: number): number {
  return limit > 0 ? Math.min(2 ** 52, limit) : 1
}

/** @internal When something that lasts `durationMs` is over, by the end of time at the latest; what lasts too long to be added is over at once. */
export function endOf(startMs: number, durationMs: number): number {
  return durationMs < 2 ** 52 ? Math.min(startMs + durationMs, 2 ** 52) : startMs
}
