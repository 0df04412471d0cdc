import type { DataSource } from 'typeorm'
import type { ColumnMetadata } from './metadata-types'
import type { Operand } from '../ast/operand'
import { visitOperand } from '../ast/operand'

/** What a call supplied: named parameters, or arguments by place. */
export interface CallValues {
  readonly named: Readonly<Record<string, unknown>>
  readonly positional: readonly unknown[]
}

/** The value of an operand in a call. */
export function operandValue(operand: Operand, { named, positional }: CallValues): unknown {
  return visitOperand<unknown>(operand, {
    literal: node => node.value,
    decimal: node => node.digits,
    parameter: node => named[node.name],
    argument: node => positional[node.index],
  })
}

/** The form in which a column's values are sent: what TypeORM itself would store for it. */
export function persistentValue(dataSource: DataSource, column: ColumnMetadata, value: unknown): unknown {
  const raw: unknown = isEntityOf(column, value) ? column.referencedColumn?.getEntityValue(value) : value
  return dataSource.driver.preparePersistentValue(raw, column) as unknown
}

/** A relation may be compared with the related entity itself; its key is what the column holds. */
function isEntityOf(column: ColumnMetadata, value: unknown): value is object {
  return (
    column.referencedColumn !== undefined && typeof value === 'object' && value !== null && !(value instanceof Date)
  )
}
