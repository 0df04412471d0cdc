import { entityManager, transactional } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Note, seen, write } from '../notes'
import { control, failureOf, gate, repeated, stageOn } from '../stage'

describe.each(ENGINES)('cancellation as in MikroORM, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage
  const reason = new Error('the client has gone')

  repeated(stage, 'MO-67 a signal that is aborted rolls back, with its reason as the cause', async () => {
    const controller = new AbortController()
    const error = await failureOf(
      transactional({ signal: controller.signal }, async () => {
        await write('a')
        controller.abort(reason)
        await write('b')
      }),
    )
    expect(error).toMatchObject({ name: 'TransactionAbortedError', code: 'AMBIT_TX_ABORTED' })
    expect(error.cause).toBe(reason)
    expect(await committed(db)).toEqual([])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
  })

  it('MO-67 aborted behind the last statement, it still prevents COMMIT', async () => {
    const controller = new AbortController()
    const outcome = transactional({ signal: controller.signal }, async () => {
      await write('a')
      controller.abort(reason)
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
    expect(await committed(db)).toEqual([])
    expect(db.log.commands).not.toContain('COMMIT')
  })

  // The running statement is not cancelled: the rollback comes when the connection is idle.
  repeated(stage, 'MO-68 aborted while a statement runs, it rolls back behind that statement', async () => {
    const controller = new AbortController()
    const outcome = transactional({ signal: controller.signal }, async () => {
      await write('a')
      const running = write('b')
      controller.abort(reason)
      await running
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
    expect(await committed(db)).toEqual([])
    expect(control(stage).at(-1)).toBe('c1 ROLLBACK')
  })

  it('MO-69 aborted before the call, nothing is sent, and the body is not entered', async () => {
    const body = jest.fn(() => write('a'))
    const outcome = transactional({ signal: AbortSignal.abort(reason) }, body)
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
    expect(body).not.toHaveBeenCalled()
    expect(db.log.entries).toEqual([])
  })

  it('MO-69 the signal of a joined call bounds that call, and dooms what it is part of', async () => {
    const controller = new AbortController()
    const outcome = stage.in.required(async () => {
      await write('outer')
      const inner = transactional({ signal: controller.signal }, async () => {
        controller.abort(reason)
        await write('inner')
      })
      await expect(inner).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED' })
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_UNEXPECTED_ROLLBACK' })
    expect(await committed(db)).toEqual([])
  })

  it.each(['NESTED', 'REQUIRES_NEW'] as const)(
    'MO-69 the signal of a %s call does not leak to the outer',
    async mode => {
      const controller = new AbortController()
      await stage.in.required(async () => {
        await seen()
        const inner = transactional({ propagation: mode, signal: controller.signal }, async () => {
          await write('inner')
          controller.abort(reason)
          await write('more')
        })
        await expect(inner).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
        await write('outer')
      })
      expect(await committed(db)).toEqual(['outer'])
    },
  )

  it('MO-69 the signal of the outer ends what is NESTED in it', async () => {
    const controller = new AbortController()
    const outcome = transactional({ signal: controller.signal }, async () => {
      await write('outer')
      await stage.in.nested(async () => {
        controller.abort(reason)
        await write('inner')
      })
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
    expect(await committed(db)).toEqual([])
  })

  const operations: Readonly<Record<string, () => Promise<unknown>>> = {
    find: () => entityManager().find(Note),
    findOne: () => entityManager().findOneBy(Note, { k: 'a' }),
    count: () => entityManager().count(Note),
    insert: () => entityManager().insert(Note, { k: 'b' }),
    save: () => entityManager().save(Note, { k: 'b' }),
    update: () => entityManager().update(Note, { k: 'a' }, { k: 'b' }),
    delete: () => entityManager().delete(Note, { k: 'a' }),
    query: () => entityManager().query('SELECT 1'),
    builder: () => entityManager().createQueryBuilder(Note, 'note').getMany(),
    'dataSource.transaction()': () => stage.dataSource.transaction(manager => manager.count(Note)),
    'a repository': () => stage.notes.findAll(),
    NESTED: () => stage.in.nested(seen),
    REQUIRED: () => stage.in.required(seen),
  }

  it.each(Object.keys(operations))('MO-69 behind the abort nothing is sent any more: %s', async name => {
    const controller = new AbortController()
    let sent = NaN
    const outcome = transactional({ signal: controller.signal }, async () => {
      await write('a')
      controller.abort(reason)
      sent = db.log.entries.length
      await expect(operations[name]?.()).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED' })
    })
    await expect(outcome).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
    expect(db.log.commands.slice(sent)).toEqual(['ROLLBACK'])
    expect(await committed(db)).toEqual([])
  })

  it('MO-69 a signal that is aborted when all is over changes nothing', async () => {
    const controller = new AbortController()
    await transactional({ signal: controller.signal }, () => write('a'))
    controller.abort(reason)
    expect(await committed(db)).toEqual(['a'])
  })

  it('MO-69 one signal may bound many, and those that run in parallel end together', async () => {
    const controller = new AbortController()
    const { opened, open } = gate()
    const calls = ['a', 'b'].map(k =>
      transactional({ signal: controller.signal }, async () => {
        await opened
        await write(k)
      }),
    )
    controller.abort(reason)
    open()
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
    expect(db.log.entries).toEqual([])
  })
})
