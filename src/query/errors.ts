import { AmbitError, type CatalogueEntry, type ErrorText } from '../core/ambit-error'

/** Errors about declared queries: their text, names, parameters, pages and results. */
export const QUERY_ERRORS = {
  AMBIT_QUERY_SYNTAX: {
    thrownAs: 'QuerySyntaxError',
    meaning: 'A where expression or an order by cannot be read; the message shows where and what was expected.',
  },
  AMBIT_QUERY_LIMIT: {
    thrownAs: 'QuerySyntaxError',
    meaning: 'A where expression is longer, deeper or has more terms than its parser allows.',
  },
  AMBIT_QUERY_SQL_UNTERMINATED: {
    thrownAs: 'QuerySyntaxError',
    meaning: 'A raw SQL text opens a quote or a comment and never closes it.',
  },
  AMBIT_QUERY_SQL_STATEMENTS: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'A raw SQL text holds no statement, or more than one.',
  },
  AMBIT_QUERY_SQL_INVALID: {
    thrownAs: 'InvalidSqlError',
    meaning:
      'The database refuses to prepare a statement of a repository: `validateSql` found it before anything was run.',
  },
  AMBIT_QUERY_SQL_COPY: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'Raw SQL is a COPY whose rows come from the client, or go to it.',
  },
  AMBIT_QUERY_SQL_MARK: {
    thrownAs: 'QueryDeclarationError',
    meaning: "A raw SQL text holds a placeholder of the driver's own ($1, ?) beside named parameters.",
  },
  AMBIT_QUERY_INVALID_NODE: {
    thrownAs: 'InvalidQueryNodeError',
    meaning: 'A query was built in code from a part that means nothing: an empty path, a NaN, a group of one.',
  },
  AMBIT_QUERY_TOO_LARGE: {
    thrownAs: 'InvalidQueryNodeError',
    meaning: 'A query that was built in code nests deeper, or has more conditions, than databases take.',
  },
  AMBIT_QUERY_OPTION: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'An option of a query or of its parser has a value it cannot have.',
  },
  AMBIT_QUERY_DERIVED_NAME: {
    thrownAs: 'DerivedNameError',
    meaning:
      'The name of a query method follows no rule of derived names (no verb, a bare direction, two OrderBy …), or is that of a method of CrudRepository.',
  },
  AMBIT_QUERY_OPERATOR_TYPE: {
    thrownAs: 'DerivedNameError',
    meaning: 'The name of a query method applies an operator to a property of a type that it does not fit.',
  },
  AMBIT_QUERY_OPERATOR: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'A where expression applies an operator to a property of a type that it does not fit.',
  },
  AMBIT_QUERY_UNKNOWN_PROPERTY: {
    thrownAs: 'UnknownPropertyError',
    meaning: 'A query, a sort or a derived name uses a property that the entity does not have.',
  },
  AMBIT_QUERY_COLLECTION: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'A query compares a collection as if it were one value, or asks a property what only collections answer.',
  },
  AMBIT_QUERY_AGGREGATE: {
    thrownAs: 'QueryDeclarationError',
    meaning:
      'An aggregation has no values, a name that cannot be one, a function that its property does not fit, or a `having` that asks what groups cannot answer.',
  },
  AMBIT_QUERY_INVALID_SORT: {
    thrownAs: 'InvalidSortError',
    meaning: 'A sort has a direction other than ASC and DESC, or a key that cannot be a property.',
  },
  AMBIT_QUERY_SORT_ON_SQL: {
    thrownAs: 'InvalidSortError',
    meaning: 'A sort was passed to a raw SQL query, whose text decides the order.',
  },
  AMBIT_QUERY_INVALID_PAGE: {
    thrownAs: 'InvalidPageError',
    meaning: 'A page number, page size or total is negative, no whole number, or above the limit.',
  },
  AMBIT_QUERY_PAGE_MISSING: {
    thrownAs: 'InvalidPageError',
    meaning:
      'A query with the result page, slice or window was called, or is declared as a method, without its PageRequest or WindowRequest.',
  },
  AMBIT_QUERY_INVALID_CURSOR: {
    thrownAs: 'InvalidCursorError',
    meaning: 'A cursor was not made by this application for this query with these arguments and this sort.',
  },
  AMBIT_QUERY_CURSOR_KEY: {
    thrownAs: 'CursorKeyError',
    meaning:
      'A row of a window has a sort key that no cursor can hold: it is too long, of no type that a key has, or missing where the entity says that it never is.',
  },
  AMBIT_QUERY_KIND_MISMATCH: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'The result kind does not fit the query: a derived name of another kind, a page of a write, and so on.',
  },
  AMBIT_QUERY_PARAMETER_MISSING: {
    thrownAs: 'QueryParameterError',
    meaning: 'The query has a parameter that the call or the method does not supply.',
  },
  AMBIT_QUERY_PARAMETER_UNUSED: {
    thrownAs: 'QueryParameterError',
    meaning: 'The call or the method supplies a parameter that the query does not have.',
  },
  AMBIT_QUERY_PARAMETER_MEMBER: {
    thrownAs: 'QueryParameterError',
    meaning: 'A parameter that is looked for in a collection (contains) is no entity with a key, and no key.',
  },
  AMBIT_QUERY_PARAMETER_UNKNOWN: {
    thrownAs: 'QueryParameterError',
    meaning: 'The options of a query name a parameter that its text does not have.',
  },
  AMBIT_QUERY_PARAMETER_LIST: {
    thrownAs: 'QueryParameterError',
    meaning:
      'A parameter that stands for a list (in, not in) was given no array, or stands for a single value elsewhere; or the method that declares the query takes the other one.',
  },
  AMBIT_QUERY_VALUE: {
    thrownAs: 'QueryValueError',
    meaning: 'A condition compares a property with a value, or in a way, that its column does not take.',
  },
  AMBIT_QUERY_NOT_ALLOWED: {
    thrownAs: 'PropertyNotAllowedError',
    meaning: 'A filter or sort from outside uses a property that nobody has opened to it.',
  },
  AMBIT_QUERY_INPUT: {
    thrownAs: 'QueryInputError',
    meaning: 'The filter, sort, limit or offset of a request is no text or whole number, or a number beyond its limit.',
  },
  AMBIT_QUERY_NO_ENTITY: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'A query over properties stands on a class that no entity is known for.',
  },
  AMBIT_QUERY_ENTITY: {
    thrownAs: 'QueryDeclarationError',
    meaning:
      'A query of Query.of(Entity) stands in a repository of another entity, or its data source does not map it.',
  },
  AMBIT_QUERY_SOURCES: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'A query has no source (where, sql, a derived name), or two of them; or a member has two queries.',
  },
  AMBIT_QUERY_RESULT_SIZE: {
    thrownAs: 'IncorrectResultSizeError',
    meaning: 'A query for one row found several.',
  },
  AMBIT_QUERY_EMPTY_RESULT: {
    thrownAs: 'EmptyResultError',
    meaning: 'A query for a required row found none.',
  },
  AMBIT_QUERY_UNBOUND: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'A declared query was called on an object that the container did not build.',
  },
  AMBIT_QUERY_LOCK: {
    thrownAs: 'QueryDeclarationError',
    meaning:
      'A lock is asked for where it cannot be had: for what is no row (a count, a page, a window, a stream, `select`), over eager relations, or on SQLite.',
  },
  AMBIT_QUERY_LOCK_SCOPE: {
    thrownAs: 'LockScopeError',
    meaning: 'A query that locks rows was called outside a read-write transaction.',
  },
  AMBIT_QUERY_ROWS_LOST: {
    thrownAs: 'RowsLostError',
    meaning:
      'Fewer rows came back from a write of many than were given, or not in their order: a trigger or a rule has dropped or changed some, or a sequence has begun anew.',
  },
  AMBIT_QUERY_UNSUPPORTED: {
    thrownAs: 'QueryDeclarationError',
    meaning: 'A query asks for something that is not supported yet.',
  },
  AMBIT_QUERY_INVALID: {
    thrownAs: 'QueryValidationError',
    meaning: 'A repository that a factory made has declared queries that cannot work; the error lists them all.',
  },
} as const satisfies Record<`AMBIT_QUERY_${string}`, CatalogueEntry>

