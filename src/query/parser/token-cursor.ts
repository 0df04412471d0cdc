import type { QuerySyntaxError } from '../errors'
import { sourceError, type QuerySource } from './query-source'
import { readWhereToken } from './where-lexer'
import { describeToken, type WhereToken } from './where-token'

/** Walks over the tokens of a text, reading each once, with one token of look-ahead. */
export class TokenCursor {
  readonly source: QuerySource
  #current: WhereToken
  #following: WhereToken | undefined

  constructor(source: QuerySource) {
    this.source = source
    this.#current = readWhereToken(source, 0)
  }

  get current(): WhereToken {
    return this.#current
  }

  /** The token after the current one. */
  get following(): WhereToken {
    return (this.#following ??= readWhereToken(this.source, this.#current.end))
  }

  /** Answers the current token and moves on. */
  take(): WhereToken {
    const taken = this.#current
    this.#current = this.#following ?? readWhereToken(this.source, taken.end)
    this.#following = undefined
    return taken
  }

  atWord(word: string): boolean {
    return this.#current.keyword === word
  }

  /** Moves over a word of the grammar where it stands here. */
  takeWord(word: string): boolean {
    const here = this.#current.keyword === word
    if (here) this.take()
    return here
  }

  atSymbol(symbol: string): boolean {
    return this.#current.kind === 'symbol' && this.#current.value === symbol
  }

  takeSymbol(symbol: string): boolean {
    const here = this.atSymbol(symbol)
    if (here) this.take()
    return here
  }

  /** The error for a current token that is not one of those expected. */
  unexpected(expected: readonly string[], next = DEFAULT_NEXT): QuerySyntaxError {
    const problem = `expected ${listOf(expected)}, found ${describeToken(this.#current)}`
    return sourceError(this.source, { index: this.#current.start, problem, next, expected })
  }
}

function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.slice(-1).join('')}`
}

const DEFAULT_NEXT = 'Correct the text at the mark.'
