import {
  bootstrap,
  type BootstrapOptions,
  CrudRepository,
  type DataSourceSettings,
  type ScanOptions,
  type TransactionalOptions,
} from 'ambit'
import { NAME_KEYWORDS } from '../../src/query/derived/name-operators'
import { QUERY_RESULTS } from '../../src/query/declaration'
import { type Behaviour, PROPAGATION_MATRIX } from '../../src/tx/propagation'
import { page, tableBelow } from './pages'

// The tables of the reference pages against the code. The lists below are complete or do not compile.

const names = (object: object) => Object.keys(object).sort()
const firstColumn = (path: string, heading: string) => tableBelow(page(path), heading).map(([cell = '']) => cell)

describe('docs/reference/transactions.md', () => {
  const options = {
    propagation: 1,
    isolation: 1,
    readOnly: 1,
    timeoutMs: 1,
    signal: 1,
    rollbackFor: 1,
    noRollbackFor: 1,
    retry: 1,
    dataSource: 1,
    label: 1,
    begin: 1,
  } satisfies Record<keyof TransactionalOptions, 1>

  it('has a row for every option', () => {
    expect([...firstColumn('docs/reference/transactions.md', 'Options')].sort()).toEqual(names(options))
  })

  it('has the propagation matrix as it is', () => {
    const words = {
      begin: 'begins one',
      join: 'joins',
      nest: 'savepoint',
      empty: 'runs without',
      'refuse-missing': 'refused: AMBIT_TX_MANDATORY',
      'refuse-active': 'refused: AMBIT_TX_NEVER',
      'refuse-ended': 'refused: AMBIT_TX_ENDED',
    } satisfies Record<Behaviour, string>
    const expected = Object.entries(PROPAGATION_MATRIX).map(([mode, { none, active, empty, ended }]) => [
      mode,
      ...[none, active, empty, ended].map(behaviour => words[behaviour]),
    ])
    expect(tableBelow(page('docs/reference/transactions.md'), 'Propagation matrix')).toEqual(expected)
  })
})

describe('docs/guides/transactions.md', () => {
  it('has the first two states of the propagation matrix as they are', () => {
    const words = {
      begin: 'begins one',
      join: 'joins it',
      nest: 'a savepoint inside it',
      empty: 'runs without one',
      'refuse-missing': 'refused: AMBIT_TX_MANDATORY',
      'refuse-active': 'refused: AMBIT_TX_NEVER',
      'refuse-ended': '',
    } satisfies Record<Behaviour, string>
    const suspending: Readonly<Record<string, string>> = {
      REQUIRES_NEW: 'suspends it, begins another',
      NOT_SUPPORTED: 'suspends it, runs without one',
    }
    const expected = Object.entries(PROPAGATION_MATRIX).map(([mode, { none, active }]) => [
      mode === 'REQUIRED' ? 'REQUIRED (default)' : mode,
      suspending[mode] ?? words[active],
      words[none],
    ])
    expect(tableBelow(page('docs/guides/transactions.md'), 'The seven modes')).toEqual(expected)
  })
})

describe('docs/reference/bootstrap.md', () => {
  const options = {
    name: 1,
    database: 1,
    dataSources: 1,
    entities: 1,
    components: 1,
    scan: 1,
    providers: 1,
    overrides: 1,
    postProcessors: 1,
    listeners: 1,
    logger: 1,
    onError: 1,
    waitTimeoutMs: 1,
    hookTimeoutMs: 1,
    closeTimeoutMs: 1,
  } satisfies Record<keyof BootstrapOptions, 1>
  const settings = {
    url: 1,
    dataSource: 1,
    entities: 1,
    schema: 1,
    migrations: 1,
    migrationTarget: 1,
    migrationsTransaction: 1,
    isolation: 1,
    poolSize: 1,
    connectTimeoutMs: 1,
    idleTimeoutMs: 1,
    applicationName: 1,
    readers: 1,
    synchronous: 1,
    logging: 1,
    typeorm: 1,
  } satisfies Record<keyof DataSourceSettings, 1>

  it('has a row for every option of bootstrap', () => {
    expect([...firstColumn('docs/reference/bootstrap.md', 'Options of bootstrap')].sort()).toEqual(names(options))
  })

  it('has a row for every option of a data source', () => {
    expect([...firstColumn('docs/reference/bootstrap.md', 'Options of a data source')].sort()).toEqual(names(settings))
  })

  it('knows the same options as bootstrap itself', async () => {
    const listed = (list: string) => new RegExp(`Use ${list.replaceAll(',', ', ')}`)
    const unknownOption = bootstrap({ name: 'x', ...{ nothing: 1 } })
    await expect(unknownOption).rejects.toThrow(listed(Object.keys(options).join(',')))
    const unknownSetting = bootstrap({ database: { url: 'sqlite::memory:', ...{ nothing: 1 } } })
    await expect(unknownSetting).rejects.toThrow(listed(Object.keys(settings).join(',')))
  })
})

describe('docs/reference/repository.md', () => {
  it('has a row for every method of CrudRepository, and for its ways out', () => {
    const own = Object.entries(Object.getOwnPropertyDescriptors(CrudRepository.prototype))
    const methods = own
      .filter(([name, { value }]) => name !== 'constructor' && value !== undefined)
      .map(([name]) => name)
    const getters = own.filter(([, { get }]) => get !== undefined).map(([name]) => name)
    const rows = ['Reading', 'Writing'].flatMap(heading => firstColumn('docs/reference/repository.md', heading))
    expect([...new Set(rows.map(row => row.replace(/\(.*/, '')))].sort()).toEqual(methods.sort())
    expect([...firstColumn('docs/reference/repository.md', 'Ways out')].sort()).toEqual(getters.sort())
  })
})

describe('docs/reference/query-language.md', () => {
  const rows = () =>
    tableBelow(page('docs/reference/query-language.md'), 'Derived names').filter(row => row.length === 4)

  it('has every keyword of derived names', () => {
    const documented = rows().flatMap(([keywords = '']) =>
      keywords.split(', ').filter(keyword => /^[A-Z]/.test(keyword)),
    )
    expect([...documented].sort()).toEqual(NAME_KEYWORDS.map(({ keyword }) => keyword).sort())
  })

  it('has their arguments and types right', () => {
    const plural: Readonly<Record<string, string>> = { string: 'strings', boolean: 'booleans' }
    const wrong = rows().flatMap(([keywords = '', , args = '', types = '']) =>
      keywords.split(', ').flatMap(written => {
        const operator = NAME_KEYWORDS.find(({ keyword }) => keyword === written)?.operator
        if (operator === undefined) return []
        const expected = operator.types?.map(type => plural[type] ?? type).join(', ') ?? 'everything'
        return args.startsWith(String(operator.arity)) && types === expected ? [] : [written]
      }),
    )
    expect(wrong).toEqual([])
  })

  it('has every result kind', () => {
    const documented = firstColumn('docs/reference/query-language.md', 'Result kinds').flatMap(cell => cell.split(', '))
    expect([...documented].sort()).toEqual(QUERY_RESULTS.map(kind => `'${kind}'`).sort())
  })
})

describe('docs/reference/container.md', () => {
  const scanOptions = {
    directories: 1,
    suffixes: 1,
    importer: 1,
    listFiles: 1,
    isComponent: 1,
    entry: 1,
  } satisfies Record<keyof ScanOptions, 1>

  it('has a row for every option of a scan', () => {
    expect([...firstColumn('docs/reference/container.md', 'Scanning')].sort()).toEqual(names(scanOptions))
  })
})