export type QueryErrorCode = keyof typeof QUERY_ERRORS

/** A place in a query's text. */
export interface SourcePosition {
  /** 0-based, in UTF-16 units as strings count them. */
  readonly index: number
  /** 1-based. */
  readonly line: number
  /** 1-based, in UTF-16 units. */
  readonly column: number
}

/** A query's text cannot be read. */
export class QuerySyntaxError extends AmbitError<QueryErrorCode> {
  /** Where the mistake begins. */
  readonly position: SourcePosition
  /** What could have stood there; empty where that is no list. */
  readonly expected: readonly string[]

  constructor(
    code: QueryErrorCode,
    text: ErrorText,
    facts: { readonly position: SourcePosition; readonly expected?: readonly string[] },
  ) {
    super(code, text)
    this.position = facts.position
    this.expected = facts.expected ?? []
  }
}

/** A query's declaration contradicts itself or lacks a part. */
export class QueryDeclarationError extends AmbitError<QueryErrorCode> {}

/** A statement that the database refuses to prepare, found by `validateSql`. */
export class InvalidSqlError extends AmbitError<QueryErrorCode> {
  /** The database's own code: an SQLSTATE, or `SQLITE_…`. */
  readonly databaseCode: string | undefined
  /** Where the statement, as it is sent, goes wrong; `undefined` where the database does not tell. */
  readonly position: SourcePosition | undefined

