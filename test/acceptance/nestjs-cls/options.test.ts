import { transactional, type TransactionalOptions } from 'ambit'
import { ENGINES } from '../../support/engines'
import { committed, Failure, seen, write } from '../notes'
import { control, gate, repeated, stageOn } from '../stage'

describe.each(ENGINES)('options and detached work as in nestjs-cls, on $name', engine => {
  const stage = stageOn(engine)
  const { db } = stage
  const inside = <T>(options: TransactionalOptions, body: () => Promise<T>): Promise<T> => transactional(options, body)
  const strong = { isolation: 'SERIALIZABLE' } as const

  /** The whole tree of the scenario; `refusals` are the inner calls whose options cannot be had. */
  const tree = async (failure: Failure, refusals: string[]): Promise<void> => {
    const refused = async (propagation: 'REQUIRED' | 'MANDATORY' | 'SUPPORTS'): Promise<void> => {
      const call = inside({ propagation, readOnly: false }, () => write(propagation))
      await call.catch((error: unknown) => refusals.push(`${propagation} ${(error as { code?: string }).code}`))
    }
    await inside({ propagation: 'NOT_SUPPORTED' }, async () => {
      await write('plain')
      const outer = inside(strong, async () => {
        await inside({ propagation: 'REQUIRES_NEW', ...strong }, () => write('new'))
        await inside({ propagation: 'REQUIRES_NEW', readOnly: true }, async () => {
          await seen()
          for (const mode of ['REQUIRED', 'MANDATORY', 'SUPPORTS'] as const) await refused(mode)
        })
        await write('outer')
        throw failure
      })
      await outer.catch((error: unknown) => expect(error).toBe(failure))
    })
  }

  // There the options of participants are ignored with four warnings; here what cannot be had is refused, in order.
  repeated(stage, 'NC-16 a tree of modes with options of their own: each honoured, or refused', async () => {
    const refusals: string[] = []
    await tree(new Failure(), refusals)
    expect(refusals).toEqual([
      'REQUIRED AMBIT_TX_INCOMPATIBLE',
      'MANDATORY AMBIT_TX_INCOMPATIBLE',
      'SUPPORTS AMBIT_TX_INCOMPATIBLE',
    ])
    // The outer throw rolls back what is its own, and only that.
    expect(await committed(db)).toEqual(['new', 'plain'])
    const ends = control(stage).map(command => command.replace(/^c\d+ /, ''))
    expect(ends).toEqual(['BEGIN', 'COMMIT', 'BEGIN', 'COMMIT', 'BEGIN', 'ROLLBACK'])
    if (engine.oneWriter) return
    expect(db.log.texts.filter(text => text.startsWith('BEGIN'))).toEqual([
      'BEGIN ISOLATION LEVEL SERIALIZABLE',
      'BEGIN READ ONLY',
      'BEGIN ISOLATION LEVEL SERIALIZABLE',
    ])
  })

  it.each(['NOT_SUPPORTED', 'NEVER'] as const)(
    'NC-16 %s has no transaction that options could be about: they are refused',
    async propagation => {
      const body = jest.fn(seen)
      await expect(inside({ propagation, ...strong }, body)).rejects.toMatchObject({ code: 'AMBIT_TX_INVALID_OPTIONS' })
      expect(body).not.toHaveBeenCalled()
    },
  )

  repeated(stage, 'NC-17 a child that nobody awaits cannot go on behind COMMIT', async () => {
    const { opened, open } = gate()
    let child: Promise<unknown> = Promise.resolve()
    await stage.in.required(async () => {
      child = stage.in.required(async () => {
        await write('child')
        await opened
        await write('late')
      })
      child.catch(() => undefined)
      await write('parent')
    })
    const sent = db.log.commands.length
    open()
    await expect(child).rejects.toMatchObject({ code: 'AMBIT_TX_ENDED', method: 'Boundaries.required' })
    expect(db.log.commands.length).toBe(sent)
    expect(db.log.commands.at(-1)).toBe('COMMIT')
    expect(await committed(db)).toEqual(['child', 'parent'])
    expect(stage.reports.splice(0).map(report => (report as { code?: string }).code)).toContain('AMBIT_TX_ENDED')
  })
})

// A data source has one default that a call may differ from: its isolation.
describe.each(ENGINES.filter(({ oneWriter }) => !oneWriter))('defaults as in nestjs-cls, on $name', engine => {
  const stage = stageOn(engine, { database: { isolation: 'REPEATABLE READ' } })
  const { db } = stage
  const begun = (): string => db.log.texts[0] ?? ''

  it('NC-21 a decorated call has the default of its data source', async () => {
    await stage.in.required(() => write('a'))
    expect(begun()).toBe('BEGIN ISOLATION LEVEL REPEATABLE READ')
  })

  it('NC-22 what a decorated call says itself goes together with the default', async () => {
    await stage.in.reading(seen)
    expect(begun()).toBe('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  })

  it('NC-23 a function has the default too, and its own word wins', async () => {
    await transactional({}, () => write('a'))
    expect(begun()).toBe('BEGIN ISOLATION LEVEL REPEATABLE READ')
    db.log.clear()
    await transactional({ isolation: 'READ COMMITTED' }, () => write('b'))
    expect(begun()).toBe('BEGIN ISOLATION LEVEL READ COMMITTED')
  })

  it('NC-24 a value that is written out counts also where it is false', async () => {
    await transactional({ readOnly: false }, () => write('a'))
    expect(begun()).toBe('BEGIN ISOLATION LEVEL REPEATABLE READ')
    const inner = stage.in.reading(() => transactional({ readOnly: false }, () => write('b')))
    await expect(inner).rejects.toMatchObject({ code: 'AMBIT_TX_INCOMPATIBLE' })
    expect(await committed(db)).toEqual(['a'])
  })

  it('NC-24 the default counts when a participant is compared with it', async () => {
    await stage.in.required(async () => {
      await write('a')
      await transactional({ isolation: 'REPEATABLE READ' }, () => write('b'))
      const stronger = transactional({ isolation: 'SERIALIZABLE' }, () => write('c'))
      await expect(stronger).rejects.toMatchObject({ code: 'AMBIT_TX_INCOMPATIBLE' })
    })
    expect(await committed(db)).toEqual(['a', 'b'])
  })
})
