import { NODES, type Nodes, type Reader } from './texts'

/** What is used of it: the sources must compile where it is not installed. */
interface Package {
  generate(grammar: string): { parse(text: string, options: { readonly nodes: Nodes }): unknown }
}

export function peggyReader(load: (name: string) => unknown): Reader {
  const parser = (load('peggy') as Package).generate(GRAMMAR)
  return text => parser.parse(text, { nodes: NODES })
}

const GRAMMAR = `
filter = _ all:disjunction _ { return all }
disjunction = first:conjunction rest:(_ 'or'i !part _ @conjunction)* { return options.nodes.or([first, ...rest]) }
conjunction = first:term rest:(_ 'and'i !part _ @term)* { return options.nodes.and([first, ...rest]) }
term
  = 'not'i !part _ operand:term { return options.nodes.not(operand) }
  / '(' _ @disjunction _ ')'
  / path:word _ sign:sign _ value:operand { return options.nodes.comparison(path, sign, value) }
  / path:word _ 'like'i !part _ value:text { return options.nodes.like(path, value) }
operand = text / number / 'true'i !part { return true } / 'false'i !part { return false }
sign = '<>' / '<=' / '>=' / '<' / '>' / '='
word = $([A-Za-z_] part*)
part = [A-Za-z0-9_]
text = "'" parts:("''" { return "'" } / [^'])* "'" { return parts.join('') }
number = digits:$('-'? [0-9]+ ('.' [0-9]+)?) { return Number(digits) }
_ = [ \\t\\r\\n]*
`
