import { CrudRepository, Repository, Sort, transactional } from 'ambit'
import {
  Column,
  type ColumnOptions,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
} from 'typeorm'
import { ENGINES, engineDatabase, runningApplication, type TestEngine } from '../support/engines'

// Members of a list were given to their owners by what both hold of the key. Where the database takes for equal what looks
// different they were lost, and where a transformer hides what it holds each owner had the members of all.

/** A value that shows nothing of itself. */
class Sealed {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  open(): string {
    return this.#text
  }
}

const sealed = {
  to: (value: unknown) => (value instanceof Sealed ? value.open() : value),
  from: (value: unknown) => (typeof value === 'string' ? new Sealed(value) : value),
}

/** Owners `a` and `b`, and how members may write their keys. */
interface Kind {
  readonly owner: ColumnOptions
  readonly member?: ColumnOptions
  readonly keys: readonly [a: string, b: string, alsoA: string]
}

const KINDS: Readonly<Record<TestEngine['name'], Readonly<Record<string, Kind>>>> = {
  PostgreSQL: {
    citext: { owner: { type: 'citext' }, keys: ["'a'", "'b'", "'A'"] },
    numeric: { owner: { type: 'numeric' }, keys: ['1.0', '2', '1.00'] },
    interval: { owner: { type: 'interval' }, keys: ["'1 day'", "'1 hour'", "'24 hours'"] },
    wider: { owner: { type: 'integer' }, member: { type: 'bigint' }, keys: ['1', '2', '1'] },
    sealed: { owner: { type: 'varchar', transformer: sealed }, keys: ["'a'", "'b'", "'a'"] },
  },
  SQLite: {
    nocase: { owner: { type: 'varchar', collation: 'NOCASE' }, keys: ["'a'", "'b'", "'A'"] },
    numeric: { owner: { type: 'numeric' }, keys: ['1.0', '2', '1'] },
    sealed: { owner: { type: 'varchar', transformer: sealed }, keys: ["'a'", "'b'", "'a'"] },
  },
}

interface Owned {
  readonly id: number
  readonly members: readonly { readonly id: number }[]
  readonly groups: readonly { readonly id: number }[]
}

function modelOf(name: string, { owner, member = owner }: Kind) {
  @Entity(`look_owner_${name}`)
  class Owner {
    @PrimaryColumn() id!: number
    @Column({ ...owner, unique: true }) code!: unknown
    @OneToMany(() => Member, each => each.owner) members!: Member[]
    @ManyToMany(() => Group)
    @JoinTable({ name: `look_link_${name}`, joinColumn: { name: 'code', referencedColumnName: 'code' } })
    groups!: Group[]
  }
  @Entity(`look_member_${name}`)
  class Member {
    @PrimaryColumn() id!: number
    @Column({ ...member, transformer: [], name: 'code' }) code!: unknown
    @ManyToOne(() => Owner, each => each.members)
    @JoinColumn({ name: 'code', referencedColumnName: 'code' })
    owner!: Owner
  }
  @Entity(`look_group_${name}`)
  class Group {
    @PrimaryColumn() id!: number
  }
  @Repository(Owner)
  class Owners extends CrudRepository<Owner> {}
  return { entities: [Owner, Member, Group], Owners, find: async (owners: Owners) => owned(owners) }

  async function owned(owners: Owners): Promise<readonly Owned[]> {
    return owners.findMany(undefined, { relations: ['members', 'groups'], sort: Sort.by<Owner>('id') })
  }
}

describe.each(ENGINES)('lists by keys that only look different on $name', engine => {
  const kinds = Object.entries(KINDS[engine.name])
  const models = kinds.map(([name, kind]) => ({ name, kind, ...modelOf(name, kind) }))
  const db = engineDatabase(engine)
  beforeAll(async () => {
    if (engine.name === 'PostgreSQL') await db.query('CREATE EXTENSION citext')
  })
  const running = runningApplication(db, () => ({
    entities: models.flatMap(({ entities }) => entities),
    components: models.map(({ Owners }) => Owners),
  }))

  it.each(models)('belong to their owners: $name', async ({ name, kind: { keys }, Owners, find }) => {
    const [a, b, alsoA] = keys
    await db.query(`INSERT INTO look_owner_${name} (id, code) VALUES (1, ${a}), (2, ${b})`)
    await db.query(`INSERT INTO look_member_${name} (id, code) VALUES (10, ${a}), (11, ${alsoA}), (12, ${b})`)
    await db.query(`INSERT INTO look_group_${name} (id) VALUES (20), (21)`)
    const link = `look_link_${name}`
    await db.query(`INSERT INTO ${link} VALUES (${alsoA}, 20), (${b}, 21)`)
    const owners = running.app.get(Owners)
    const ids = (found: readonly Owned[]) =>
      found.map(each => [each.id, each.members.map(({ id }) => id).sort(), each.groups.map(({ id }) => id)])
    const expected = [
      [1, [10, 11], [20]],
      [2, [12], [21]],
    ]
    expect(ids(await find(owners))).toEqual(expected)
    const inside = async (): Promise<readonly Owned[]> => {
      await owners.count()
      return find(owners)
    }
    expect(ids(await transactional({}, inside))).toEqual(expected)
  })
})
