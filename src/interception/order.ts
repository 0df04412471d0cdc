import type { Class } from '../core/metadata'
import { componentRecord } from '../di'
import { selectionMarks } from '../di/injection/selection-marks'
import { lineage } from '../di/token'

/** Where the transaction stands in the chain: interceptors with a lower order are around it, those with a higher one in it. */
export const TRANSACTION_ORDER = 0

/** Where an interceptor stands that says nothing: around the transaction. */
export const DEFAULT_INTERCEPTOR_ORDER = -100

/** The order of the class that `@UseInterceptors` names: its own, or its nearest base's that has one. */
export function orderOf(type: Class): number {
  for (const level of lineage(type)) {
    // Also of an abstract class, which is no component.
    const order = componentRecord(level)?.order ?? selectionMarks(level).order
    if (order !== undefined) return order
  }
  return DEFAULT_INTERCEPTOR_ORDER
}

export function isInsideTransaction(type: Class): boolean {
  return orderOf(type) > TRANSACTION_ORDER
}

/** Whether an order says on which side of the transaction it is. */
export function canBeOrder(order: unknown): order is number {
  return Number.isFinite(order) && order !== TRANSACTION_ORDER
}
