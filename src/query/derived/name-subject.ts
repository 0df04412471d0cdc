import { nameError, type NameOwner } from './derived-errors'
import type { DerivedKind } from './derived-query'
import { keywordPlaces } from './name-keyword'

/** What stands before `By`: the verb, and the words that shape its result. */
export interface NameSubject {
  readonly kind: DerivedKind
  readonly limit: number | undefined
  readonly distinct: boolean
  /** The text after `By`. */
  readonly rest: string
}

/**
 * Reads the subject of a method's name: a verb; `Distinct`, `All`, `One`, `First<n>`, `Top<n>`; other words are decoration.
 *
 * @throws DerivedNameError `AMBIT_QUERY_DERIVED_NAME` where there is no verb or no `By`, or a word cannot be honoured
 */
export function readSubject(owner: NameOwner): NameSubject {
  const { verb, words, rest } = splitName(owner)
  const distinct = words.includes('Distinct')
  const [first = '', ...others] = words.filter(word => word !== 'Distinct' && word !== 'All')
  const limit = readLimit(owner, first)
  refuseLate(owner, others)
  const subject: SubjectWords = {
    all: words[0] === 'All' || (words[0] === 'Distinct' && words[1] === 'All'),
    one: first === 'One',
    ...limit,
  }
  return { ...VERBS[verb](subject, owner), distinct, rest }
}

type Verb = 'find' | 'read' | 'query' | 'search' | 'get' | 'stream' | 'count' | 'exists' | 'delete' | 'remove'

interface SubjectWords {
  readonly all: boolean
  readonly one: boolean
  /** The rows that `First` or `Top` allow. */
  readonly limit: number | undefined
  /** Whether they say a number: then the result is a list. */
  readonly numbered: boolean
}

type Shape = Pick<NameSubject, 'kind' | 'limit'>

function splitName(owner: NameOwner): { verb: Verb; words: readonly string[]; rest: string } {
  const { methodName } = owner
  const verb = VERB_NAMES.find(name => methodName.startsWith(name))
  const after = verb === undefined ? '' : methodName.slice(verb.length)
  const [by] = keywordPlaces(after, 'By')
  if (verb === undefined || by === undefined || /^[a-z]/.test(after))
    throw nameError(
      owner,
      `'${methodName}' is no name that a query can be derived from.`,
      `Begin it with one of ${VERB_NAMES.join(', ')}, then By, as in 'findByName'; or give the query a where or sql.`,
    )
  return { verb, words: after.slice(0, by).match(WORD) ?? [], rest: after.slice(by + 2) }
}

function readLimit(owner: NameOwner, word: string): Pick<SubjectWords, 'limit' | 'numbered'> {
  const [, digits] = LIMIT.exec(word) ?? []
  if (digits === undefined) return { limit: undefined, numbered: false }
  const limit = digits === '' ? 1 : Number(digits)
  if (limit < 1 || !Number.isSafeInteger(limit))
    throw nameError(owner, `'${word}' limits to no number of rows.`, 'Write First or Top with a number from 1.')
  return { limit, numbered: digits !== '' }
}

/** `findUsersFirst3By` would be a limit that nobody applies. */
function refuseLate(owner: NameOwner, words: readonly string[]): void {
  const late = words.find(word => /\d$/.test(word) && LIMIT.test(word))
  if (late !== undefined)
    throw nameError(
      owner,
      `'${late}' stands too late to limit the rows.`,
      `Write it right after the verb: find${late}By.`,
    )
}

/** `First` alone is one row; with a number it is a list. */
function finding(single: 'one' | 'required', usual: 'many' | 'required') {
  return ({ all, one, limit, numbered }: SubjectWords): Shape => {
    if (all || numbered) return { kind: 'many', limit }
    return { kind: one || limit !== undefined ? single : usual, limit }
  }
}

/** Deleting more than the name says would be a loss. */
function deleting({ one, limit }: SubjectWords, owner: NameOwner): Shape {
  if (one || limit !== undefined)
    throw nameError(
      owner,
      'A derived delete removes every row that matches; One, First and Top cannot limit it.',
      'Find the rows first, and delete those.',
    )
  return { kind: 'delete', limit: undefined }
}

const WORD = /(?:\p{Lu}|^)[^\p{Lu}]*/gu
const LIMIT = /^(?:First|Top)(\d*)$/

/** `First` and `Top` do not limit what is counted: there they are decoration, as in Spring Data. */
const VERBS: Readonly<Record<Verb, (words: SubjectWords, owner: NameOwner) => Shape>> = {
  find: finding('one', 'many'),
  read: finding('one', 'many'),
  query: finding('one', 'many'),
  search: finding('one', 'many'),
  get: finding('required', 'required'),
  stream: ({ limit }) => ({ kind: 'stream', limit }),
  count: () => ({ kind: 'count', limit: undefined }),
  exists: () => ({ kind: 'exists', limit: undefined }),
  delete: deleting,
  remove: deleting,
}

const VERB_NAMES = Object.keys(VERBS) as readonly Verb[]
