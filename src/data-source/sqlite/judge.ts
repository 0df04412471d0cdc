import { databaseCode } from '../driver-error'
import type { RefusedStatement, StatementVerdict } from '../statements/statement-verdict'
import { retryWhileLocked } from './busy'
import type { Connection } from './connection'
import { executedTokens } from '../../core/executed-tokens'
import type { SqlitePool } from './pool'
import type { WaitRequest } from './waiting-line'

/**
 * Has SQLite compile statements, on the writer's connection: what it sees is what will be there for all.
 *
 * @throws SqliteConnectionBusyError `AMBIT_SQLITE_WRITER_BUSY`, SqliteFileLockedError `AMBIT_SQLITE_FILE_LOCKED`
 */
export async function judge(
  pool: SqlitePool,
  texts: readonly string[],
  { name, timeoutMs }: { readonly name: string; readonly timeoutMs: number },
): Promise<readonly StatementVerdict[]> {
  const request: WaitRequest = { who: `The check of the SQL of data source '${name}'`, timeoutMs, signal: undefined }
  const hold = await pool.takeWriter(request)
  try {
    const verdicts: StatementVerdict[] = []
    for (const text of texts) verdicts.push(await judged(hold.connection, text, request))
    return verdicts
  } finally {
    await hold.give()
  }
}

async function judged({ driver, raw }: Connection, text: string, request: WaitRequest): Promise<StatementVerdict> {
  if (actsWhenCompiled(text)) return { kind: 'unjudged' }
  try {
    return { kind: 'accepted', columns: await retryWhileLocked(driver, request, () => raw.compile(text)) }
  } catch (error) {
    const code = databaseCode(error)
    if (code === undefined || !VERDICT.test(code)) throw error
    return refusal(code, error as Error, text)
  }
}

/**
 * Some pragmas do their work while they are compiled, and EXPLAIN does not keep them from it.
 * Source: https://www.sqlite.org/pragma.html
 */
function actsWhenCompiled(text: string): boolean {
  const [first = ''] = executedTokens(text)
  return first === 'pragma' || first === 'explain'
}

/** sqlite3 writes the code in front of SQLite's own words. */
function refusal(code: string, error: Error, text: string): RefusedStatement {
  const message = error.message.replace(/^SQLITE_\w+: /, '')
  return { kind: 'refused', code, message, hint: undefined, index: placeOf(message, text) }
}

/** The drivers do not tell the place that SQLite knows: it is where the name stands that the message blames, if it stands once. */
function placeOf(message: string, text: string): number | undefined {
  const [, name] = BLAMED.exec(message) ?? []
  if (name === undefined) return undefined
  const first = text.indexOf(name)
  return first >= 0 && !text.includes(name, first + 1) ? first : undefined
}

const BLAMED = /^(?:no such (?:table|column|function): |near "|ambiguous column name: )([^\s"]+)/

/** The statement's fault, as opposed to that of the file or the machine. */
const VERDICT = /^SQLITE_(?:ERROR|RANGE|TOOBIG|AUTH|MISMATCH)/
