import { bootstrap, CrudRepository, Query, Repository } from 'ambit'
import { Column, Entity, EntitySchema, PrimaryGeneratedColumn } from 'typeorm'
import { ENGINES, engineDatabase, runningApplication, silentLogger } from '../../support/engines'

/** No entity itself: its columns are those of the classes that extend it. */
abstract class Named {
  @PrimaryGeneratedColumn()
  id!: number

  @Column()
  name!: string
}

@Entity('plant')
class Plant extends Named {
  @Column({ default: 1 })
  height!: number
}

@Entity('stone')
class Stone extends Named {}

class Cloud {
  id!: number
  shape!: string
}

const CloudSchema = new EntitySchema<Cloud>({
  name: 'Cloud',
  target: Cloud,
  tableName: 'cloud',
  columns: { id: { type: 'int', primary: true, generated: true }, shape: { type: String } },
})

const ofNamed = Query.of(Named)
const ofPlant = Query.of(Plant)
const ofCloud = Query.of(Cloud)

abstract class NamedRepository<T extends Named> extends CrudRepository<T> {
  @ofNamed({ where: 'name = :name order by id' })
  declare named: (name: string) => Promise<T[]>
  @ofNamed()
  declare findOneByName: (name: string) => Promise<T | null>
  @ofNamed()
  declare deleteByName: (name: string) => Promise<number>
}

@Repository(Plant)
class Plants extends NamedRepository<Plant> {}

@Repository(Stone)
class Stones extends NamedRepository<Stone> {}

/** Of no entity of its own. */
@Repository()
class Garden {
  @ofPlant({ where: 'height > :height', result: 'count' })
  declare higherThan: (height: number) => Promise<number>
  @ofCloud()
  declare findByShape: (shape: string) => Promise<Cloud[]>
}

const ENTITIES = [Plant, Stone, CloudSchema]

describe.each(ENGINES)('queries of Query.of on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({ entities: ENTITIES, components: [Plants, Stones, Garden] }))

  beforeEach(async () => {
    await running.app.get(Plants).saveAll([{ name: 'oak', height: 9 }, { name: 'moss' }])
    await running.app.get(Stones).saveAll([{ name: 'oak' }, { name: 'oak' }])
    db.log.clear()
  })

  it('are about the entity of each repository that inherits them', async () => {
    const plants = await running.app.get(Plants).named('oak')
    expect(plants).toEqual([expect.objectContaining({ name: 'oak', height: 9 })])
    expect(plants[0]).toBeInstanceOf(Plant)
    expect(await running.app.get(Stones).named('oak')).toHaveLength(2)
    expect(db.log.commands).toEqual(['SELECT plant', 'SELECT stone'])
  })

  it('are derived from names too, and write', async () => {
    expect(await running.app.get(Plants).findOneByName('moss')).toMatchObject({ height: 1 })
    expect(await running.app.get(Stones).deleteByName('oak')).toBe(2)
    expect(await running.app.get(Plants).count()).toBe(2)
  })

  it('may be about several entities in a repository that has none', async () => {
    await db.query(`INSERT INTO cloud (shape) VALUES ('whale')`)
    expect(await running.app.get(Garden).higherThan(3)).toBe(1)
    expect(await running.app.get(Garden).findByShape('whale')).toEqual([{ id: 1, shape: 'whale' }])
  })

  it('are refused where the repository is of another entity, or of a base', async () => {
    @Repository(Stone)
    class Mistaken extends CrudRepository<Plant> {
      @ofPlant({ where: 'height > :height' })
      declare higherThan: (height: number) => Promise<Plant[]>
    }
    @Repository(CloudSchema)
    class Clouds {
      @ofNamed({ where: 'name = :name' })
      declare named: (name: string) => Promise<Named[]>
    }
    expect(await problemsOf(Mistaken, Clouds)).toEqual([
      expect.stringContaining('Clouds.named is a query of Named, but its repository is one of Cloud.'),
      [
        'Mistaken.higherThan is a query of Plant, but its repository is one of Stone. [AMBIT_QUERY_ENTITY]',
        '  where: Mistaken.higherThan',
        '  next:  Declare it in a repository of Plant, or in one without an entity: @Repository().',
      ].join('\n'),
    ])
  })

  it('are refused where the data source does not map the entity', async () => {
    class Fog {
      density!: number
    }
    const ofFog = Query.of(Fog)
    @Repository()
    class Sky {
      @ofNamed()
      declare findByName: (name: string) => Promise<Named[]>
      @ofFog()
      declare findByDensity: (density: number) => Promise<Fog[]>
    }
    expect(await problemsOf(Sky)).toEqual([
      expect.stringContaining('Sky.findByDensity is a query of Fog, which its data source does not map.'),
      expect.stringContaining('Sky.findByName is a query of Named, which its data source does not map.'),
    ])
  })

  it('are checked against the entity of the repository', async () => {
    const unknown = Query.of(Named)
    @Repository(Stone)
    class Wrong extends CrudRepository<Stone> {
      // @ts-expect-error ambit: find: 'height' is no property of the entity
      @unknown({ where: 'height > 3' })
      declare find: () => Promise<Stone[]>
    }
    expect(await problemsOf(Wrong)).toEqual([expect.stringContaining("'height' is no property of Stone")])
  })

  async function problemsOf(...components: (abstract new () => object)[]): Promise<readonly string[]> {
    const started = bootstrap({
      database: { ...db.settings, schema: 'none' },
      entities: ENTITIES,
      components,
      logger: silentLogger,
    })
    const failure = await started.then(
      async app => app.close().then(() => undefined),
      (error: unknown) => error as { readonly problems: readonly Error[] },
    )
    return failure?.problems.map(({ message }) => message) ?? []
  }
})

it('Query.of refuses at once what is no class, such as one of a file that is half made', () => {
  // The name of an entity says nothing to the compiler.
  for (const given of [undefined, null, 'Plant', {}])
    expect(() => Query.of(given as never)).toThrow(/Query\.of was given no class, but \w+\./)
})

it('Query.of refuses unknown options as Query does', () => {
  // @ts-expect-error there is no such option
  expect(() => ofPlant({ whre: 'height > 3' })).toThrow("unknown option 'whre'")
})
