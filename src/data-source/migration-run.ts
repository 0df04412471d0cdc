import { type DataSource, type Migration, MigrationExecutor, type QueryRunner } from 'typeorm'
import { nearMisses } from '../core/near-misses'
import { MigrationSetupError } from './errors'
import type { DataSourceSettings } from './settings'

export interface MigrationSetup {
  readonly name: string
  readonly dataSource: DataSource
  readonly settings: DataSourceSettings
}

/**
 * Finds what is wrong with the migrations before the database is asked for anything.
 *
 * @throws MigrationSetupError `AMBIT_DATA_SOURCE_MIGRATIONS`, `AMBIT_DATA_SOURCE_MIGRATION_TARGET`
 */
export function checkMigrations(setup: MigrationSetup): void {
  refuseNone(setup)
  new MigrationRun(setup).check()
}

/** TypeORM's executor over the migrations up to the target: it knows of no later ones, and so cannot run them. */
export class MigrationRun extends MigrationExecutor {
  readonly #setup: MigrationSetup
  readonly #name: string
  readonly #target: string | undefined
  /** Where a piece of a run ends. */
  readonly #last: string | undefined

  constructor(setup: MigrationSetup, runner?: QueryRunner, last?: string) {
    super(setup.dataSource, runner)
    const { name, settings } = setup
    this.#setup = setup
    this.#name = name
    this.#last = last
    this.#target = settings.migrationTarget
    this.transaction = settings.migrationsTransaction ?? 'all'
  }

  check(): void {
    this.getMigrations()
  }

  /** Whether it runs in one transaction: a migration may refuse to (`transaction = false`). */
  get transactional(): boolean {
    if (this.transaction === 'none') return false
    return this.transaction === 'all' || this.getMigrations().at(-1)?.instance?.transaction !== false
  }

  /** This run in the pieces that are a transaction each: all of it, or up to one migration after the other. */
  transactions(): readonly MigrationRun[] {
    if (this.transaction !== 'each') return [this]
    return this.getMigrations().map(({ name }) => new MigrationRun(this.#setup, this.queryRunner, name))
  }

  /** Runs what is pending. */
  async run(): Promise<void> {
    await this.#refuseOlderTarget()
    await this.executePendingMigrations()
  }

  protected override getMigrations(): Migration[] {
    const wanted = this.#upToTarget()
    return this.#last === undefined ? wanted : wanted.slice(0, wanted.findIndex(({ name }) => name === this.#last) + 1)
  }

  #upToTarget(): Migration[] {
    const all = this.#all()
    if (this.#target === undefined) return all
    const end = all.findIndex(({ name }) => name === this.#target) + 1
    if (end === 0) throw unknownTarget(this.#name, this.#target, all)
    return all.slice(0, end)
  }

  #all(): Migration[] {
    try {
      return super.getMigrations()
    } catch (cause) {
      throw unordered(this.#name, cause)
    }
  }

  /** Going back would need `down()`, which loses data: that is nobody's start. */
  async #refuseOlderTarget(): Promise<void> {
    const wanted = this.#upToTarget()
    const target = this.#target && wanted.at(-1)
    if (!target) return
    const upToTarget = new Set(wanted.map(({ name }) => name))
    const applied = await this.getExecutedMigrations()
    const beyond = applied.filter(({ name, timestamp }) => !upToTarget.has(name) && timestamp >= target.timestamp)
    if (beyond.length > 0) throw olderTarget(this.#name, target, beyond)
  }
}

function refuseNone({ name, dataSource }: MigrationSetup): void {
  const { migrations = [] } = dataSource.options
  const configured: unknown[] = Array.isArray(migrations) ? migrations : Object.values(migrations)
  const patterns = configured.filter(each => typeof each === 'string')
  // TypeORM makes one of each class; what is more comes from files.
  if (dataSource.migrations.length > configured.length - patterns.length) return
  if (patterns.length > 0) throw noMatch(name, patterns)
  if (configured.length === 0) throw noMigrations(name)
}

function noMigrations(name: string): MigrationSetupError {
  return new MigrationSetupError('AMBIT_DATA_SOURCE_MIGRATIONS', {
    what: `The data source '${name}' has schema: 'migrate', but no migrations.`,
    where: `data source '${name}'`,
    next: "Give migrations: ['dist/migrations/*.js'], or the classes themselves; or use schema: 'none' until there are some.",
  })
}

function noMatch(name: string, patterns: readonly string[]): MigrationSetupError {
  return new MigrationSetupError('AMBIT_DATA_SOURCE_MIGRATIONS', {
    what: `No migration class was found for the data source '${name}' in files like ${patterns.map(each => `'${each}'`).join(', ')}.`,
    where: `data source '${name}'`,
    next: `Name files that are there and export their classes. Relative patterns begin at the working directory, ${process.cwd()}; compiled migrations end in .js.`,
  })
}

function unordered(name: string, cause: unknown): MigrationSetupError {
  const reason = cause instanceof Error ? cause.message : 'see the cause'
  return new MigrationSetupError(
    'AMBIT_DATA_SOURCE_MIGRATIONS',
    {
      what: `The migrations of the data source '${name}' have no order: ${reason}`,
      where: `data source '${name}'`,
      next: 'End the name of each class in its time in milliseconds (AddAge1700000000000), and give each class once.',
    },
    { cause },
  )
}

function unknownTarget(name: string, target: string, all: readonly Migration[]): MigrationSetupError {
  const names = all.map(each => each.name)
  const suggestions = nearMisses(target, names)
  return new MigrationSetupError('AMBIT_DATA_SOURCE_MIGRATION_TARGET', {
    what: `The data source '${name}' has no migration '${target}', where migrationTarget would stop.`,
    where: `data source '${name}'`,
    next: suggestions.length > 0 ? `Did you mean ${suggestions.join(' or ')}?` : `The latest is ${names.at(-1) ?? ''}.`,
  })
}

function olderTarget(name: string, target: Migration, beyond: readonly Migration[]): MigrationSetupError {
  const names = beyond.map(each => each.name).reverse()
  return new MigrationSetupError('AMBIT_DATA_SOURCE_MIGRATION_TARGET', {
    what: `The database of the data source '${name}' is beyond migrationTarget ${target.name} already: it has ${names.join(', ')}.`,
    where: `data source '${name}'`,
    next: 'Raise the target. Ambit never reverts a migration; where you mean to, use the TypeORM CLI: migration:revert.',
  })
}
