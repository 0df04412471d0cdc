/** Where Ambit writes what has no caller to be thrown at: after-hook errors, late work, warnings. */
export interface Logger {
  info(message: string): void
  warn(message: string): void
  error(message: string, error?: unknown): void
}

/** Writes warnings and errors to the console, and keeps information to itself. */
export const consoleLogger: Logger = Object.freeze({
  info: () => undefined,
  warn: (message: string) => {
    console.warn(message)
  },
  error: (message: string, error?: unknown) => {
    if (error === undefined) console.error(message)
    else console.error(message, error)
  },
})

/** The same, for who has asked for information. */
export const outspokenConsoleLogger: Logger = Object.freeze({
  ...consoleLogger,
  info: (message: string) => {
    console.info(message)
  },
})

/**
 * The same logger, unable to fail: it is called in the midst of commits and closings, which must go on. What it could not
 * write goes to the console.
 */
export function guarded(logger: Logger): Logger {
  return Object.freeze({
    info: guard<[string]>(
      (...line) => logger.info(...line),
      (...line) => consoleLogger.info(...line),
    ),
    warn: guard<[string]>(
      (...line) => logger.warn(...line),
      (...line) => consoleLogger.warn(...line),
    ),
    error: guard<[string, unknown?]>(
      (...line) => logger.error(...line),
      (...line) => consoleLogger.error(...line),
    ),
  })
}

function guard<Line extends unknown[]>(
  write: (...line: Line) => void,
  instead: (...line: Line) => void,
): (...line: Line) => void {
  return (...line) => {
    try {
      write(...line)
    } catch (failure) {
      consoleLogger.error('The logger failed; the console is told instead.', failure)
      instead(...line)
    }
  }
}
