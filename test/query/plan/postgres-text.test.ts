import { Sort } from 'ambit'
import fc from 'fast-check'
import { Client, types } from 'pg'
import { DataSource, type ObjectLiteral } from 'typeorm'
import { OrderTerm } from '../../../src/query/ast/order-term'
import { postgresDialect } from '../../../src/query/compile/sql-dialect'
import { closureReader } from '../../../src/query/plan/closure-reader'
import { EntityPlans } from '../../../src/query/plan/entity-plans'
import { hydrationOf } from '../../../src/query/plan/hydration'
import { ENGINES, engineDatabase, runningApplication, type TestEngine } from '../../support/engines'
import { randomEntities } from '../execute/random-entities'

const SEED = 7
const POSTGRES = ENGINES.filter(({ name }) => name === 'PostgreSQL') as [TestEngine]

describe.each(POSTGRES)('M18 entities made of the text that $name sends', engine => {
  const entities = randomEntities(engine.name, 12, SEED)
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: entities.map(({ schema }) => schema) as never[],
    components: entities.map(({ repository }) => repository),
  }))

  it.each(entities.map((entity, index) => [index, entity] as const))('entity %i', async (_, { repository, rows }) => {
    const found = running.app.get(repository)
    const dataSource = running.app.get(DataSource)
    const { metadata } = found.orm
    for (const row of fc.sample(rows, { numRuns: 6, seed: SEED })) await found.orm.insert(found.orm.create(row))
    const expected = await found.orm.find({ order: { id: 'ASC' } })
    expect(await found.findAll(Sort.by('id'))).toStrictEqual(expected)

    const order = [OrderTerm.create('id')]
    const selection = { dataSource, metadata, dialect: postgresDialect, predicate: undefined, order }
    const plan = new EntityPlans(selection).select({ named: {}, positional: [] }, undefined)
    if (plan === undefined) throw new Error('such entities have a plan')
    const { cells, parsers } = await textOf(db.url, plan.statement.text)
    const generated = plan.statement.reader(parsers)
    expect(cells.map(generated)).toStrictEqual(expected)
    const columns = metadata.columns.filter(({ isSelect }) => isSelect)
    const closures = closureReader(hydrationOf(dataSource, metadata, columns), parsers)
    expect(cells.map(closures)).toStrictEqual(expected)
  })
})

/** A statement's cells as the server writes them, and pg's parsers for them. */
async function textOf(
  url: string,
  text: string,
): Promise<{ cells: readonly (readonly unknown[])[]; parsers: readonly ((text: string) => unknown)[] }> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const raw = { getTypeParser: () => (cell: string) => cell }
    const { rows, fields } = await client.query<ObjectLiteral[]>({ text, rowMode: 'array', types: raw })
    const parsers = fields.map(
      ({ dataTypeID }) => types.getTypeParser(dataTypeID as never) as (text: string) => unknown,
    )
    return { cells: rows, parsers }
  } finally {
    await client.end()
  }
}
