import {
  bootstrap,
  type BootstrapOptions,
  CrudRepository,
  ReadRepository,
  type DataSourceSettings,
  type HookPhase,
  type ScanOptions,
  type SettingOptions,
  type SettingsOptions,
  type TransactionalEventListenerOptions,
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

describe('docs/reference/events.md', () => {
  const options = {
    phase: 1,
    order: 1,
    fallback: 1,
    dataSource: 1,
    event: 1,
  } satisfies Record<keyof TransactionalEventListenerOptions, 1>
  const phases = {
    beforeCommit: 1,
    afterCommit: 1,
    afterRollback: 1,
    afterCompletion: 1,
  } satisfies Record<HookPhase, 1>

  it('has a row for every option, and for every phase', () => {
    expect([...firstColumn('docs/reference/events.md', 'Listener options')].sort()).toEqual(names(options))
    expect([...firstColumn('docs/reference/events.md', 'Phases')].sort()).toEqual(names(phases))
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
    config: 1,
    validateSql: 1,
    components: 1,
    scan: 1,
    providers: 1,
    profiles: 1,
    allowedProfiles: 1,
    environment: 1,
    overrides: 1,
    postProcessors: 1,
    plugins: 1,
    scopes: 1,
    observers: 1,
    listeners: 1,
    trace: 1,
    logger: 1,
    onError: 1,
    waitTimeoutMs: 1,
    crossDataSourceWrites: 1,
    eventQueueSize: 1,
    hookTimeoutMs: 1,
    closeTimeoutMs: 1,
    cursorKeys: 1,
    cursorScope: 1,
    signals: 1,
  } satisfies Record<keyof BootstrapOptions, 1>
  const settings = {
    url: 1,
    dataSource: 1,
    entities: 1,
    schema: 1,
    validateSql: 1,
    migrations: 1,
    migrationTarget: 1,
    migrationsTransaction: 1,
    isolation: 1,
    poolSize: 1,
    connectTimeoutMs: 1,
    idleTimeoutMs: 1,
    applicationName: 1,
    prepare: 1,
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
    const own = [ReadRepository, CrudRepository].flatMap(({ prototype }) =>
      Object.entries(Object.getOwnPropertyDescriptors(prototype)),
    )
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
        const fits = operator.types?.map(type => plural[type] ?? type) ?? []
        if (operator.collections !== undefined) fits.push('collections')
        const expected = fits.join(', ') || 'everything'
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

describe('docs/reference/configuration.md', () => {
  const setting = {
    type: 1,
    enum: 1,
    list: 1,
    map: 1,
    variants: 1,
    discriminator: 1,
    name: 1,
    required: 1,
    optional: 1,
    nullable: 1,
    secret: 1,
    fixed: 1,
    schema: 1,
  } satisfies Record<keyof SettingOptions, 1>
  const settings = { prefix: 1, schema: 1 } satisfies Record<keyof SettingsOptions, 1>

  it('has a row for every option of the decorators', () => {
    const path = 'docs/reference/configuration.md'
    expect([...firstColumn(path, 'Options of Setting')].sort()).toEqual(names(setting))
    expect([...firstColumn(path, 'Settings classes')].sort()).toEqual(names(settings))
  })
})

describe('docs/reference/container.md', () => {
  const scanOptions = {
    directories: 1,
    suffixes: 1,
    importer: 1,
    listFiles: 1,
    isComponent: 1,
    scanners: 1,
    entry: 1,
  } satisfies Record<keyof ScanOptions, 1>

  it('has a row for every option of a scan', () => {
    expect([...firstColumn('docs/reference/container.md', 'Scanning')].sort()).toEqual(names(scanOptions))
  })
})
