import { NODES, type Reader } from './texts'

/** What is used of them: the sources must compile where they are not installed. */
interface Nearley {
  readonly Parser: new (grammar: unknown) => { feed(text: string): { readonly results: readonly unknown[] } }
  readonly Grammar: { fromCompiled(compiled: object): unknown }
}

interface Moo {
  compile(rules: object): object
  keywords(words: object): (text: string) => string
}

interface Token {
  readonly value: string
}

/** With moo as its lexer, as its documentation advises. */
export function nearleyReader(load: (name: string) => unknown): Reader {
  const { Parser, Grammar } = load('nearley') as Nearley
  const moo = load('moo') as Moo
  const lexer = moo.compile({
    space: { match: /[ \t\r\n]+/, lineBreaks: true },
    text: { match: /'(?:[^']|'')*'/, value: (image: string) => image.slice(1, -1).replaceAll("''", "'") },
    number: /-?\d+(?:\.\d+)?/,
    sign: ['<>', '<=', '>=', '<', '>', '='],
    open: '(',
    close: ')',
    word: {
      match: /[A-Za-z_][A-Za-z0-9_]*/,
      type: moo.keywords({ and: 'and', or: 'or', not: 'not', like: 'like', yes: 'true', no: 'false' }),
    },
  })
  // Its grammars have no way to skip a token: the lexer leaves the spaces out.
  const next = (lexer as { next(): { type: string } | undefined }).next.bind(lexer)
  Object.assign(lexer, {
    next: () => {
      let token = next()
      while (token?.type === 'space') token = next()
      return token
    },
  })
  const grammar = Grammar.fromCompiled({ Lexer: lexer, ParserRules: RULES, ParserStart: 'filter' })
  return text => {
    const { results } = new Parser(grammar).feed(text)
    if (results.length !== 1) throw new SyntaxError('this is no filter, or more than one')
    return results[0]
  }
}

function token(type: string): object {
  return { type }
}

type Parts = readonly unknown[]

function rule(name: string, symbols: readonly (string | object)[], postprocess: (parts: Parts) => unknown): object {
  return { name, symbols, postprocess }
}

const textOf = (part: unknown): string => (part as Token).value
const added = ([list, , each]: Parts): unknown => [...(list as Parts), each]

const RULES = [
  rule('filter', ['any'], ([operands]) => NODES.or(operands as Parts)),
  rule('any', ['conjunction'], ([operand]) => [operand]),
  rule('any', ['any', token('or'), 'conjunction'], added),
  rule('conjunction', ['all'], ([operands]) => NODES.and(operands as Parts)),
  rule('all', ['term'], ([operand]) => [operand]),
  rule('all', ['all', token('and'), 'term'], added),
  rule('term', [token('not'), 'term'], ([, operand]) => NODES.not(operand)),
  rule('term', [token('open'), 'filter', token('close')], ([, inner]) => inner),
  rule('term', [token('word'), token('sign'), 'operand'], ([path, sign, value]) =>
    NODES.comparison(textOf(path), textOf(sign), value),
  ),
  rule('term', [token('word'), token('like'), token('text')], ([path, , value]) =>
    NODES.like(textOf(path), textOf(value)),
  ),
  rule('operand', [token('text')], ([text]) => textOf(text)),
  rule('operand', [token('number')], ([number]) => Number(textOf(number))),
  rule('operand', [token('yes')], () => true),
  rule('operand', [token('no')], () => false),
]
