import { NODES, type Reader } from './texts'

/** What is used of it: the sources must compile where it is not installed. */
interface Package {
  readonly Lexer: LexerClass
  readonly EmbeddedActionsParser: ParserClass
  readonly createToken: (options: object) => Token
}

type Token = object

interface LexerClass {
  new (tokens: readonly Token[]): { tokenize(text: string): { tokens: unknown[]; errors: readonly unknown[] } }
  readonly SKIPPED: string
}

type ParserClass = new (tokens: readonly Token[]) => Parser

interface Parser {
  input: unknown[]
  readonly errors: readonly unknown[]
  RULE<R>(name: string, body: () => R): () => R
  SUBRULE<R>(rule: () => R): R
  SUBRULE1<R>(rule: () => R): R
  SUBRULE2<R>(rule: () => R): R
  CONSUME(token: Token): { readonly image: string }
  OR<R>(alternatives: readonly { ALT(): R }[]): R
  MANY(body: () => void): void
  performSelfAnalysis(): void
}

/** A parser with embedded actions: the fastest that it makes. */
export function chevrotainReader(load: (name: string) => unknown): Reader {
  const { Lexer, EmbeddedActionsParser, createToken } = load('chevrotain') as Package
  const word = createToken({ name: 'Word', pattern: /[A-Za-z_]\w*/ })
  const keyword = (name: string): Token => createToken({ name, pattern: new RegExp(name, 'i'), longer_alt: word })
  const [and, or, not, like, yes, no] = ['and', 'or', 'not', 'like', 'true', 'false'].map(keyword) as [
    Token,
    Token,
    Token,
    Token,
    Token,
    Token,
  ]
  const sign = createToken({ name: 'Sign', pattern: /<>|<=|>=|<|>|=/ })
  const open = createToken({ name: 'Open', pattern: /\(/ })
  const close = createToken({ name: 'Close', pattern: /\)/ })
  const text = createToken({ name: 'Text', pattern: /'(?:[^']|'')*'/ })
  const number = createToken({ name: 'Number', pattern: /-?\d+(?:\.\d+)?/ })
  const space = createToken({ name: 'Space', pattern: /\s+/, group: Lexer.SKIPPED })
  const tokens = [space, and, or, not, like, yes, no, word, sign, open, close, text, number]

  class FilterParser extends EmbeddedActionsParser {
    constructor() {
      super(tokens)
      this.performSelfAnalysis()
    }

    readonly filter: () => unknown = this.RULE('filter', () => {
      const operands = [this.SUBRULE1(this.conjunction)]
      this.MANY(() => {
        this.CONSUME(or)
        operands.push(this.SUBRULE2(this.conjunction))
      })
      return NODES.or(operands)
    })

    readonly conjunction: () => unknown = this.RULE('conjunction', () => {
      const operands = [this.SUBRULE1(this.term)]
      this.MANY(() => {
        this.CONSUME(and)
        operands.push(this.SUBRULE2(this.term))
      })
      return NODES.and(operands)
    })

    readonly term: () => unknown = this.RULE('term', () =>
      this.OR<unknown>([
        {
          ALT: () => {
            this.CONSUME(not)
            return NODES.not(this.SUBRULE(this.term))
          },
        },
        {
          ALT: () => {
            this.CONSUME(open)
            const inner = this.SUBRULE(this.filter)
            this.CONSUME(close)
            return inner
          },
        },
        { ALT: () => this.SUBRULE(this.condition) },
      ]),
    )

    readonly condition: () => unknown = this.RULE('condition', () => {
      const path = this.CONSUME(word).image
      return this.OR<unknown>([
        {
          ALT: () => {
            const { image } = this.CONSUME(sign)
            return NODES.comparison(path, image, this.SUBRULE(this.operand))
          },
        },
        {
          ALT: () => {
            this.CONSUME(like)
            return NODES.like(path, unquoted(this.CONSUME(text).image))
          },
        },
      ])
    })

    readonly operand: () => unknown = this.RULE('operand', () =>
      this.OR<unknown>([
        { ALT: () => unquoted(this.CONSUME(text).image) },
        { ALT: () => Number(this.CONSUME(number).image) },
        {
          ALT: () => {
            this.CONSUME(yes)
            return true
          },
        },
        {
          ALT: () => {
            this.CONSUME(no)
            return false
          },
        },
      ]),
    )
  }

  const lexer = new Lexer(tokens)
  const parser = new FilterParser()
  return source => {
    const read = lexer.tokenize(source)
    parser.input = read.tokens
    const found = parser.filter()
    if (read.errors.length + parser.errors.length > 0) throw new SyntaxError('this is no filter')
    return found
  }
}

function unquoted(image: string): string {
  return image.slice(1, -1).replaceAll("''", "'")
}
