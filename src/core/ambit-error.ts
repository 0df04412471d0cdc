import { visibleText } from './visible-text'

/** What an error says to a person: what happened, where, and the next step. Never parameter values, tokens or passwords. */
export interface ErrorText {
  /** One sentence: what happened. */
  readonly what: string
  /** The method, component, query or data source concerned, where one is known. */
  readonly where?: string | undefined
  /** One sentence in the imperative: what to do about it. */
  readonly next: string
}

/** One row of the error catalogue; `docs/reference/errors.md` holds the same rows and a test compares them. */
export interface CatalogueEntry {
  /** The name of the class a caller can catch. */
  readonly thrownAs: string
  /** When this code appears. */
  readonly meaning: string
}

const BRAND = Symbol.for('ambit.error')

/**
 * The base of every error Ambit throws: a stable `code`, a message with what, where and next step, the original in `cause`.
 *
 * Catch the subclasses, or compare `code`; use {@link isAmbitError} where two copies of the package may meet.
 *
 * @example
 * try { await orders.place(cart) }
 * catch (error) { if (isAmbitError(error) && error.code === 'AMBIT_TX_UNEXPECTED_ROLLBACK') await tellTheUser(); else throw error }
 */
export abstract class AmbitError<Code extends string = string> extends Error {
  readonly code: Code

  constructor(code: Code, text: ErrorText, options: { cause?: unknown } = {}) {
    super(messageOf(code, text), 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true })
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/**
 * Tells Ambit's errors from all others, also across copies of the package.
 *
 * @example
 * import { isAmbitError } from 'ambit'
 * if (isAmbitError(error) && error.code === 'AMBIT_DATA_SOURCE_UNREACHABLE') response.status(503)
 */
export function isAmbitError(value: unknown): value is AmbitError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
}

/** The message of an error, or of one problem in an error's list. */
export function messageOf(code: string, { what, where, next }: ErrorText): string {
  const lines = [`${what} [${code}]`]
  if (where !== undefined) lines.push(`  where: ${where}`)
  lines.push(`  next:  ${next}`)
  return visibleText(lines.join('\n'))
}
