import { CrudRepository, Repository } from 'ambit'
import { InvalidSpecificationError, InvalidUpsertError } from 'ambit/errors'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Without the list of properties, as programs without types may call it, an upsert ended in a bare TypeError.

@Entity('upserted')
class Upserted {
  @PrimaryColumn({ type: 'varchar' }) name!: string
  @Column() text!: string
}

@Repository(Upserted)
class UpsertedRepository extends CrudRepository<Upserted, string> {}

interface Untyped {
  upsert(...args: readonly unknown[]): Promise<unknown>
  upsertAll(...args: readonly unknown[]): Promise<unknown>
}

describe.each(ENGINES)('an upsert that is not told which properties are unique, on $name,', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Upserted], components: [UpsertedRepository] }))
  const untyped = (): Untyped => running.app.get(UpsertedRepository)
  const row = { name: 'a', text: 'b' }

  it.each([
    ['nothing', []],
    ['null', [null]],
    ['a text', ['name']],
    ['options in their place', [{ update: ['text'] }]],
  ])('is refused before any SQL: it was given %s', async (_, args) => {
    db.log.clear()
    for (const [method, written] of [['upsert', row] as const, ['upsertAll', [row]] as const]) {
      const refused = untyped()[method](written, ...args)
      await expect(refused).rejects.toBeInstanceOf(InvalidUpsertError)
      await expect(refused).rejects.toMatchObject({
        message:
          'No list of properties says which row of Upserted is meant. [AMBIT_REPOSITORY_UPSERT]\n' +
          `  where: UpsertedRepository.${method}\n` +
          "  next:  Pass the properties that are unique together, as a list, behind what is written: ['email'].",
      })
    }
    expect(db.log.texts.filter(text => text.includes('upserted'))).toEqual([])
    expect(await running.app.get(UpsertedRepository).count()).toBe(0)
  })

  it('is refused with options that are no object, too', async () => {
    const refused = untyped().upsert(row, ['name'], null)
    await expect(refused).rejects.toBeInstanceOf(InvalidSpecificationError)
    await expect(refused).rejects.toThrow('UpsertedRepository.upsert was given options that are no object.')
  })
})
