import { Column, Entity, Index, JoinColumn, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm'

/** A table as wide as those of applications; made before a run and dropped after it. */
export const ITEMS = 'ambit_bench_item'
/** Five to each item of the small batch. */
export const PARTS = 'ambit_bench_part'

/** What a list holds: the rows of one batch. */
export const BATCHES = { small: { batch: 1, size: 100 }, large: { batch: 2, size: 1_000 } } as const

export const PARTS_EACH = 5
export const PAGE_SIZE = 20

/** The values of a row, as every peer must answer them. */
export interface ItemValues {
  readonly id: number
  readonly batch: number
  readonly name: string
  readonly email: string
  readonly age: number
  readonly score: number
  readonly active: boolean
  /** PostgreSQL's numeric: its digits. */
  readonly balance: string
  readonly created: Date
  readonly changed: Date | null
  readonly tags: { readonly colours: readonly string[]; readonly size: number }
  readonly note: string | null
}

export interface PartValues {
  readonly id: number
  readonly itemId: number
  readonly label: string
}

/** All rows, in the order of their keys. */
export function itemRows(): readonly ItemValues[] {
  return Object.values(BATCHES).flatMap(({ batch, size }) =>
    Array.from({ length: size }, (_, index) =>
      itemRow(batch === 1 ? index + 1 : BATCHES.small.size + index + 1, batch),
    ),
  )
}

/** The rows of a batch. */
export function itemsOf(batch: number): readonly ItemValues[] {
  return itemRows().filter(item => item.batch === batch)
}

export function partRows(): readonly PartValues[] {
  return itemsOf(BATCHES.small.batch).flatMap(({ id }) =>
    Array.from({ length: PARTS_EACH }, (_, index) => ({
      id: (id - 1) * PARTS_EACH + index + 1,
      itemId: id,
      label: `part ${index} of ${id}`,
    })),
  )
}

function itemRow(id: number, batch: number): ItemValues {
  return {
    id,
    batch,
    name: `item ${id}`,
    email: `item.${id}@example.com`,
    age: id % 90,
    score: id / 7,
    active: id % 3 !== 0,
    balance: `${id}.25`,
    created: new Date(Date.UTC(2024, id % 12, (id % 27) + 1, id % 24, id % 60, 0, id % 1_000)),
    changed: id % 4 === 0 ? null : new Date(Date.UTC(2025, 0, 1, 0, 0, id % 60)),
    tags: { colours: ['red', `shade ${id}`], size: id % 10 },
    note: id % 5 === 0 ? null : `a note about ${id}, as long as notes are`,
  }
}

/** The columns, in the order of the table. */
export const ITEM_COLUMNS = Object.keys(itemRow(1, 1)) as readonly (keyof ItemValues)[]

@Entity(ITEMS)
export class Item {
  @PrimaryGeneratedColumn()
  id!: number

  @Index()
  @Column('int')
  batch!: number

  @Column()
  name!: string

  @Column()
  email!: string

  @Column('int')
  age!: number

  @Column('double precision')
  score!: number

  @Column('boolean')
  active!: boolean

  @Column('numeric', { precision: 12, scale: 2 })
  balance!: string

  @Column('timestamptz')
  created!: Date

  @Column('timestamptz', { nullable: true })
  changed!: Date | null

  @Column('jsonb')
  tags!: ItemValues['tags']

  @Column('text', { nullable: true })
  note!: string | null

  @OneToMany(() => Part, part => part.item)
  parts?: Part[]
}

@Entity(PARTS)
export class Part {
  @PrimaryGeneratedColumn()
  id!: number

  @Index()
  @Column('int')
  itemId!: number

  @Column()
  label!: string

  @ManyToOne(() => Item, item => item.parts)
  @JoinColumn({ name: 'itemId' })
  item?: Item
}

/** Makes both tables, and fills them. */
export const CREATE_ITEMS = `
  CREATE TABLE ${ITEMS} (id serial PRIMARY KEY, batch integer NOT NULL, name varchar NOT NULL, email varchar NOT NULL,
    age integer NOT NULL, score double precision NOT NULL, active boolean NOT NULL, balance numeric(12, 2) NOT NULL,
    created timestamptz NOT NULL, changed timestamptz, tags jsonb NOT NULL, note text);
  CREATE INDEX ON ${ITEMS} (batch);
  CREATE TABLE ${PARTS} (id serial PRIMARY KEY, "itemId" integer NOT NULL REFERENCES ${ITEMS}, label varchar NOT NULL);
  CREATE INDEX ON ${PARTS} ("itemId");`

export const DROP_ITEMS = `DROP TABLE IF EXISTS ${PARTS}; DROP TABLE IF EXISTS ${ITEMS};`

/** Both take the rows as JSON. */
export const FILL_ITEMS = [
  { text: `INSERT INTO ${ITEMS} SELECT * FROM jsonb_populate_recordset(NULL::${ITEMS}, $1)`, rows: itemRows },
  { text: `INSERT INTO ${PARTS} SELECT * FROM jsonb_populate_recordset(NULL::${PARTS}, $1)`, rows: partRows },
] as const
