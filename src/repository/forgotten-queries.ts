import { emittedFields } from '../core/emitted-fields'
import type { Class } from '../core/metadata'
import { type Method, unwrapMethod } from '../core/wrap-method'
import { declaredQueries } from '../query/declaration'
import { QueryDeclarationError } from '../query/errors'

/** A member that looks like a query and lacks its decorator. */
export interface ForgottenQuery {
  readonly member: string
  readonly error: QueryDeclarationError
}

/**
 * Members of a class that were to be queries and are none, as far as the text of the class shows: methods whose body is
 * `declared(…)`, and fields without a value that are named as derived queries are. What is `declare`d leaves no trace.
 */
export function forgottenQueries(target: Class): readonly ForgottenQuery[] {
  const queries = new Set(declaredQueries(target).map(({ member }) => member))
  const members = [...declaredBodies(target), ...emptyFields(target)]
  return members.filter(member => !queries.has(member)).map(member => ({ member, error: forgotten(target, member) }))
}

function declaredBodies({ prototype }: Class): readonly string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype as object)).flatMap(([member, { value }]) => {
    const isMethod = typeof value === 'function' && member !== 'constructor'
    return isMethod && BODY.test(textOf(unwrapMethod(value as Method))) ? [member] : []
  })
}

function emptyFields(target: Class): readonly string[] {
  const named = textOf(target).match(DERIVED) ?? []
  return emittedFields(target, [...new Set(named)]).empty
}

function textOf(target: object): string {
  return Function.prototype.toString.call(target)
}

function forgotten({ name }: Class, member: string): QueryDeclarationError {
  return new QueryDeclarationError('AMBIT_QUERY_SOURCES', {
    what: `${name}.${member} is to be a query, and nothing says which.`,
    where: `${name}.${member}`,
    next: `Put @Query(…) on it; before a property write 'declare' as well.`,
  })
}

/** `{ return declared(name) }`, as it is written and as compilers to CommonJS write it: `(0, ambit_1.declared)(name)`. */
const BODY = /\)\s*\{\s*return\s+(?:\(0,\s*[\w$]+\.declared\)|(?:[\w$]+\.)?declared)\s*\(/
const DERIVED = /\b(?:find|read|get|query|search|count|exists|delete|remove)\w*By[A-Z]\w*\b/g
