import type * as ambit from 'ambit'
import { type EngineDatabase, ENGINES, silentLogger } from '../support/engines'

// jest.resetModules() loads the package anew from the same folder. That is no second copy, unless the first still works.

describe.each(ENGINES)('modules that are reset, on $name', engine => {
  const open: ambit.Application[] = []
  let db: EngineDatabase
  beforeEach(async () => {
    db = await engine.create()
  })
  afterEach(async () => {
    await Promise.allSettled(open.splice(0).map(app => app.close()))
    await db.drop()
  })

  const load = async (): Promise<typeof ambit> => {
    jest.resetModules()
    return import('ambit')
  }
  const start = async ({ bootstrap }: typeof ambit): Promise<ambit.Application> => {
    const app = await bootstrap({ database: db.settings, logger: silentLogger })
    open.push(app)
    return app
  }
  const answer = ({ entityManager, transactional }: typeof ambit): Promise<unknown> =>
    transactional({}, () => entityManager().query('SELECT 1 AS n'))

  it('serve one application after the other', async () => {
    const [one, two] = [await load(), await load()]
    expect(one.bootstrap).not.toBe(two.bootstrap)
    for (const loaded of [one, two, one]) {
      const app = await start(loaded)
      expect(await answer(loaded)).toEqual([{ n: 1 }])
      await app.close()
    }
  })

  it('serve no second one beside the first, which goes on', async () => {
    const [one, two] = [await load(), await load()]
    await start(one)
    const refused = { code: 'AMBIT_APP_SECOND_COPY', message: expect.stringContaining('jest.resetModules') }
    await expect(start(two)).rejects.toMatchObject(refused)
    await expect(answer(two)).rejects.toMatchObject(refused)
    expect(await answer(one)).toEqual([{ n: 1 }])
  })
})
