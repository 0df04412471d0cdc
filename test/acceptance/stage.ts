import { type Application, type BootstrapOptions, currentTransaction, dataSourceToken } from 'ambit'
import type { DataSource } from 'typeorm'
import {
  type EngineDatabase,
  engineDatabase,
  expectClean,
  runningApplication,
  type TestEngine,
} from '../support/engines'
import { Boundaries, NoteRepository, NOTES } from './notes'

/** Small enough that a leak of one connection shows soon. */
export const POOL_SIZE = 4

/** Where scenarios of other frameworks are played: one application on a database of its own, with {@link NOTES}. */
export interface Stage {
  readonly engine: TestEngine
  readonly db: EngineDatabase
  readonly app: Application
  readonly reports: Error[]
  readonly in: Boundaries
  readonly notes: NoteRepository
  readonly dataSource: DataSource
}

/** A stage for all tests of a `describe`; after each of them nothing may be left. */
export function stageOn(engine: TestEngine, options: BootstrapOptions = {}): Stage {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...options,
    entities: [...NOTES.entities, ...(options.entities ?? [])],
    components: [...NOTES.components, ...(options.components ?? [])],
    database: { ...db.settings, ...(engine.oneWriter ? {} : { poolSize: POOL_SIZE }), ...options.database },
  }))
  return {
    engine,
    db,
    reports: running.reports,
    get app() {
      return running.app
    },
    get in() {
      return running.app.get(Boundaries)
    },
    get notes() {
      return running.app.get(NoteRepository)
    },
    get dataSource() {
      return running.app.get(dataSourceToken('default'))
    },
  }
}

/** A scenario, and the same again as often as three pools have connections: one that keeps something would run out. */
export function repeated(stage: Stage, title: string, scenario: () => Promise<void>): void {
  it(title, scenario)
  it(`${title}; ${3 * POOL_SIZE} times in a row`, async () => {
    for (let time = 0; time < 3 * POOL_SIZE; time += 1) {
      await stage.db.query('DELETE FROM note')
      stage.db.log.clear()
      await scenario()
      await expectClean(stage.db, stage.app)
    }
  })
}

/** BEGIN, SAVEPOINT, COMMIT and so on, each with its connection: `c1 BEGIN`. */
export function control({ db }: Pick<Stage, 'db'>): string[] {
  return db.log.commandsByConnection.filter(command => CONTROL.test(command))
}

const CONTROL = /^c\d+ (BEGIN|START|SAVEPOINT|RELEASE|ROLLBACK|COMMIT)/

/** Which transaction runs here: the database's own word where it has one, with its connection. */
export async function identity({ engine, dataSource }: Pick<Stage, 'engine' | 'dataSource'>): Promise<string> {
  if (engine.oneWriter) return currentTransaction()?.id ?? 'none'
  const [row] = await dataSource.query<{ identity: string }[]>(
    "SELECT pg_backend_pid() || '/' || pg_current_xact_id() AS identity",
  )
  return row?.identity ?? 'unknown'
}

/** What a promise that must fail failed with. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  const settled = await Promise.allSettled([promise])
  if (settled[0].status === 'rejected' && settled[0].reason instanceof Error)
    return settled[0].reason as Error & Record<string, unknown>
  throw new Error(`it should have failed with an Error, and did not: ${JSON.stringify(settled[0])}`)
}

/** A promise that somebody else resolves. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>(resolve => (open = resolve))
  return { opened, open: () => open() }
}
