import type { DataSource, EntityMetadata } from 'typeorm'
import { type BoundForm, boundFormOf } from '../../data-source/statements/bound-form'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import type { ColumnMetadata } from '../compile/metadata-types'
import { tableOf } from '../compile/table-name'
import { BoundedMap } from './bounded-map'
import { recordReader, type Row } from './generated-values'
import { listTexts } from './list-text'
import { recordText } from './record-text'
import { type Behind, plainInsertText, type RecordsetText, recordsetText } from './recordset-text'
import { readTableFacts, type TableFacts } from './table-facts'

/** An INSERT of many rows of one shape. */
export interface RecordsetInsert {
  readonly statement: FixedStatement<Row>
  readonly columns: readonly ColumnMetadata[]
  readonly form: RecordsetText['form']
  /** The key that says in which order its rows came. */
  readonly counted: ColumnMetadata | undefined
}

/** Rows of one shape, and the statement that inserts one of them alone. */
export interface RecordsetRequest {
  readonly shape: string
  readonly single: string
  /** What a stored row is known by; and what tells an upsert from an insert. */
  readonly keys: readonly ColumnMetadata[]
  readonly returned: readonly ColumnMetadata[]
  readonly behind?: Behind
  /** Whether the upsert may leave a row that is there as it is. */
  readonly mayLeave?: boolean
}

/** The statements of one entity, on PostgreSQL, that insert any number of rows at once, each made for the first of its shape. */
export class RecordsetPlans {
  readonly #dataSource: DataSource
  readonly #metadata: EntityMetadata
  readonly #columns: readonly ColumnMetadata[]
  readonly #plans = new BoundedMap<RecordsetInsert | 'none'>(SHAPES_PER_ENTITY)
  #facts: Promise<TableFacts | undefined> | undefined

  constructor(dataSource: DataSource, metadata: EntityMetadata, columns: readonly ColumnMetadata[]) {
    this.#dataSource = dataSource
    this.#metadata = metadata
    this.#columns = columns
  }

  /** `undefined` where rows must go one by one. */
  async of(request: RecordsetRequest): Promise<RecordsetInsert | undefined> {
    const facts = await this.#tableFacts()
    if (facts === undefined) return undefined
    const key = `${request.shape} ${request.behind?.key ?? ''}`
    const plan = this.#plans.of(key, () => this.#plan(request, facts) ?? 'none')
    return plan === 'none' ? undefined : plan
  }

  /** The rows as the statement binds them; `undefined` where they cannot be. */
  valuesOf(plan: RecordsetInsert, rows: readonly (readonly unknown[])[]): readonly string[] | undefined {
    const form: BoundForm | undefined = boundFormOf(this.#dataSource)
    return form && VALUES[plan.form](plan.columns, rows, form)
  }

  #plan(request: RecordsetRequest, facts: TableFacts): RecordsetInsert | undefined {
    const { shape, single, keys, returned, behind, mayLeave = false } = request
    const plain = plainInsertText(this.#dataSource, this.#metadata, { columns: this.#columns, shape })
    if (single !== plain && !single.startsWith(`${plain} RETURNING `)) return undefined
    const given = this.#columns.filter((_, at) => shape[at] === '+')
    if (!given.every(isScalar)) return undefined
    const made = recordsetText({
      dataSource: this.#dataSource,
      metadata: this.#metadata,
      given,
      returned,
      keys,
      facts,
      mayLeave,
      ...(behind !== undefined && { behind }),
    })
    if (made === undefined) return undefined
    const { text, columns, form, counted } = made
    const statement: FixedStatement<Row> = { text, effect: 'write', columns, reader: recordReader(columns) }
    return Object.freeze({ statement: Object.freeze(statement), columns: given, form, counted })
  }

  /** Looked at once; a failure is not remembered. */
  #tableFacts(): Promise<TableFacts | undefined> {
    this.#facts ??= readTableFacts(this.#dataSource, tableOf(this.#dataSource, this.#metadata)).catch(
      (error: unknown) => {
        this.#facts = undefined
        throw error
      },
    )
    return this.#facts
  }
}

const VALUES = {
  lists: listTexts,
  json: (columns, rows, form) => {
    const text = recordText(columns, rows, form)
    return text === undefined ? undefined : [text]
  },
} as const satisfies Record<RecordsetText['form'], RowsWriter>

type RowsWriter = (
  columns: readonly ColumnMetadata[],
  rows: readonly (readonly unknown[])[],
  form: BoundForm,
) => readonly string[] | undefined

/** Shapes differ by the columns without a value. */
const SHAPES_PER_ENTITY = 64

/** PostgreSQL takes a text for an array of JSON apart itself. */
function isScalar({ type, isArray }: ColumnMetadata): boolean {
  return !isArray || (type !== 'json' && type !== 'jsonb')
}
