import type { QueryRunner } from 'typeorm'
import { translateDatabaseError } from '../database-error'
import { concealValues, databaseAnswer } from '../driver-error'
import { RawQueryError } from '../errors'
import type { RefusedStatement, StatementVerdict } from '../statements/statement-verdict'
import type { ReleasingRunner } from './inner-runner'
import { isServerAnswer } from './sqlstate'
import { ParseRound, type RoundOutcome } from './wire/parse-round'
import { type PgWireClient, problemOfClient } from './wire/pg-client'

/** Who asks, and how long each answer may take. */
export interface JudgeBounds {
  /** The data source's name. */
  readonly name: string
  readonly timeoutMs: number
}

/**
 * Has the server parse statements, on the connection of a runner.
 *
 * @throws RawQueryError `AMBIT_DATA_SOURCE_RAW_QUERY` where the client does not speak the protocol; DatabaseError
 * `AMBIT_DATABASE_*` where the server cannot judge: a lock on a table that does not end, for one
 */
export async function judge(
  runner: QueryRunner & ReleasingRunner,
  texts: readonly string[],
  bounds: JudgeBounds,
): Promise<StatementVerdict[]> {
  const client = (await runner.connect()) as PgWireClient
  const problem = problemOfClient(client)
  if (problem !== undefined) throw cannotAsk(bounds.name, problem)
  const verdicts: StatementVerdict[] = []
  try {
    while (verdicts.length < texts.length) {
      const round = await parse(client, texts.slice(verdicts.length, verdicts.length + MOST), bounds.timeoutMs)
      verdicts.push(...round.verdicts)
      if (round.error === undefined) continue
      verdicts.push(refusalOf(round, round.error, texts[verdicts.length] ?? '', bounds))
      await (client as unknown as { query(text: string): Promise<unknown> }).query('ROLLBACK')
    }
    return verdicts
  } catch (error) {
    // Nobody knows in what state it is.
    await runner.releasePostgresConnection?.(error as Error)
    throw error
  }
}

/** The server bounds each statement by itself; the timer is for one that does not answer at all. */
function parse(client: PgWireClient, texts: readonly string[], timeoutMs: number): Promise<RoundOutcome> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no answer within ${timeoutMs + GRACE_MS} ms`)),
      timeoutMs + GRACE_MS,
    )
    const done = (outcome: RoundOutcome): void => {
      clearTimeout(timer)
      resolve(outcome)
    }
    client.query(new ParseRound(texts, timeoutMs, done))
  })
}

function refusalOf({ judging }: RoundOutcome, error: Error, text: string, { name }: JudgeBounds): RefusedStatement {
  const answer = databaseAnswer(error) ?? {}
  const code = String(answer['code'])
  if (!judging || !isServerAnswer(error) || NO_VERDICT.test(code)) {
    throw translateDatabaseError(concealValues(error), `the SQL of data source '${name}'`)
  }
  const { hint, position } = answer
  return {
    kind: 'refused',
    code,
    message: error.message,
    hint: typeof hint === 'string' ? hint : undefined,
    index: typeof position === 'string' ? indexOf(text, Number(position)) : undefined,
  }
}

/** PostgreSQL counts characters from 1. */
function indexOf(text: string, position: number): number {
  return [...text].slice(0, position - 1).join('').length
}

function cannotAsk(name: string, problem: string): RawQueryError {
  return new RawQueryError('AMBIT_DATA_SOURCE_RAW_QUERY', {
    what: `The SQL of the data source '${name}' cannot be checked: ${problem}.`,
    where: `data source '${name}'`,
    next: 'Take validateSql out for it, or use pg itself.',
  })
}

/** The statements of one round trip. */
const MOST = 256
const GRACE_MS = 1_000
/** Waits that were given up, resources, interventions: they say nothing about a statement. */
const NO_VERDICT = /^(25...|40...|53...|55P03|57...|58...)$/
