import type { DataSource } from 'typeorm'
import type { Logger } from '../core/logger'
import { runDetached } from '../core/async-context'
import { InitializerError } from './errors'

/**
 * A component that prepares the database before the application starts: seed rows, extensions, checks.
 *
 * Nothing needs to be implemented or extended: every component with an `initializeDatabase` method is one. They are awaited
 * one after the other, in the order of `priority` (lower first, default 0), after the schema step.
 *
 * @example
 * import { Component, type DatabaseInitializer } from 'ambit'
 * @Component()
 * class Roles implements DatabaseInitializer {
 *   readonly priority = 10
 *   constructor(private readonly roles: RoleRepository) {}
 *   async initializeDatabase(): Promise<void> { await this.roles.upsert({ name: 'admin' }, ['name']) }
 * }
 */
export interface DatabaseInitializer {
  readonly priority?: number
  /** Called with the default data source. */
  initializeDatabase(dataSource: DataSource): Promise<void> | void
}

/**
 * Runs the initializers among the components.
 *
 * @throws InitializerError `AMBIT_BOOTSTRAP_INITIALIZER`
 */
export async function runInitializers(
  components: readonly unknown[],
  dataSource: DataSource | undefined,
  logger: Logger,
): Promise<void> {
  const initializers = [...new Set(components)].filter(isInitializer)
  if (dataSource === undefined) {
    for (const initializer of initializers) logger.warn(withoutDataSource(nameOf(initializer)))
    return
  }
  const ordered = initializers
    .map(initializer => ({ initializer, priority: priorityOf(initializer, logger) }))
    .sort((left, right) => left.priority - right.priority)
  for (const { initializer } of ordered) await run(initializer, dataSource)
}

async function run(initializer: DatabaseInitializer, dataSource: DataSource): Promise<void> {
  try {
    await runDetached(() => initializer.initializeDatabase(dataSource))
  } catch (cause) {
    throw failed(nameOf(initializer), cause)
  }
}

function isInitializer(component: unknown): component is DatabaseInitializer {
  return (
    typeof component === 'object' &&
    component !== null &&
    typeof (component as Partial<DatabaseInitializer>).initializeDatabase === 'function'
  )
}

function priorityOf(initializer: DatabaseInitializer, logger: Logger): number {
  const priority: unknown = initializer.priority ?? 0
  if (typeof priority === 'number' && !Number.isNaN(priority)) return priority
  logger.warn(`The priority of ${nameOf(initializer)} is no number; 0 is used.`)
  return 0
}

/** An ES module, say, has no class. */
function nameOf(initializer: object): string {
  const { constructor: target } = initializer as { readonly constructor?: unknown }
  return typeof target === 'function' ? target.name : 'an object without a class'
}

function withoutDataSource(name: string): string {
  return `${name}.initializeDatabase() is not called: the application has no default data source.`
}

function failed(name: string, cause: unknown): InitializerError {
  const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : 'see the cause'
  return new InitializerError(
    'AMBIT_BOOTSTRAP_INITIALIZER',
    {
      what: `The database initializer ${name} failed: ${reason ?? ''}`,
      where: `${name}.initializeDatabase`,
      next: 'Correct it; nothing was started, and what had been built is closed again.',
    },
    { cause },
  )
}
