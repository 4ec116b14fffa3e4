/**
 * What a subcommand needs of the process it runs in, so that it can be run without one.
 */

/** Standard streams and environment. */
export interface Terminal {
  /** Prints a line that must not be lost. */
  readonly print: (line: string) => void
  /** Writes a line that is not worth waiting for. */
  readonly log: (line: string) => void
  readonly complain: (line: string) => void
  readonly readInput: () => Promise<string>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
}
