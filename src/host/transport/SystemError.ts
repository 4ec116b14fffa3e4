/**
 * What the platform says went wrong: the operating system, or a runtime in its stead.
 */

/**
 * An error's code, as in `ECONNREFUSED`, and its message.
 *
 * @category model
 * @since 0.1.0
 */
export interface SystemError {
  readonly code: string
  readonly message: string
}

/** @internal Reads whatever was thrown or emitted. */
export function systemError(error: unknown): SystemError {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  return { code: typeof code === 'string' ? code : 'UNKNOWN', message: typeof message === 'string' ? message : String(error) }
}
