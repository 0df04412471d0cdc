import { LONGEST_TIMER_MS } from '../core/longest-timer'
import { type OptionCheck, type OptionChecks, refuseOptions } from '../core/option-checks'
import { InvalidIntrospectionOptionsError } from './errors'

/** @throws InvalidIntrospectionOptionsError `AMBIT_APPLICATION_INTROSPECTION` */
export function checkOptions(where: string, options: unknown, checks: OptionChecks): void {
  const refusal = refuseOptions(options, checks)
  if (refusal === undefined) return
  const text = { what: `${where} ${refusal.problem}.`, where, next: refusal.next }
  throw new InvalidIntrospectionOptionsError('AMBIT_APPLICATION_INTROSPECTION', text)
}

export const MILLISECONDS: OptionCheck = {
  expected: 'a number of milliseconds above 0',
  accepts: value => typeof value === 'number' && value > 0 && value <= LONGEST_TIMER_MS,
}
