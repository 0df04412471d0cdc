import type { DataSource } from 'typeorm'
import type { ColumnMetadata } from './metadata-types'
import type { Operand } from '../ast/operand'
import { visitOperand } from '../ast/operand'
import { QueryValueError } from '../errors'
import { storesAsIs } from './plain-columns'

/** What a call supplied: named parameters, or arguments by place. */
export interface CallValues {
  readonly named: Readonly<Record<string, unknown>>
  readonly positional: readonly unknown[]
  /** The keys of the row that a window begins behind, in the form the database gave them. */
  readonly cursor?: readonly unknown[]
}

/** Finds a value in what a call supplied. */
export type ValueReader = (values: CallValues) => unknown

/** Where the values of a compiled query come from: out of one call, or out of each of many. */
export interface QueryParameters {
  /** Whether an argument by place is null: derived names then test for null. */
  isNull(index: number): boolean
  /**
   * What stands for a value in TypeORM's query builder. `column` is what the value is compared with, as the column stores
   * it; `undefined` for text and lists.
   */
  parameter(read: ValueReader, column: ColumnMetadata | undefined): unknown
  /** What stands for a key of the cursor. */
  key(at: number): unknown
}

/** The parameters of one call. */
export function parametersOfCall(values: CallValues): QueryParameters {
  return {
    isNull: index => values.positional[index] === null,
    parameter: read => read(values),
    key: at => values.cursor?.[at],
  }
}

/** Reads the value of an operand. */
export function operandReader(operand: Operand): ValueReader {
  return visitOperand<ValueReader>(operand, {
    literal: node => () => node.value,
    decimal: node => () => node.digits,
    value: node => () => node.value,
    parameter: node => values => values.named[node.name],
    argument: node => values => values.positional[node.index],
  })
}

/** The value of an operand in a call. */
export function operandValue(operand: Operand, values: CallValues): unknown {
  return operandReader(operand)(values)
}

/** Brings values into the form in which a column's values are sent: what TypeORM itself would store. */
export function persistentForm({ driver }: DataSource, column: ColumnMetadata): (value: unknown) => unknown {
  const { referencedColumn } = column
  const prepared = (value: unknown): unknown => driver.preparePersistentValue(value, column)
  const stored = storesAsIs(driver, column) ? (value: unknown) => value : transformed(column, prepared)
  if (referencedColumn === undefined) return stored
  // A relation may be compared with the related entity itself; its key is what the column holds.
  return value => stored(isEntity(value) ? referencedColumn.getEntityValue(value) : value)
}

/** What a transformer makes of a value that it does not know is its own business, but whose value it was has to be told. */
function transformed(column: ColumnMetadata, prepared: (value: unknown) => unknown): (value: unknown) => unknown {
  if (column.transformer === undefined) return prepared
  return value => {
    try {
      return prepared(value)
    } catch (cause) {
      throw refusedByTransformer(column, cause)
    }
  }
}

function refusedByTransformer({ propertyPath, entityMetadata }: ColumnMetadata, cause: unknown): QueryValueError {
  const expected = 'what its transformer takes'
  const text = {
    what: `'${propertyPath}' of ${entityMetadata.name} takes ${expected}, and is compared with something else.`,
    next: 'Correct the value, or leave the condition out.',
  }
  return new QueryValueError(text, { property: propertyPath, expected }, { cause })
}

/** Whether a value is an object that has properties, not one value. */
export function isEntity(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array)
}
