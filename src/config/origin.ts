/** Where a value was written, for messages and reports: a file and its line, a variable, a source in code. */
export interface Origin {
  /** `'app.yaml'`, `'the environment'`, `'objectSource'`. */
  readonly source: string
  /** `'app.yaml, line 3'`, `'environment variable APP_MAIL_HOST'`, or the source alone. */
  readonly text: string
}

export function originOf(source: string, text = source): Origin {
  return Object.freeze({ source, text })
}

/** The source of values that the class itself puts above every other. */
export const FIXED = 'fixed by the class'
