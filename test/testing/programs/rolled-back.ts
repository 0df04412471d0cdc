import { bootstrap, transactional } from '../../../src'
import { DataSource } from 'typeorm'
import { rollbackEach, type TestHook } from '../../../src/testing'

type Run = (fn: () => Promise<void>) => unknown

/** What a test framework offers. */
export interface Framework {
  readonly before: Run
  readonly after: Run
  readonly beforeEach: TestHook
  readonly afterEach: TestHook
  test(name: string, fn: () => Promise<void>): unknown
}

/** Tests that fail where the one before them was not rolled back, written once for every framework. */
export function declareTests({ before, after, beforeEach, afterEach, test }: Framework, file: string): void {
  let app: Awaited<ReturnType<typeof bootstrap>> | undefined
  const running = (): NonNullable<typeof app> => {
    if (app === undefined) throw new Error('the application exists in tests only')
    return app
  }
  const rows = async (): Promise<string> => {
    const found = await running().get(DataSource).query<{ k: string }[]>('SELECT k FROM note ORDER BY k')
    return found.map(({ k }) => k).join()
  }
  const insert = (k: string): Promise<unknown> =>
    transactional({}, () => running().get(DataSource).query(`INSERT INTO note (k) VALUES ('${k}')`))
  const check = (found: string, wanted: string): void => {
    if (found !== wanted) throw new Error(`found '${found}' instead of '${wanted}'`)
  }

  before(async () => {
    app = await bootstrap({ database: { url: `sqlite:${file}` } })
    await app.get(DataSource).query('CREATE TABLE note (k text PRIMARY KEY)')
  })
  after(() => running().close())
  const control = rollbackEach({ app: running, beforeEach, afterEach })

  test('writes', async () => {
    await insert('a')
    check(await rows(), 'a')
  })
  test('finds nothing of the first, and writes the same', async () => {
    check(await rows(), '')
    await insert('a')
    await insert('b')
    check(await rows(), 'a,b')
  })
  test('commits what it flags', async () => {
    await insert('committed')
    control.flagForCommit()
    await control.end()
    control.start()
    await insert('c')
  })
  test('finds what was committed', async () => {
    check(await rows(), 'committed')
  })
}
