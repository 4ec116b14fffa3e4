/**
 * What a subcommand needs of the process it runs in, so that it can be run without one.
 */

/** How lines of a log are written. */
export type LogFormat = 'json' | 'text'

/** Standard streams and environment. */
export interface Terminal {
  /** Prints a line that must not be lost. */
  readonly print: (line: string) => void
  /** Writes a line that is not worth waiting for; one of JSON has its time in it. */
  readonly log: (line: string, format?: LogFormat) => void
  readonly complain: (line: string) => void
  readonly readInput: () => Promise<string>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  /** Whose process it is, where the platform has users by number. */
  readonly userId: string | undefined
}