  constructor(
    text: ErrorText,
    facts: { readonly databaseCode: string | undefined; readonly position: SourcePosition | undefined },
  ) {
    super('AMBIT_QUERY_SQL_INVALID', text)
    this.databaseCode = facts.databaseCode
    this.position = facts.position
  }
}

/** A query node was built in code from parts that mean nothing. */
export class InvalidQueryNodeError extends AmbitError<QueryErrorCode> {}

/** The name of a query method cannot be read as a query. */
export class DerivedNameError extends AmbitError<QueryErrorCode> {
  constructor(
    code: QueryErrorCode,
    text: ErrorText,
    /** The method's name. */
    readonly methodName: string,
  ) {
    super(code, text)
  }
}

/** A property that the entity does not have. */
export class UnknownPropertyError extends AmbitError<QueryErrorCode> {
  readonly entity: string
  /** The property as it was written. */
  readonly property: string
  /** Properties with a similar name, nearest first. */
  readonly suggestions: readonly string[]

  constructor(
    text: ErrorText,
    facts: { readonly entity: string; readonly property: string; readonly suggestions: readonly string[] },
  ) {
    super('AMBIT_QUERY_UNKNOWN_PROPERTY', text)
    this.entity = facts.entity
    this.property = facts.property
    this.suggestions = facts.suggestions
  }
}

/** A sort that cannot be applied. */
export class InvalidSortError extends AmbitError<QueryErrorCode> {}

/** A page that cannot exist, or a page request that is missing. */
export class InvalidPageError extends AmbitError<QueryErrorCode> {}

/** A cursor that is not taken. It says nothing about why: whoever tries cursors out learns nothing from it. */
export class InvalidCursorError extends AmbitError<QueryErrorCode> {
  constructor(where?: string) {
    super('AMBIT_QUERY_INVALID_CURSOR', {
      what: 'The cursor is not valid here.',
      ...(where !== undefined && { where }),
      next: 'Begin again without a cursor, and pass on cursors as they came, with the same filter and sort.',
    })
  }
}

/** A row's sort keys do not go into a cursor. */
export class CursorKeyError extends AmbitError<QueryErrorCode> {
  constructor(what: string, where: string, next = 'Sort by a property of another type, or by a shorter one.') {
    super('AMBIT_QUERY_CURSOR_KEY', { what, where, next })
  }
}

/** The parameters of a query and of its method or call differ. */
export class QueryParameterError extends AmbitError<QueryErrorCode> {
  constructor(
    code: QueryErrorCode,
    text: ErrorText,
    /** The parameters concerned, by name or by number. */
    readonly parameters: readonly string[],
  ) {
    super(code, text)
  }
}

