import { afterCommit, afterCompletion, afterRollback, beforeCommit } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, write } from '../notes'
import { repeated, stageOn } from '../stage'

// Hooks have no order values here: they run in the order of their registration. There is no beforeCompletion.

describe.each(ENGINES)('hooks as in Spring, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage

  /** Notes its name; `COMMIT` and `ROLLBACK` stand between the names where they were sent. */
  function register(trace: string[], names: readonly string[]): void {
    const note = (name: string) => (): void => {
      const ended = db.log.commands.filter(command => command === 'COMMIT' || command === 'ROLLBACK')
      if (ended[0] !== undefined && !trace.includes(ended[0])) trace.push(ended[0])
      trace.push(name)
    }
    for (const name of names) {
      beforeCommit(note(`bc ${name}`))
      afterCommit(note(`ac ${name}`))
      afterRollback(note(`ar ${name}`))
      afterCompletion(outcome => note(`acp ${name} ${outcome}`)())
    }
  }

  repeated(stage, 'SP-32 a commit calls them phase by phase, each in the order of registration', async () => {
    const trace: string[] = []
    await stage.in.required(async () => {
      await write('a')
      register(trace, ['1', '2'])
      await stage.in.required(async () => register(trace, ['3']))
    })
    expect(trace).toEqual([
      'bc 1',
      'bc 2',
      'bc 3',
      'COMMIT',
      'ac 1',
      'ac 2',
      'ac 3',
      'acp 1 committed',
      'acp 2 committed',
      'acp 3 committed',
    ])
  })

  repeated(stage, 'SP-32 a rollback calls those for a rollback, behind it', async () => {
    const trace: string[] = []
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await write('a')
      register(trace, ['1', '2', '3'])
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(trace).toEqual([
      'ROLLBACK',
      'ar 1',
      'ar 2',
      'ar 3',
      'acp 1 rolled-back',
      'acp 2 rolled-back',
      'acp 3 rolled-back',
    ])
  })

  repeated(stage, 'SP-33 a beforeCommit that throws rolls back, and the others are not called', async () => {
    const trace: string[] = []
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      await write('a')
      register(trace, ['1'])
      beforeCommit(() => Promise.reject(failure))
      register(trace, ['2'])
    })
    await expect(outcome).rejects.toBe(failure)
    expect(trace).toEqual(['bc 1', 'ROLLBACK', 'ar 1', 'ar 2', 'acp 1 rolled-back', 'acp 2 rolled-back'])
    expect(await committed(db)).toEqual([])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'ROLLBACK'])
  })

  it('SP-33 one that writes does so in the transaction, and goes with it', async () => {
    const failure = new Failure()
    await stage.in.required(async () => {
      beforeCommit(() => write('hook'))
      await write('a')
    })
    const outcome = stage.in.required(async () => {
      beforeCommit(() => write('lost'))
      beforeCommit(() => Promise.reject(failure))
      await write('b')
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual(['a', 'hook'])
  })
})
