import { bootstrap, CrudRepository, Query, Repository } from 'ambit'
import { StartUpError } from 'ambit/errors'
import { Column, Entity, PrimaryColumn } from 'typeorm'
import { ENGINES, engineDatabase, silentLogger } from '../support/engines'

// A COPY from the client that was declared as a query was told as a statement that took too long, and one to the client
// answered an empty list.

@Entity('copied')
class Copied {
  @PrimaryColumn({ type: 'integer' }) id!: number
  @Column() name!: string
}

@Repository(Copied)
class Copying extends CrudRepository<Copied> {
  @Query.sql('COPY copied FROM STDIN', { result: 'affected' })
  declare bare: () => Promise<number>
  @Query.sql('/* all */ copy copied (id, name) from stdin with (format csv)')
  declare withColumns: () => Promise<unknown[]>
  @Query.sql('COPY (SELECT * FROM copied) TO STDOUT')
  declare out: () => Promise<unknown[]>
}

@Repository(Copied)
class NotCopying extends CrudRepository<Copied> {
  @Query.sql("COPY copied FROM '/nowhere'", { result: 'affected' })
  declare fromServer: () => Promise<number>
  @Query.sql("COPY (SELECT 'FROM STDIN' AS from FROM copied) TO '/nowhere'", { result: 'affected' })
  declare toServer: () => Promise<number>
  @Query.sql("SELECT 'COPY copied FROM STDIN' AS copy, id AS stdin FROM copied")
  declare words: () => Promise<unknown[]>
}

describe.each(ENGINES)('a COPY declared as a query on $name', engine => {
  const db = engineDatabase(engine)
  const start = (component: typeof Copying | typeof NotCopying) =>
    bootstrap({ database: db.settings, entities: [Copied], components: [component], logger: silentLogger })

  it('is refused at the start where its rows would come from the client, or go to it', async () => {
    const refused = await start(Copying).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StartUpError)
    const { problems } = refused as StartUpError
    expect(problems.map(({ message }) => message)).toEqual([
      'Copying.bare is a COPY FROM STDIN, whose rows no query can send. [AMBIT_QUERY_SQL_COPY]\n  where: Copying.bare\n' +
        "  next:  Use insertAll(), which sends rows in bulk, or pg-copy-streams on a connection of pg's own.",
      expect.stringContaining('Copying.out is a COPY TO STDOUT, whose rows no query can answer.'),
      expect.stringContaining('Copying.withColumns is a COPY FROM STDIN, whose rows no query can send.'),
    ])
    expect(db.log.commands).toEqual([])
  })

  it('is none where the server has the file, or the words only look like it', async () => {
    await using app = await start(NotCopying)
    expect(await app.get(NotCopying).words()).toEqual([])
  })
})
