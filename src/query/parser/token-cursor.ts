import type { QuerySyntaxError } from '../errors'
import { type GrammarWord, grammarWordAt } from './grammar-words'
import { sourceError, type QuerySource } from './query-source'
import { plainStringEnd, readString } from './read-string'
import { beginningAt, type DecodedToken, numberEnd, parameterEnd, readPath, spaceEnd, wordEnd } from './where-lexer'
import { symbolAt, type WhereSymbol } from './where-symbols'
import { describeToken, type WhereTokenKind } from './where-token'

/** A word of the grammar, a symbol, or nothing of the two: `''`, because a string compares fastest with strings. */
export type Mark = GrammarWord | WhereSymbol | ''

/**
 * Walks over the tokens of a text, reading each once. It stands at one and says what that is: there are no objects for
 * tokens, and what a token says is cut out of the text only where somebody asks for it.
 */
export class TokenCursor {
  readonly source: QuerySource
  readonly #text: string
  #kind: WhereTokenKind = 'end'
  #mark: Mark = ''
  #start = 0
  #end = 0
  /** Of a token that is not written in one piece. */
  #decoded: string | undefined

  constructor(source: QuerySource) {
    this.source = source
    this.#text = source.text
    this.advance()
  }

  get kind(): WhereTokenKind {
    return this.#kind
  }

  /** The word of the grammar or the symbol that stands here; `''` for all else. */
  get mark(): Mark {
    return this.#mark
  }

  get start(): number {
    return this.#start
  }

  /** The word, path, decoded string, digits, parameter name or symbol. */
  get value(): string {
    if (this.#decoded !== undefined) return this.#decoded
    const quotes = this.#kind === 'string' ? 1 : 0
    const lead = this.#kind === 'parameter' ? 1 : quotes
    return this.#text.slice(this.#start + lead, this.#end - quotes)
  }

  /** Answers what the current token says, and moves on. */
  take(): string {
    const { value } = this
    this.advance()
    return value
  }

  at(mark: Mark): boolean {
    return this.#mark === mark
  }

  /** Whether these two stand here; such a place is read twice. */
  atBoth(first: Mark, second: Mark): boolean {
    if (this.#mark !== first) return false
    const start = this.#start
    this.advance()
    const here = this.#mark === second
    this.#end = start
    this.advance()
    return here
  }

  /** Moves over a word or a symbol where it stands here. */
  skip(mark: Mark): boolean {
    const here = this.#mark === mark
    if (here) this.advance()
    return here
  }

  /** The error for a current token that is not one of those expected. */
  unexpected(expected: readonly string[], next = DEFAULT_NEXT): QuerySyntaxError {
    const problem = `expected ${listOf(expected)}, found ${describeToken(this.#kind, this.value)}`
    return sourceError(this.source, { index: this.#start, problem, next, expected })
  }

  /**
   * Moves to the next token; at the end of the text, to one of kind `end`. A character says what it begins.
   *
   * @throws QuerySyntaxError `AMBIT_QUERY_SYNTAX` for a character that begins nothing
   */
  advance(): void {
    const start = spaceEnd(this.#text, this.#end)
    this.#start = start
    this.#mark = ''
    this.#decoded = undefined
    this.#end = start < this.#text.length ? this.#read(start) : this.#found('end', start)
  }

  /** Each answers where the token ends. */
  #read(start: number): number {
    switch (beginningAt(this.#text, start)) {
      case 'symbol':
        return this.#symbol(start)
      case 'number':
        return this.#number(start)
      case 'string':
        return this.#string(start)
      case 'parameter':
        return this.#found('parameter', parameterEnd(this.source, start))
      case 'word':
        return this.#word(start)
    }
  }

  #word(start: number): number {
    const end = wordEnd(this.#text, start)
    if (end === start) return this.#decodedAs('path', readPath(this.source, start))
    this.#mark = grammarWordAt(this.#text, start, end)
    return this.#found('word', end)
  }

  #symbol(start: number): number {
    const symbol = symbolAt(this.#text, start)
    if (symbol === '') return this.#word(start)
    this.#mark = symbol
    return this.#found('symbol', start + symbol.length)
  }

  /** A sign without digits stands before a sort key. */
  #number(start: number): number {
    const end = numberEnd(this.source, start)
    return end === undefined ? this.#symbol(start) : this.#found('number', end)
  }

  #string(start: number): number {
    const end = plainStringEnd(this.#text, start)
    return end === undefined ? this.#decodedAs('string', readString(this.source, start)) : this.#found('string', end)
  }

  #decodedAs(kind: WhereTokenKind, { value, end }: DecodedToken): number {
    this.#decoded = value
    return this.#found(kind, end)
  }

  #found(kind: WhereTokenKind, end: number): number {
    this.#kind = kind
    return end
  }
}

function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.slice(-1).join('')}`
}

const DEFAULT_NEXT = 'Correct the text at the mark.'
