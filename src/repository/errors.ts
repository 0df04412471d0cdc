import { AmbitError, type CatalogueEntry } from '../core/ambit-error'

/** Errors of repositories. */
export const REPOSITORY_ERRORS = {
  AMBIT_REPOSITORY_INVALID: {
    thrownAs: 'InvalidRepositoryError',
    meaning: 'A @Repository is declared wrongly: an unknown option, an entity or data source that is not there.',
  },
  AMBIT_REPOSITORY_UNBOUND: {
    thrownAs: 'InvalidRepositoryError',
    meaning: 'A repository that the container did not build was used.',
  },
  AMBIT_REPOSITORY_FIELD: {
    thrownAs: 'InvalidRepositoryError',
    meaning: 'A query was declared without `declare`, so that the compiler emitted a field that hides it.',
  },
  AMBIT_REPOSITORY_NO_ID: {
    thrownAs: 'InvalidIdError',
    meaning: 'A method that needs an identifier was given none, or only part of one.',
  },
  AMBIT_REPOSITORY_NOT_FOUND: {
    thrownAs: 'EntityNotFoundError',
    meaning: 'getById() found no row.',
  },
  AMBIT_REPOSITORY_EMPTY_UPDATE: {
    thrownAs: 'EmptyUpdateError',
    meaning: 'update() was given nothing to set.',
  },
} as const satisfies Record<`AMBIT_REPOSITORY_${string}`, CatalogueEntry>

export type RepositoryErrorCode = keyof typeof REPOSITORY_ERRORS

abstract class RepositoryError extends AmbitError<RepositoryErrorCode> {}

/** A repository is declared wrongly, or used without an application. */
export class InvalidRepositoryError extends RepositoryError {}

/** No identifier, or not a whole one. TypeORM would take the first row there is. */
export class InvalidIdError extends RepositoryError {}

/** There is no row with that identifier. */
export class EntityNotFoundError extends RepositoryError {
  constructor(
    readonly entity: string,
    where: string,
  ) {
    super('AMBIT_REPOSITORY_NOT_FOUND', {
      what: `There is no ${entity} with that identifier.`,
      where,
      next: 'Use findById(), which answers null, where a row may be missing.',
    })
  }
}

/** `update()` with nothing to set. */
export class EmptyUpdateError extends RepositoryError {}
