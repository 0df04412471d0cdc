import type { ProgramRun } from './run-program'

/** A program that somebody might well write. */
export interface Case extends ProgramRun {
  readonly name: string
  /** Whether it is told before a database is opened (the default), or only by a call. */
  readonly told?: 'at once' | 'after the start'
  /** Runs on PostgreSQL too, and must say the same there without having talked to the server. */
  readonly both?: true
}

const CALL = { told: 'after the start' } as const
const BOTH = { both: true } as const

export const CASES: Readonly<Record<string, readonly Case[]>> = {
  'the options of a start': [
    { name: 'options that are misspelt', program: 'misspelt-option' },
    { name: 'a setting of a data source that is misspelt', program: 'misspelt-setting' },
  ],
  transactions: [
    { name: 'an unknown propagation', program: 'unknown-propagation' },
    { name: 'an unknown isolation', program: 'unknown-isolation' },
    { name: 'an unknown option', program: 'unknown-transaction-option' },
    { name: 'a negative timeout', program: 'negative-timeout' },
    { name: 'options that only the call shows', program: 'wrong-options-at-call', ...CALL, ...BOTH },
    { name: 'a method that returns a number', program: 'sync-method' },
    { name: 'a method that only its call shows to be synchronous', program: 'sync-method-at-call', ...CALL },
    { name: 'an arrow function', program: 'arrow-property' },
    { name: 'an arrow function, built with fields', program: 'arrow-property', build: 'tsc with fields' },
    { name: 'an arrow function, built for ES2017', program: 'arrow-property', build: 'tsc for ES2017' },
    { name: 'an arrow function, built by esbuild', program: 'arrow-property', build: 'esbuild with fields' },
    { name: 'no application', program: 'no-application' },
  ],
  components: [
    { name: 'a dependency without a decorator', program: 'undecorated-dependency' },
    { name: 'dependencies that are not listed', program: 'missing-dependency' },
    { name: 'an interface and a text', program: 'interface-dependency' },
    { name: 'a class that is imported as a type', program: 'import-type-dependency' },
    { name: 'a circle', program: 'circular-dependency' },
    { name: 'files that import each other', program: 'circular-import' },
    { name: 'two providers of one token', program: 'registered-twice' },
    { name: 'two decorators that make a component', program: 'decorated-twice' },
    { name: 'a build that emits no types', program: 'no-metadata', build: 'esbuild' },
  ],
  queries: [
    { name: 'properties that are not there', program: 'missing-property', ...BOTH },
    { name: 'a condition that cannot be read', program: 'where-syntax' },
    { name: 'a sort by a property that is not there', program: 'sort-at-call', ...CALL },
    { name: 'a page without its request', program: 'missing-page', ...CALL, ...BOTH },
    { name: 'an argument too many', program: 'superfluous-argument', ...CALL },
    { name: 'a parameter of SQL that is missing', program: 'sql-parameter-missing', ...CALL, ...BOTH },
    { name: 'a forgotten declare, built with fields', program: 'forgotten-declare', build: 'tsc with fields', ...BOTH },
    { name: 'a forgotten declare, built for ES2017', program: 'forgotten-declare', build: 'tsc for ES2017' },
    { name: 'a forgotten declare, built by esbuild', program: 'forgotten-declare', build: 'esbuild with fields' },
  ],
  repositories: [
    { name: 'an entity that is not listed', program: 'entity-not-registered' },
    { name: 'an entity without a decorator', program: 'entity-without-decorator' },
    { name: 'a query over properties without an entity', program: 'repository-without-entity' },
    { name: 'an object made with new', program: 'made-with-new', ...CALL },
  ],
  'decorators compiled the standard way': [
    { name: '@Transactional', program: 'standard-transactional', build: 'tsc without flags' },
    { name: '@Query', program: 'standard-query', build: 'tsc without flags' },
    { name: '@Repository', program: 'standard-repository', build: 'tsc without flags' },
    { name: '@Service', program: 'standard-service', build: 'tsc without flags' },
    // tsc drops decorators of parameters then, and esbuild refuses them: the class's own is what can tell.
    { name: '@Inject', program: 'standard-inject', build: 'tsc without flags' },
    { name: '@Transactional, by esbuild', program: 'standard-transactional', build: 'esbuild without flags' },
    { name: '@Query, by esbuild', program: 'standard-query', build: 'esbuild without flags' },
    { name: '@Repository, by esbuild', program: 'standard-repository', build: 'esbuild without flags' },
    { name: '@Service, by esbuild', program: 'standard-service', build: 'esbuild without flags' },
  ],
  applications: [
    { name: 'two of them with one DataSource', program: 'shared-data-source', ...CALL },
    { name: 'a call after the close', program: 'after-close', ...CALL, ...BOTH },
    { name: 'a component asked for after the close', program: 'get-after-close', ...CALL },
    { name: 'everything wrong at once', program: 'everything-wrong', ...BOTH },
  ],
}

/** URLs that are refused; the password in them, however it is spelt, is never seen again. */
export const WRONG_URLS: readonly (readonly [name: string, url: string])[] = [
  ['of another kind', 'mysql://root:hunter2@localhost/shop'],
  ['that is empty', ''],
  ['without a scheme', 'alice:hunter2@localhost/shop'],
  ['without a colon after the scheme', 'postgres//alice:hunter2@localhost/shop'],
  ['without a host', 'postgres:///shop'],
  ['of a scheme alone', 'postgres://'],
  ['with a port that is no number', 'postgres://alice:hunter2@localhost:port/shop'],
  ['with a password that has a slash', 'postgres://alice:hun/ter2@localhost/shop'],
  ['with a password that is cut by a slash behind digits', 'postgres://alice:2/hunter2@localhost/shop'],
  ['with a password that is cut by a hash', 'postgres://alice:2#hunter2@localhost/shop'],
  ['with a password that is cut by a question mark', 'postgres://alice:2?hunter2@localhost/shop'],
  ['with a password that has a per cent sign', 'postgres://alice:hunter2%zz@localhost/shop'],
  ['of SQLite without a file', 'sqlite:'],
  ['of SQLite with parameters', 'sqlite:shop.db?password=hunter2'],
  ['of SQLite as a file: URI', 'sqlite:file:shop.db'],
]

export const PASSWORD = /hunter|hun\/ter|ter2|h%75/
