import type { AmbitError } from '../../core/ambit-error'
import type { RefusedStatement, StatementVerdict } from '../../data-source/statements/statement-verdict'
import { InvalidSqlError, QueryDeclarationError } from '../errors'
import { excerptAt, positionAt } from '../parser/query-source'
import type { QueryStatement } from './query-statement'

/** What is wrong with a statement, in few words; `undefined` where nothing is. */
export function complaintOf({ answersRows }: QueryStatement, verdict: StatementVerdict): string | undefined {
  if (verdict.kind === 'refused') return `${verdict.code ?? ''} ${verdict.message}`
  return verdict.kind === 'accepted' && answersRows && verdict.columns?.length === 0 ? 'no columns' : undefined
}

/** The problem of a statement with a complaint. */
export function sqlProblem(label: string, statement: QueryStatement, verdict: StatementVerdict): AmbitError {
  return verdict.kind === 'refused' ? refused(label, statement, verdict) : withoutColumns(label, statement)
}

function refused(
  label: string,
  { text, part }: QueryStatement,
  { code, message, hint, index }: RefusedStatement,
): InvalidSqlError {
  const position = index === undefined ? undefined : positionAt(text, index)
  const place = position === undefined ? '' : ` at line ${position.line}, column ${position.column}`
  return new InvalidSqlError(
    {
      what: `The database refuses the SQL of ${named(label, part)}${place}: ${message} (${code ?? 'no code'}).`,
      where: [label, ...(position ? excerptAt(text, position) : [])].join(INDENT),
      next: `${hint === undefined ? '' : `${hint} `}${adviceFor(`${code ?? ''} ${message}`)}`,
    },
    { databaseCode: code, position },
  )
}

function withoutColumns(label: string, { part }: QueryStatement): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_KIND_MISMATCH', {
    what: `The SQL of ${named(label, part)} answers no columns, and its rows are asked for.`,
    where: label,
    next: "Select something, add RETURNING to a write, or use result: 'affected'.",
  })
}

function named(label: string, part: string | undefined): string {
  return part === undefined ? label : `${label} (${part})`
}

function adviceFor(refusal: string): string {
  return (
    ADVICE.find(([pattern]) => pattern.test(refusal))?.[1] ?? 'Correct the statement, or bring the schema up to date.'
  )
}

/** First match wins: SQLSTATEs of PostgreSQL, words of SQLite. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^42P01|no such table/, 'Create the table (is a migration missing?), or correct its name.'],
  [/^42703|no such column|has no column named/, 'Add the column (is a migration missing?), or correct its name.'],
  [
    /^42883/,
    'Correct the name of the function or the types it is given; a cast says what a parameter is: :name::integer.',
  ],
  [/^42P18/, "Say the parameter's type with a cast: :name::text."],
  [/^42P08/, 'Give the parameter one type with a cast wherever it stands: :name::text.'],
  [/^42601|syntax error|incomplete input/, 'Correct the statement at the mark.'],
]

const INDENT = '\n         '
