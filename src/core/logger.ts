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
