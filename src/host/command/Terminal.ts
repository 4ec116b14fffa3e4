/**
 * What a subcommand needs of the process it runs in, so that it can be run without one.
 */

/** Standard streams and environment. */
export interface Terminal {
  readonly print: (line: string) => void
  readonly complain: (line: string) => void
  readonly readInput: () => Promise<string>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
}
