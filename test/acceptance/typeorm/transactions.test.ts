import { ISOLATION_LEVELS, type IsolationLevel, transactional } from 'ambit'
import { Column, Entity, type EntitySubscriberInterface, JoinColumn, ManyToOne, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES } from '../../support/engines'
import { itOnlyIn } from '../../support/lanes/only-in'
import { committed, Failure, Note, seen, write } from '../notes'
import { control, failureOf, repeated, stageOn } from '../stage'

@Entity('post')
class Post {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  title!: string
}

@Entity('comment')
class Comment {
  @PrimaryGeneratedColumn()
  id!: number

  @ManyToOne(() => Post, { cascade: true, nullable: false })
  @JoinColumn()
  post!: Post
}

/** A call of `transaction()` that stores a post, then its children one by one, and swallows what fails in them. */
interface Tree {
  readonly title: string
  readonly fails?: true
  readonly children?: readonly Tree[]
}

const ELEVEN: Tree = {
  title: '1',
  children: [
    { title: '2', children: [{ title: '3' }, { title: '4', fails: true, children: [{ title: '5' }] }] },
    { title: '6', fails: true, children: [{ title: '7' }, { title: '8', fails: true }] },
    { title: '9', children: [{ title: '10', children: [{ title: '11' }] }] },
  ],
}

