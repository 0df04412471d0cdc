import type { DataSource } from 'typeorm'
import type { FixedStatement } from '../../data-source/statements/fixed-statement'
import type { CallValues } from '../compile/values'
import { type DriverForm, driverForm, INEXPRESSIBLE } from './driver-values'
import { Slot } from './slot'

/** A statement made once, and what makes its values of a call's. */
export interface StatementPlan<R> {
  readonly statement: FixedStatement<R>
  readonly bind: ValueBinder
}

/** The values of a call for the statement's placeholders; `undefined` for a call that the statement cannot carry. */
export type ValueBinder = (values: CallValues) => unknown[] | undefined

/** Makes the binder of the parameters that TypeORM found in a text: slots, and values that never change. */
export function valueBinder({ driver }: DataSource, parameters: readonly unknown[]): ValueBinder {
  const places = parameters.map((parameter): Place => {
    if (!(parameter instanceof Slot)) return { read: () => parameter, form: value => value }
    const { read, column, exact } = parameter
    return { read, form: exact ? value => value : driverForm(driver, column) }
  })
  return values => {
    const bound: unknown[] = []
    for (const { read, form } of places) {
      const value = form(read(values))
      if (value === INEXPRESSIBLE) return undefined
      bound.push(value)
    }
    return bound
  }
}

interface Place {
  readonly read: Slot['read']
  readonly form: DriverForm
}
