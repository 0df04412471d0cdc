import { type Line, linesOf } from '../../benchmark/lines'
import type { Measured, Measurement } from '../../benchmark/measured'

/** A row whose rounds took these microseconds. */
export function row(name: string, time: readonly number[] = [], more: Partial<Measured> = {}): Measured {
  return { name, rounds: { time }, readings: {}, roundTrips: 1, commands: ['SELECT 1'], ...more }
}

/** What a process found out; the base is the first row. */
export function measurement(rows: readonly Measured[], more: Partial<Measurement> = {}): Measurement {
  return { rows, regime: { oneCore: true, text: 'one core' }, circumstances: [], facts: ['PostgreSQL 16'], ...more }
}

/** The lines of one process. */
export function lines(...rows: readonly Measured[]): readonly Line[] {
  return linesOf([measurement(rows)])
}