/** A property is compared with a value, or in a way, that its column does not take. The value is not told. */
export class QueryValueError extends AmbitError<QueryErrorCode> {
  /** The property as it was written. */
  readonly property: string
  /** What its column takes: 'a whole number from … to …'. */
  readonly expected: string

  constructor(
    text: ErrorText,
    facts: { readonly property: string; readonly expected: string },
    options?: { readonly cause?: unknown },
  ) {
    super('AMBIT_QUERY_VALUE', text, options)
    this.property = facts.property
    this.expected = facts.expected
  }
}

/** A filter or sort from outside uses a property that is not open to it. */
export class PropertyNotAllowedError extends AmbitError<QueryErrorCode> {
  /** The property as it was written. */
  readonly property: string
  readonly use: 'filter' | 'sort'

  constructor(text: ErrorText, facts: { readonly property: string; readonly use: 'filter' | 'sort' }) {
    super('AMBIT_QUERY_NOT_ALLOWED', text)
    this.property = facts.property
    this.use = facts.use
  }
}

/** The filter, sort, limit or offset of a request that cannot be read at all. */
export class QueryInputError extends AmbitError<QueryErrorCode> {
  constructor(
    text: ErrorText,
    readonly input: 'filter' | 'sort' | 'limit' | 'offset',
  ) {
    super('AMBIT_QUERY_INPUT', text)
  }
}

/** A query for at most one row found more. */
export class IncorrectResultSizeError extends AmbitError<QueryErrorCode> {
  constructor(
    text: ErrorText,
    readonly expected: number,
    /** At least this many rows were found; the query stops looking. */
    readonly actual: number,
  ) {
    super('AMBIT_QUERY_RESULT_SIZE', text)
  }
}

/** A query for a required row found none. */
export class EmptyResultError extends AmbitError<QueryErrorCode> {
  constructor(text: ErrorText) {
    super('AMBIT_QUERY_EMPTY_RESULT', text)
  }
}

/** A write of many rows stored fewer of them, or under other keys. The transaction is rolled back. */
export class RowsLostError extends AmbitError<QueryErrorCode> {
  constructor(
    readonly entity: string,
    readonly expected: number,
    readonly actual: number,
  ) {
    super('AMBIT_QUERY_ROWS_LOST', {
      what: `Of ${String(expected)} rows of ${entity} that were written at once, ${String(actual)} came back in their order.`,
      next: 'Look for a trigger, a rule or a sequence with CYCLE that came to the table while the application ran, and restart it: then rows are written another way.',
    })
  }
}

/** Rows were to be locked where no transaction would have kept them locked. Nothing was sent. */
export class LockScopeError extends AmbitError<QueryErrorCode> {
  constructor(label: string, found: 'read-only' | 'none') {
    super('AMBIT_QUERY_LOCK_SCOPE', {
      what: `${label} locks rows, but ${WITHOUT_LOCKS[found]}.`,
      where: label,
      next: LASTING[found],
    })
  }
}

const WITHOUT_LOCKS = {
  none: 'no transaction is active: the lock would be gone with the query',
  'read-only': 'the transaction is read-only',
} as const

const LASTING = {
  none: 'Put @Transactional() on the method that reads, decides and writes.',
  'read-only': 'Take readOnly off the method that begins the transaction.',
} as const

/** All problems of the declared queries of a repository that only its making has shown: a factory made it. */
export class QueryValidationError extends AmbitError<QueryErrorCode> {
  constructor(readonly problems: readonly AmbitError[]) {
    super('AMBIT_QUERY_INVALID', {
      what: `Start-up found ${countOf(problems.length)} in declared queries.`,
      where: problems.map(listed).join(INDENT),
      next: 'Correct every query in the list; nothing was run.',
    })
  }
}

function countOf(problems: number): string {
  return problems === 1 ? '1 problem' : `${String(problems)} problems`
}

function listed(problem: AmbitError, index: number): string {
  return `${String(index + 1)}. ${problem.message}`.replaceAll('\n', `${INDENT}   `)
}

/** As far as a message indents what it says about the place. */
const INDENT = '\n         '
