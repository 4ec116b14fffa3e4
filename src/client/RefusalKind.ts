/**
 * What a refusal is about, as far as its code says: the kinds that a client has an answer to (SPEC G8).
 *
 * A code without a kind of its own is kept as it came; nothing of a refusal is lost (DIV-G2).
 */
import { ErrorCode } from '../wire/messages/enums.js'

/**
 * The kind of a refusal.
 *
 * @category model
 * @since 0.1.0
 */
export type RefusalKind =
  | { readonly _tag: 'Other'; readonly code: number }
  | { readonly _tag: 'RateLimited' }
  | { readonly _tag: 'ServiceUnknown' }
  | { readonly _tag: 'ShuttingDown' }
  | { readonly _tag: 'VersionBlocked' }
  | { readonly _tag: 'VersionUnsupported' }

/**
 * The kind of a refusal with this code (SPEC G8, DIV-G2).
 *
 * @example
 * import assert from 'node:assert'
 * import { refusalKind } from 'hello-negotiation'
 *
 * assert.deepEqual(refusalKind(4), { _tag: 'RateLimited' })
 * assert.deepEqual(refusalKind(99), { _tag: 'Other', code: 99 })
 *
 * @category constructors
 * @since 0.1.0
 */
export function refusalKind(code: number): RefusalKind {
  switch (code) {
    case ErrorCode.ERROR_VERSION_UNSUPPORTED:
      return { _tag: 'VersionUnsupported' }
    case ErrorCode.ERROR_VERSION_BLOCKED:
      return { _tag: 'VersionBlocked' }
    case ErrorCode.ERROR_SERVICE_UNKNOWN:
      return { _tag: 'ServiceUnknown' }
    case ErrorCode.ERROR_RATE_LIMITED:
      return { _tag: 'RateLimited' }
    case ErrorCode.ERROR_SHUTTING_DOWN:
      return { _tag: 'ShuttingDown' }
    default:
      return { _tag: 'Other', code }
  }
}
