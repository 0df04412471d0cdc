import { visibleLine } from '../../core/visible-text'
import { QuerySyntaxError, type QueryErrorCode, type SourcePosition } from '../errors'

/** A text that is being read, and what to call it in messages. */
export interface QuerySource {
  readonly text: string
  /** What the text is: 'where expression', 'SQL text'. */
  readonly language: string
  /** Whose text it is: a method or an option, such as 'UserRepository.findByUsername'. */
  readonly label?: string | undefined
}

/** What went wrong at an index of a source. */
export interface SourceProblem {
  readonly index: number
  /** A clause that completes "The … cannot be read at line 1, column 3: ". */
  readonly problem: string
  readonly next: string
  readonly code?: QueryErrorCode
  readonly expected?: readonly string[]
}

/** The error for a problem in a source: with its position, and the line marked by a caret. */
export function sourceError(source: QuerySource, problem: SourceProblem): QuerySyntaxError {
  const position = positionAt(source.text, problem.index)
  const place = `line ${String(position.line)}, column ${String(position.column)}`
  return new QuerySyntaxError(
    problem.code ?? 'AMBIT_QUERY_SYNTAX',
    {
      what: `The ${source.language} cannot be read at ${place}: ${visibleLine(problem.problem)}.`,
      where: [...(source.label === undefined ? [] : [source.label]), ...excerptAt(source.text, position)].join(INDENT),
      next: visibleLine(problem.next),
    },
    { position, ...(problem.expected ? { expected: problem.expected } : {}) },
  )
}

/** Line and column of an index; `\n`, `\r\n` and `\r` end a line. */
export function positionAt(text: string, index: number): SourcePosition {
  let line = 1
  let lineStart = 0
  LINE_END.lastIndex = 0
  for (let end = LINE_END.exec(text); end !== null && LINE_END.lastIndex <= index; end = LINE_END.exec(text)) {
    line++
    lineStart = LINE_END.lastIndex
  }
  return Object.freeze({ index, line, column: index - lineStart + 1 })
}

/** The line of a position and a caret below it; control characters become spaces, long lines are cut around the caret. */
export function excerptAt(text: string, { index, column }: SourcePosition): readonly [string, string] {
  const lineStart = index - column + 1
  const from = Math.max(lineStart, index - BEFORE)
  const rest = text.slice(from, index + AFTER)
  const visible = rest.slice(0, lineLength(rest, index - from))
  const lead = from > lineStart ? '…' : ''
  const line = `${lead}${visible}`.replace(UNPRINTABLE, ' ')
  return [line, `${' '.repeat(lead.length + index - from)}^`]
}

/** Where the line that holds `index` ends. */
function lineLength(text: string, index: number): number {
  const end = text.slice(index).search(/[\n\r]/)
  return end === -1 ? text.length : index + end
}

const INDENT = '\n         '
const BEFORE = 60
const AFTER = 40
const LINE_END = /\r\n|\n|\r/g
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu
