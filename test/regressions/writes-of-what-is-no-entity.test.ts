import { CrudRepository, Repository } from 'ambit'
import { InvalidEntityError } from 'ambit/errors'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Where all columns have defaults, `insert(null)` stored a row of these, and so did a list or a text in an entity's place.

@Entity('defaulted')
class Defaulted {
  @PrimaryGeneratedColumn() id!: number
  @Column({ default: 'new' }) state!: string
}

@Repository(Defaulted)
class Defaults extends CrudRepository<Defaulted> {}

type Writes = Readonly<Record<string, (...given: readonly unknown[]) => Promise<unknown>>>

const WRONG = [
  ['null', null, 'null'],
  ['undefined', undefined, 'undefined'],
  ['a text', 'secret', 'a string'],
  ['a number', 7, 'a number'],
  ['a list', [{ state: 'a' }], 'a list'],
  ['a promise of one', Promise.resolve({ state: 'a' }), 'a promise'],
] as const

describe.each(ENGINES)('what is no entity, on $name', engine => {
  const running = runningApplication(engineDatabase(engine), () => ({ entities: [Defaulted], components: [Defaults] }))
  const writes = (): Writes => running.app.get(Defaults) as unknown as Writes

  afterEach(async () => {
    expect(await running.app.get(Defaults).count()).toBe(0)
  })

  describe.each(['insert', 'save', 'upsert'])('%s()', method => {
    it.each(WRONG)('refuses %s before any SQL, and tells none of it', async (_, given, described) => {
      const error: unknown = await writes()
        [method]?.(given, ['id'])
        .catch((failure: unknown) => failure)
      expect(error).toBeInstanceOf(InvalidEntityError)
      const { message } = error as InvalidEntityError
      expect(message).toContain(`Defaults.${method} was given ${described} in place of an entity.`)
      const next: Record<string, string> = { 'a list': `Use ${method}All().`, 'a promise': 'Await it first.' }
      expect(message).toContain(next[described] ?? 'Pass an object')
      expect(message).not.toContain('secret')
    })
  })

  describe.each(['insertAll', 'saveAll', 'upsertAll', 'deleteAll'])('%s()', method => {
    it.each([
      ['nothing', undefined, 'was given undefined in place of a list of entities.'],
      ['a text', 'secret', 'was given a string in place of a list of entities.'],
      ['a single entity', { id: 1, state: 'a' }, 'was given an object in place of a list of entities.'],
      ['a set', new Set([{ id: 1 }]), 'was given an object in place of a list of entities.'],
      ['a list with a hole in it', [{ id: 1 }, null], 'Entry 2 of the list that'],
      ['a list of promises', [Promise.resolve({ id: 1 })], 'is a promise, no entity.'],
      ['a list in the list', [[{ id: 1 }]], 'Entry 1 of the list that'],
    ])('refuses %s before any SQL', async (_, given, told) => {
      const error: unknown = await writes()
        [method]?.(given, ['id'])
        .catch((failure: unknown) => failure)
      expect(error).toMatchObject({ code: 'AMBIT_REPOSITORY_ENTITY' })
      expect((error as Error).message).toContain(told)
    })
  })

  it('delete() refuses a key in the place of its entity', async () => {
    await expect(writes()['delete']?.(1)).rejects.toMatchObject({ code: 'AMBIT_REPOSITORY_ENTITY' })
  })
})
