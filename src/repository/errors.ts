import { AmbitError, type CatalogueEntry, type ErrorText } from '../core/ambit-error'

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
  AMBIT_REPOSITORY_FRAGMENT: {
    thrownAs: 'InvalidRepositoryError',
    meaning: 'A fragment of a repository lacks a method that was named, or has one that the repository has itself.',
  },
  AMBIT_REPOSITORY_NO_ID: {
    thrownAs: 'InvalidIdError',
    meaning: 'A method that needs an identifier was given none, or only part of one.',
  },
  AMBIT_REPOSITORY_ENTITY: {
    thrownAs: 'InvalidEntityError',
    meaning: 'A method that writes was given something that is no entity, or no list of entities.',
  },
  AMBIT_REPOSITORY_NOT_FOUND: {
    thrownAs: 'EntityNotFoundError',
    meaning: 'getById() found no row.',
  },
  AMBIT_REPOSITORY_EMPTY_UPDATE: {
    thrownAs: 'EmptyUpdateError',
    meaning: 'update() or updateMany() was given nothing to set.',
  },
  AMBIT_REPOSITORY_CHANGES: {
    thrownAs: 'InvalidChangesError',
    meaning:
      'update() or updateMany() was given something that one UPDATE cannot set: a collection, an unsaved entity.',
  },
  AMBIT_REPOSITORY_SPECIFICATION: {
    thrownAs: 'InvalidSpecificationError',
    meaning: 'A repository was given something that is no specification, or options that its method does not have.',
  },
  AMBIT_REPOSITORY_UNRESTRICTED: {
    thrownAs: 'UnrestrictedWriteError',
    meaning:
      'updateMany(), deleteMany() or an upsert was given a specification that restricts nothing: it would write every row.',
  },
  AMBIT_REPOSITORY_EVENT_ADDED: {
    thrownAs: 'DomainEventError',
    meaning: 'An entity got a further event while its events were being published, which would have been lost.',
  },
  AMBIT_REPOSITORY_OPTIMISTIC_LOCK: {
    thrownAs: 'OptimisticLockError',
    meaning:
      'A versioned row was changed or deleted by somebody else, or its version is not known; nothing was written.',
  },
  AMBIT_REPOSITORY_NO_VERSION: {
    thrownAs: 'InvalidRepositoryError',
    meaning: 'A version was given that is none, or for an entity that has no version column.',
  },
  AMBIT_REPOSITORY_UPSERT: {
    thrownAs: 'InvalidUpsertError',
    meaning:
      'An upsert names properties that are not unique, leaves one of them out, gives the same key twice, lists what it never sets, or has a condition on other rows.',
  },
} as const satisfies Record<`AMBIT_REPOSITORY_${string}`, CatalogueEntry>

export type RepositoryErrorCode = keyof typeof REPOSITORY_ERRORS

abstract class RepositoryError extends AmbitError<RepositoryErrorCode> {}

/** A repository is declared wrongly, or used without an application. */
export class InvalidRepositoryError extends RepositoryError {}

/** No identifier, or not a whole one. TypeORM would take the first row there is. */
export class InvalidIdError extends RepositoryError {}

/** What was to be written is no entity, or no list of entities. A row of nothing but defaults would be stored, if any. */
export class InvalidEntityError extends RepositoryError {}

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

/** `update()` or `updateMany()` with nothing to set. */
export class EmptyUpdateError extends RepositoryError {}

/** Changes that one UPDATE cannot make. */
export class InvalidChangesError extends RepositoryError {}

/** No specification, or options that do not exist. TypeORM would ignore them, and answer every row. */
export class InvalidSpecificationError extends RepositoryError {}

/** A write that would change or delete every row, without saying so. */
export class UnrestrictedWriteError extends RepositoryError {}

/** The events of an entity cannot all be published. */
export class DomainEventError extends RepositoryError {}
/** An upsert that no unique constraint decides. Nothing was sent. */
export class InvalidUpsertError extends RepositoryError {
  constructor(what: string, where: string, next: string) {
    super('AMBIT_REPOSITORY_UPSERT', { what, where, next })
  }
}

/** Somebody else has changed or deleted rows since they were loaded. Nothing was written. */
export class OptimisticLockError extends RepositoryError {
  private constructor(
    text: ErrorText,
    readonly entity: string,
    /** How many rows were to be written. */
    readonly expected: number,
    /** How many of them are still as they were loaded. */
    readonly actual: number,
  ) {
    super('AMBIT_REPOSITORY_OPTIMISTIC_LOCK', text)
  }

  /** @internal */
  static stale(entity: string, where: string, expected: number, actual: number): OptimisticLockError {
    const what = `Of ${String(expected)} ${entity} to be written, ${String(actual)} ${actual === 1 ? 'is' : 'are'} still of the version that was loaded.`
    const next =
      'Load again, apply the change to what is there now, and save that; or tell the user that somebody was quicker.'
    return new OptimisticLockError({ what, where, next }, entity, expected, actual)
  }

  /** @internal */
  static unknown(entity: string, where: string, rows: number): OptimisticLockError {
    const what = `${String(rows)} ${entity} ${rows === 1 ? 'has' : 'have'} a row, but no version: what it would overwrite is not known.`
    const next =
      'Load the entity, change it and save it; or use update(id, changes) or deleteById(id), which do not ask.'
    return new OptimisticLockError({ what, where, next }, entity, rows, 0)
  }
}
