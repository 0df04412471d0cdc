import type { Class } from './metadata'

/** What compilers made of the property declarations of a class. */
export interface EmittedFields {
  /** Fields without a value: declarations that lack the word `declare`. */
  readonly empty: readonly string[]
  /** Fields that are given a value for each object. */
  readonly initialised: readonly string[]
}

/**
 * Which of the members are fields of the class itself. Read from its text, since nothing else tells before an object is made:
 * fields as they are (`name;`, `name = …`), and the calls that compilers put into a constructor for older targets. Where a
 * text cannot be had or read, none is found; no member is taken for a field that is none.
 */
export function emittedFields(target: Class, members: readonly string[]): EmittedFields {
  const text = withoutCommentsAndTexts(Function.prototype.toString.call(target))
  const empty = members.filter(member => EMPTY.some(pattern => pattern(quoted(member)).test(text)))
  const initialised = members.filter(
    member => !empty.includes(member) && INITIALISED.some(pattern => pattern(quoted(member)).test(text)),
  )
  return { empty, initialised }
}

/** Texts that could name a member stay: `Object.defineProperty(this, "name", …)`. */
function withoutCommentsAndTexts(source: string): string {
  return source.replace(COMMENT_OR_TEXT, (_, text?: string) =>
    text === undefined ? ' ' : NAME.test(text) ? text : '""',
  )
}

function quoted(member: string): string {
  return member.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

type Pattern = (member: string) => RegExp

/** `Object.defineProperty(this, "name"` of tsc, `__publicField(this, "name"` of esbuild, `_define_property(this, "name"` of SWC. */
const DEFINED: Pattern = member => new RegExp(`${DEFINE}\\(\\s*this\\s*,\\s*["']${member}["']`, 'i')
const DEFINE = '(?:define_?property|publicfield)\\w*'
const NO_VALUE = '(?:\\)|,\\s*(?:void 0|undefined)\\s*\\)|,\\s*\\{[^{}]*\\bvalue:\\s*void 0\\s*\\})'

const EMPTY: readonly Pattern[] = [
  member => new RegExp(`[;{}]\\s*${member}\\s*;`),
  member => new RegExp(`${DEFINED(member).source}\\s*${NO_VALUE}`, 'i'),
]
const INITIALISED: readonly Pattern[] = [member => new RegExp(`[;{}]\\s*(?:this\\.)?${member}\\s*=(?![=>])`), DEFINED]

const NAME = /^.[\w$]+.$/
const COMMENT_OR_TEXT = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[^]*?\*\//g
