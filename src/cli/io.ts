/** What a command reads and writes beside its arguments: everything that a test may want to see or give. */
export interface Io {
  /** Writes to standard output. */
  readonly out: (text: string) => void
  /** Writes to standard error. */
  readonly err: (text: string) => void
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Loads a file, given as an absolute path, and answers what it exports. */
  readonly load: (file: string) => Promise<unknown>
}

/** A program's answer to whoever has called it. */
export const EXIT = { fine: 0, problems: 1, couldNotRun: 2 } as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** A command of the program. */
export interface Command {
  /** One line, for the list of commands. */
  readonly summary: string
  run(args: readonly string[], io: Io): Promise<ExitCode>
}
