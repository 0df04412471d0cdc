import type { ObjectLiteral } from 'typeorm'
import { translateDatabaseError } from '../../data-source/database-error'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import { RowBatches, type StreamBoundary } from '../../data-source/statements/stream-statement'
import { streamed, type StreamedStatement } from '../../data-source/statements/streamed-statement'
import { storedKind } from '../compile/column-kind'
import { type EntitySelection, keysBuilder, selectBuilder } from '../compile/entity-builder'
import { keysAtATime } from '../compile/keys-at-a-time'
import type { ColumnMetadata } from '../compile/metadata-types'
import { type CallValues, parametersOfCall } from '../compile/values'
import type { BatchSource } from './row-stream'

/** How the rows of a query are streamed. */
export interface StreamCall {
  /** The method, for errors and traces. */
  readonly label: string
  readonly fetchSize: number
  readonly limit?: number | undefined
  readonly boundary?: StreamBoundary | undefined
}

interface ReadySelect {
  readonly plan: { readonly statement: FixedStatement<object | undefined> }
  readonly values: readonly unknown[]
}

/** Entities that are made of one row each, by our own statement. */
export class PlainBatches implements BatchSource<ObjectLiteral> {
  readonly #rows: RowBatches<object | undefined>

  constructor({ dataSource }: EntitySelection, { plan, values }: ReadySelect, call: StreamCall) {
    this.#rows = new RowBatches({ dataSource, statement: streamed(plan.statement), values, ...call })
  }

  get lost(): boolean {
    return this.#rows.lost
  }

  async next(): Promise<readonly ObjectLiteral[] | undefined> {
    const rows = await this.#rows.next()
    // As TypeORM has it, a row in which all is null is no entity.
    return rows?.includes(undefined) === true ? rows.filter(row => row !== undefined) : (rows as ObjectLiteral[])
  }

  close(): Promise<void> {
    return this.#rows.close()
  }
}

/**
 * Entities that TypeORM has to load (eager relations, listeners, inheritance): the keys come as a stream, and each batch of
 * them is loaded in the same transaction.
 */
export class LoadedBatches implements BatchSource<ObjectLiteral> {
  readonly #selection: EntitySelection
  readonly #values: CallValues
  readonly #label: string
  readonly #keys: RowBatches<ObjectLiteral>

  constructor(selection: EntitySelection, values: CallValues, call: StreamCall) {
    const { dataSource } = selection
    const keys = keysBuilder(selection, parametersOfCall(values), { limit: call.limit, exact: isMoment })
    const [text, parameters] = keys.getQueryAndParameters() as [string, unknown[]]
    const statement = keyStatement(selection, text)
    const fetchSize = Math.min(call.fetchSize, keysAtATime(selection.metadata))
    this.#selection = selection
    this.#values = values
    this.#label = call.label
    const { label, boundary } = call
    this.#keys = new RowBatches({
      dataSource,
      statement,
      values: parameters,
      fetchSize,
      label,
      boundary,
      staysOpen: true,
    })
  }

  get lost(): boolean {
    return this.#keys.lost
  }

  async next(): Promise<readonly ObjectLiteral[] | undefined> {
    const keys = await this.#keys.next()
    return keys && this.#keys.within(() => this.#load(keys))
  }

  close(): Promise<void> {
    return this.#keys.close()
  }

  /** Sorted as the keys are: they are next to each other in the order of the query. */
  async #load(keys: readonly ObjectLiteral[]): Promise<readonly ObjectLiteral[]> {
    if (keys.length === 0) return []
    const selection = { ...this.#selection, predicate: undefined }
    try {
      return await selectBuilder(selection, parametersOfCall(this.#values), {})
        .whereInIds([...keys])
        .getMany()
    } catch (error) {
      await this.#keys.close()
      throw translateDatabaseError(error, this.#label)
    }
  }
}

/** A Date has fewer digits than a moment of a database, and would find no row again: such keys stay as they are written. */
function isMoment(column: ColumnMetadata): boolean {
  const kind = storedKind(column)
  const { transformer } = column.referencedColumn ?? column
  return (kind === 'timestamp' || kind === 'date') && transformer === undefined && column.transformer === undefined
}

/** Reads keys by place, whatever TypeORM has named their columns: objects keep the order of an answer. */
function keyStatement({ metadata, dataSource }: EntitySelection, text: string): StreamedStatement<ObjectLiteral> {
  const { primaryColumns } = metadata
  const valueOf = (column: ColumnMetadata, cell: unknown): unknown =>
    isMoment(column)
      ? cell
      : (dataSource.driver.prepareHydratedValue(cell, column.referencedColumn ?? column) as unknown)
  return {
    text,
    fixed: undefined,
    ofRecord: record => {
      const cells = Object.values(record)
      const key: ObjectLiteral = {}
      primaryColumns.forEach((column, place) => column.setEntityValue(key, valueOf(column, cells[place])))
      return key
    },
  }
}
