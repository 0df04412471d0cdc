import type { QueryRunner } from 'typeorm'
import { concealValues } from './driver-error'

type Query = (text: string, parameters?: unknown[], useStructuredResult?: boolean) => Promise<unknown>

/** A runner outside every transaction whose errors show no values, as those of a scope's handle do not: logs enumerate them. */
export function concealing<R extends QueryRunner>(runner: R): R {
  const query = runner.query.bind(runner) as Query
  const value: Query = async (...asked) => {
    try {
      return await query(...asked)
    } catch (error) {
      throw concealValues(error)
    }
  }
  return Object.defineProperty(runner, 'query', { value, configurable: true, writable: true })
}
