import { AmbitError, type CatalogueEntry } from '../core/ambit-error'

/** Errors of starting and closing applications. */
export const APPLICATION_ERRORS = {
  AMBIT_BOOTSTRAP_OPTIONS: {
    thrownAs: 'InvalidBootstrapOptionsError',
    meaning: 'bootstrap() was given an unknown or contradictory option.',
  },
  AMBIT_BOOTSTRAP_INITIALIZER: {
    thrownAs: 'InitializerError',
    meaning: 'A database initializer failed; nothing was started.',
  },
  AMBIT_APPLICATION_CLOSE: {
    thrownAs: 'ApplicationCloseError',
    meaning: 'Parts of an application could not be closed; all the others were.',
  },
} as const satisfies Record<`AMBIT_${'BOOTSTRAP' | 'APPLICATION'}_${string}`, CatalogueEntry>

export type ApplicationErrorCode = keyof typeof APPLICATION_ERRORS

/** The options of `bootstrap()` are wrong. */
export class InvalidBootstrapOptionsError extends AmbitError<ApplicationErrorCode> {}

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
        what: `${failures.length === 1 ? 'One part' : `${failures.length} parts`} of the application '${name}' could not be closed.`,
        where: 'app.close()',
        next: 'See failures; everything else is closed.',
      },
      { cause: failures[0] },
    )
  }
}
