import { transactional, type TransactionalOptions } from 'ambit'
import { committed, seen, write } from '../acceptance/notes'
import { stageOn } from '../acceptance/stage'
import { ENGINES } from '../support/engines'

// The body ran, with whatever it does beside statements, and a joined call doomed the transaction around it.
describe.each(ENGINES)('a signal that was aborted before the call, on $name', engine => {
  const stage = stageOn(engine)
  const reason = new Error('the client has gone')
  const call = (options: TransactionalOptions, body: () => Promise<unknown>): Promise<unknown> =>
    transactional({ ...options, signal: AbortSignal.abort(reason) }, body)

  it.each(['REQUIRED', 'REQUIRES_NEW', 'NESTED'] as const)('refuses %s before its body', async propagation => {
    const body = jest.fn(seen)
    await expect(call({ propagation }, body)).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
    expect(body).not.toHaveBeenCalled()
    expect(stage.db.log.entries).toEqual([])
  })

  it.each(['REQUIRED', 'REQUIRES_NEW', 'NESTED', 'SUPPORTS', 'MANDATORY'] as const)(
    'refuses %s inside a transaction, which goes on',
    async propagation => {
      const body = jest.fn(seen)
      await stage.in.required(async () => {
        await seen()
        await expect(call({ propagation }, body)).rejects.toMatchObject({ code: 'AMBIT_TX_ABORTED', cause: reason })
        await write('outer')
      })
      expect(body).not.toHaveBeenCalled()
      expect(await committed(stage.db)).toEqual(['outer'])
    },
  )
})
