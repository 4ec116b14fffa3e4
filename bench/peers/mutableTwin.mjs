/**
 * The steps that keep state, with the state written over in place: the same windows in two generations, the
 * same token store and ACK registry, the same checks in the same order, and native `Map`s to hold them.
 */
import { latin1Of16 } from 'hello-negotiation'

const TOKEN_BYTES = 16
/** A twin's tokens keep their bytes to themselves as ours do. */
const REDACTED = Object.freeze({ toString: () => '<redacted>', toJSON: () => '<redacted>' })

/** A twin of the state under `policy`, as `parsePolicy` gives it. */
export function createMutableTwin(policy) {
  return { ...createLimiter(policy.rateLimit), ...createHandoffs(policy) }
}

function createLimiter({ maxPerWindow, windowMs }) {
  const limit = { maxPerWindow: Math.max(1, maxPerWindow), windowMs: Math.max(1, windowMs) }
  let latestMs = 0
  let young = newGeneration()
  let old = newGeneration()

  const isOver = (openedMs) => latestMs - openedMs >= limit.windowMs

  /** What keeps a pid out, `undefined` where nothing does; what is let in is counted. */
  function admit(pid, nowMs) {
    if (pid === 0) return undefined
    expire(nowMs)
    const window = young.windows.get(pid) ?? openOldWindow(pid)
    if (window === undefined) {
      openWindow(pid)
      return undefined
    }
    if (window.count >= limit.maxPerWindow) {
      const retryAfterMs = Math.max(1, Math.floor(limit.windowMs - (latestMs - window.openedMs)))
      return { _tag: 'RateLimited', pid, limit, retryAfterMs }
    }
    window.count += 1
    return undefined
  }

  function expire(nowMs) {
    if (nowMs > latestMs) latestMs = nowMs
    if (isOver(young.firstOpenedMs)) {
      old = young
      young = newGeneration()
    }
    if (isOver(old.lastOpenedMs)) old = newGeneration()
  }

  function openOldWindow(pid) {
    const window = old.windows.get(pid)
    return window === undefined || isOver(window.openedMs) ? undefined : window
  }

  function openWindow(pid) {
    young.firstOpenedMs = Math.min(young.firstOpenedMs, latestMs)
    young.lastOpenedMs = latestMs
    young.windows.set(pid, { openedMs: latestMs, count: 1 })
  }

  return { admit }
}

function newGeneration() {
  return { firstOpenedMs: Infinity, lastOpenedMs: -Infinity, windows: new Map() }
}

function createHandoffs({ tokenStore: { maxPending, ttlMs, collisionAttempts }, ackDeadlineMs }) {
  // Both hold their entries in the order of their deadlines, because a Map keeps the order of insertion.
  const tokens = new Map()
  const acks = new Map()
  let latestMs = 0

  function grant(serviceName, connectionId, { nowMs, draws }) {
    if (nowMs > latestMs) latestMs = nowMs
    const issued = issue(draws)
    if (typeof issued !== 'string') return { _tag: 'Withheld', error: issued }
    const handoff = { serviceName, backendPid: 0, connectionId }
    acks.set(issued, { handoff, issuedMs: latestMs, deadlineMs: latestMs + ackDeadlineMs })
    return { _tag: 'Granted', token: secretToken(issued), drawsUsed: 1 }
  }

  function issue({ bytes, offset }) {
    for (const [key, deadlineMs] of tokens) {
      if (latestMs < deadlineMs) break
      tokens.delete(key)
    }
    if (tokens.size >= maxPending) return { _tag: 'PendingLimitReached', max: maxPending, drawsUsed: 0 }
    for (let used = 0; used < collisionAttempts; used += 1) {
      const start = offset + used * TOKEN_BYTES
      if (start + TOKEN_BYTES > bytes.length) return { _tag: 'RandomSourceFailed', drawsUsed: used }
      const key = latin1Of16(bytes, start)
      if (tokens.has(key)) continue
      tokens.set(key, latestMs + ttlMs)
      return key
    }
    return { _tag: 'CollisionAttemptsExhausted', attempts: collisionAttempts, drawsUsed: collisionAttempts }
  }

  function acknowledge(token, nowMs) {
    if (nowMs > latestMs) latestMs = nowMs
    const key = token.key()
    const entry = acks.get(key)
    if (entry === undefined) return { _tag: 'Left', left: { _tag: 'TokenNotPending' } }
    const { handoff, issuedMs, deadlineMs } = entry
    acks.delete(key)
    tokens.delete(key)
    return latestMs >= deadlineMs
      ? { _tag: 'Left', left: { _tag: 'AckDeadlineExceeded', handoff, ackDeadlineMs } }
      : { _tag: 'Right', right: { _tag: 'Acknowledged', handoff, waitedMs: latestMs - issuedMs } }
  }

  return { grant, acknowledge }
}

function secretToken(key) {
  return { __proto__: REDACTED, key: () => key }
}
