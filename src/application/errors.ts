import { AmbitError, type CatalogueEntry } from '../core/ambit-error'

/** Errors of starting and closing applications. */
export const APPLICATION_ERRORS = {
  AMBIT_BOOTSTRAP_OPTIONS: {
    thrownAs: 'InvalidBootstrapOptionsError',
    meaning: 'bootstrap() was given an unknown or contradictory option.',
  },
  AMBIT_BOOTSTRAP_INVALID: {
    thrownAs: 'StartUpError',
    meaning: 'The application cannot start; the error lists every problem of its queries, boundaries and components.',
  },
  AMBIT_BOOTSTRAP_INITIALIZER: {
    thrownAs: 'InitializerError',
    meaning: 'A database initializer failed; nothing was started.',
  },
  AMBIT_APPLICATION_CLOSE: {
    thrownAs: 'ApplicationCloseError',
    meaning: 'Parts of an application could not be closed, or running work had to be rolled back; all else is closed.',
  },
} as const satisfies Record<`AMBIT_${'BOOTSTRAP' | 'APPLICATION'}_${string}`, CatalogueEntry>

export type ApplicationErrorCode = keyof typeof APPLICATION_ERRORS

/** The options of `bootstrap()` are wrong. */
export class InvalidBootstrapOptionsError extends AmbitError<ApplicationErrorCode> {}

/** One thing that keeps an application from starting. Its other fields are those of the error or problem of that code. */
export interface StartUpProblem {
  /** A code of the area concerned: `AMBIT_QUERY_…`, `AMBIT_REPOSITORY_…`, `AMBIT_TX_…`, `AMBIT_DI_…`. */
  readonly code: string
  readonly message: string
}

/** The application cannot start: `problems` lists everything that is wrong, of every area. Nothing was run or built. */
export class StartUpError extends AmbitError<ApplicationErrorCode> {
  declare readonly problems: readonly StartUpProblem[]

  constructor(problems: readonly StartUpProblem[]) {
    super('AMBIT_BOOTSTRAP_INVALID', {
      what: `The application cannot start: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}.`,
      next: `Correct the following; no SQL was sent, and nothing has been built.${problems.map(listed).join('')}`,
    })
    // The message has them all: printed as a field too, each would be seen twice.
    Object.defineProperty(this, 'problems', { value: Object.freeze([...problems]), enumerable: false })
  }
}

/** A database initializer failed. */
export class InitializerError extends AmbitError<ApplicationErrorCode> {}

/** What failed while an application closed. */
export class ApplicationCloseError extends AmbitError<ApplicationErrorCode> {
  constructor(
    name: string,
    readonly failures: readonly unknown[],
  ) {
    super(
      'AMBIT_APPLICATION_CLOSE',
      {
        what: `${failures.length === 1 ? 'One thing' : `${failures.length} things`} went wrong while the application '${name}' was closing.`,
        where: 'app.close()',
        next: 'See failures; everything else is closed.',
      },
      { cause: failures[0] },
    )
  }
}

function listed({ message }: StartUpProblem, index: number): string {
  return `\n  ${index + 1}. ${message.replaceAll('\n', '\n   ')}`
}