describe.each(ENGINES)("the scenarios of TypeORM's own suite, on $name", engine => {
  const stage = stageOn(engine, { entities: [Post, Comment] })
  const { db } = stage
  const titles = async (): Promise<string[]> =>
    (await db.query<{ title: string }>('SELECT title FROM post ORDER BY id')).map(({ title }) => title)

  const store = async ({ title, fails, children = [] }: Tree): Promise<void> =>
    stage.dataSource.transaction(async manager => {
      await manager.save(Post, { title })
      for (const child of children) await store(child).catch(expectFailure)
      if (fails) throw new Failure(title)
    })

  it('TO-01 of eleven posts in nested transactions those outside failed ones exist, and no others', async () => {
    await store(ELEVEN)
    expect(await titles()).toEqual(['1', '2', '3', '9', '10', '11'])
    expect(control(stage).filter(command => command.endsWith('SAVEPOINT'))).toHaveLength(10)
    expect([control(stage)[0], control(stage).at(-1)]).toEqual(['c1 BEGIN', 'c1 COMMIT'])
  })

  it('TO-02 where the root fails none exists', async () => {
    await expect(store({ ...ELEVEN, fails: true })).rejects.toThrow(Failure)
    expect(await titles()).toEqual([])
    expect(control(stage).at(-1)).toBe('c1 ROLLBACK')
  })

  it('TO-03 all work of a method is on one connection, whatever handle it goes through', async () => {
    const { dataSource } = stage
    await stage.in.required(async () => {
      await dataSource.manager.save(Comment, { post: { title: 'cascaded' } })
      await dataSource.getRepository(Post).find()
      await dataSource.createQueryBuilder().update(Post).set({ title: 'changed' }).execute()
      await dataSource.query('SELECT 1')
      await dataSource.transaction(manager => manager.getRepository(Post).count())
    })
    expect(db.log.connections).toBe(1)
    expect([db.log.commands[0], db.log.commands.at(-1)]).toEqual(['BEGIN', 'COMMIT'])
    expect(await titles()).toEqual(['changed'])
  })

  it('TO-04 what the callback returns is what the caller gets', async () => {
    const { dataSource } = stage
    expect(await dataSource.transaction(async () => ({ id: 1 }))).toEqual({ id: 1 })
    expect(await dataSource.manager.transaction(async manager => manager.save(Note, { k: 'a' }))).toEqual({ k: 'a' })
    const inner = await stage.in.required(() => dataSource.transaction(async manager => manager.find(Note)))
    expect(inner).toEqual([{ k: 'a' }])
  })

  it.each(ISOLATION_LEVELS)(
    'TO-05 %s, asked of transaction() too, is what the database is asked for',
    async isolation => {
      const expected = engine.oneWriter ? 'BEGIN IMMEDIATE' : `BEGIN ISOLATION LEVEL ${isolation}`
      await stage.dataSource.transaction(isolation, async manager => void (await manager.insert(Note, { k: 'a' })))
      expect(db.log.texts[0]).toBe(expected)
      db.log.clear()
      await transactional({ isolation }, () => write('b'))
      expect(db.log.texts[0]).toBe(expected)
      expect(await committed(db)).toEqual(['a', 'b'])
    },
  )

  it('TO-05 a level that there is not is refused before BEGIN', async () => {
    const body = jest.fn(seen)
    for (const isolation of ['SNAPSHOT', 'serializable', 'READ COMMITTED; DROP TABLE note']) {
      const error = await failureOf(transactional({ isolation: isolation as IsolationLevel }, body))
      expect(error).toMatchObject({ code: 'AMBIT_TX_INVALID_OPTIONS' })
      await failureOf(stage.dataSource.transaction(isolation as IsolationLevel, body))
    }
    expect(body).not.toHaveBeenCalled()
    expect(db.log.entries).toEqual([])
  })

  it('TO-06 subscribers are told around the statement, and once around the transaction', async () => {
    const told: string[] = []
    const tell = (name: string) => () => void told.push(`${name} behind ${db.log.commands.at(-1) ?? 'nothing'}`)
    const subscriber: EntitySubscriberInterface = {
      beforeTransactionStart: tell('beforeStart'),
      afterTransactionStart: tell('afterStart'),
      beforeInsert: tell('beforeInsert'),
      afterInsert: tell('afterInsert'),
      beforeTransactionCommit: tell('beforeCommit'),
      afterTransactionCommit: tell('afterCommit'),
    }
    stage.dataSource.subscribers.push(subscriber)
    try {
      await stage.in.required(() => stage.dataSource.getRepository(Post).save({ title: 'a' }))
    } finally {
      stage.dataSource.subscribers.splice(stage.dataSource.subscribers.indexOf(subscriber), 1)
    }
    expect(told.map(line => line.split(' ')[0])).toEqual(
      // BEGIN travels with the first statement, so its events come when that is sent.
      ['beforeInsert', 'beforeStart', 'afterStart', 'afterInsert', 'beforeCommit', 'afterCommit'],
    )
    expect(told.filter(line => /^(afterInsert|beforeCommit|afterCommit)/.test(line))).toEqual([
      'afterInsert behind INSERT post',
      'beforeCommit behind INSERT post',
      'afterCommit behind COMMIT',
    ])
  })

  it('TO-07 save() with { transaction: false } opens none', async () => {
    await stage.dataSource.getRepository(Post).save({ title: 'a' }, { transaction: false })
    expect(db.log.commands).toEqual(['INSERT post'])
    expect(await titles()).toEqual(['a'])
  })

  it('TO-07 save() in a transaction opens none either way', async () => {
    await stage.in.required(async () => {
      await stage.dataSource.getRepository(Post).save({ title: 'a' }, { transaction: false })
      await stage.dataSource.getRepository(Post).save({ title: 'b' })
    })
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 COMMIT'])
    expect(await titles()).toEqual(['a', 'b'])
  })

  const itDisposes = itOnlyIn('main', 'TypeORM 0.3 has no disposable query runner')

  itDisposes('TO-08 a disposed query runner has given its connection back', async () => {
    const { dataSource } = stage
    for (let time = 0; time < 8; time += 1) {
      await using runner = dataSource.createQueryRunner()
      await runner.query('SELECT 1')
    }
    expect(await committed(db)).toEqual([])
  })

  // Not even disposing ends a scope: its transaction has an owner.
  itDisposes('TO-08 one that is disposed of in a scope leaves its transaction alone', async () => {
    const failure = new Failure()
    const outcome = stage.in.required(async () => {
      {
        await using runner = stage.dataSource.createQueryRunner()
        await runner.query("INSERT INTO note (k) VALUES ('a')")
      }
      await write('b')
      expect(await committed(db)).toEqual([])
      throw failure
    })
    await expect(outcome).rejects.toBe(failure)
    expect(await committed(db)).toEqual([])
    expect(control(stage)).toEqual(['c1 BEGIN', 'c1 ROLLBACK'])
  })

  repeated(
    stage,
    'TO-08 a released query runner with an open transaction leaves nothing open, and nothing stored',
    async () => {
      const runner = stage.dataSource.createQueryRunner()
      await runner.startTransaction()
      await runner.query("INSERT INTO note (k) VALUES ('a')")
      await runner.rollbackTransaction()
      await runner.release()
      expect(await committed(db)).toEqual([])
    },
  )
})

function expectFailure(error: unknown): void {
  if (!(error instanceof Failure)) throw error
}
