import { CrudRepository, Repository } from 'ambit'
import fc from 'fast-check'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { liftValues } from '../../../src/query/ast/lift-values'
import { printPredicate } from '../../../src/query/ast/print-query'
import { DynamicQueries } from '../../../src/query/execute/dynamic-queries'
import { EntityQuery } from '../../../src/query/execute/entity-query'
import { bindingOf } from '../../../src/repository/binding'
import { ENGINES, engineDatabase, runningApplication } from '../../support/engines'
import { EVERY_ROW, smallPredicate } from '../support/small-predicates'
import { evaluate, type Row } from '../support/three-valued'

@Entity('specimen')
class Specimen {
  @PrimaryGeneratedColumn() id!: number
  @Column({ type: 'integer', nullable: true }) age!: number | null
  @Column({ type: 'varchar', nullable: true }) name!: string | null
  @Column({ type: 'boolean', nullable: true }) active!: boolean | null
}

@Repository(Specimen)
class Specimens extends CrudRepository<Specimen> {}

describe.each(ENGINES)('Q15, Q20: a predicate on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: [Specimen], components: [Specimens] }))

  beforeEach(() => running.app.get(Specimens).saveAll(EVERY_ROW.map(row => ({ ...row }))))

  it('finds what three-valued logic says, made simple or not', async () => {
    const { context } = bindingOf(running.app.get(Specimens))
    const metadata = running.app.get(Specimens).orm.metadata
    await fc.assert(
      fc.asyncProperty(smallPredicate, predicate =>
        running.app.run(async () => {
          const expected = EVERY_ROW.filter(row => evaluate(predicate, row) === true)
            .map(shown)
            .sort()
          const lifted = liftValues(predicate)
          const plain = new EntityQuery({ ...context, metadata, predicate: lifted.predicate, order: [] })
          const asWritten = await plain.select({ named: lifted.values, positional: [] }, {})
          const simple = DynamicQueries.of(context).prepare({ specification: { predicate } }, 'Specimens.findMany')
          const note = printPredicate(predicate)
          expect([note, ...rows(asWritten)]).toEqual([note, ...expected])
          expect([note, ...rows(await simple.select())]).toEqual([note, ...expected])
          expect(await simple.count()).toBe(expected.length)
          expect(await simple.exists()).toBe(expected.length > 0)
        }),
      ),
      { numRuns: 150 },
    )
  })
})

function rows(found: readonly object[]): readonly string[] {
  // The entities of this test.
  return (found as readonly Specimen[]).map(({ age, name, active }) => shown({ age, name, active })).sort()
}

function shown({ age, name, active }: Row): string {
  return JSON.stringify([age, name, active])
}
