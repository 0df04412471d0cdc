import type { Class } from '../core/metadata'
import { publicMethods } from '../core/public-methods'
import { type Method, wrapMethod } from '../core/wrap-method'
import { partsOf } from '../di/parts'
import { declaredQueries } from '../query/declaration'
import { InvalidRepositoryError } from './errors'

/** A component whose public methods a repository has; with `methods`, those and no others. */
export type Fragment = Class | { readonly use: Class; readonly methods: readonly string[] }

/** A fragment as the decorator has read it, and what is wrong with it: start-up tells. */
export interface ReadFragment {
  readonly use: Class | undefined
  readonly problems: readonly string[]
}

/**
 * Gives a repository the methods of its fragments: each calls the component, and stands in a boundary of the repository as its
 * own methods do. The first fragment that has a method wins, also over CrudRepository.
 */
export function mixFragments(target: Class, given: readonly Fragment[]): readonly ReadFragment[] {
  const own = new Set(Reflect.ownKeys(target.prototype as object))
  const taken = new Set<string>()
  return given.map(fragment => {
    const { use, methods } = partsOfFragment(fragment)
    if (use === undefined) return { use, problems: ['is no class, maybe because of a circular import'] }
    const known = publicMethods(use.prototype as object)
    const wanted = methods ?? [...known.keys()]
    const problems = wanted.length === 0 ? ['has no public method'] : []
    for (const member of wanted) {
      const method = known.get(member)?.descriptor.value as Method | undefined
      const problem = method ? clash(target, own, member) : `has no method ${member}()`
      if (problem !== undefined) problems.push(problem)
      else if (method && !taken.has(member)) define(target, use, { member, method })
      taken.add(member)
    }
    return { use, problems }
  })
}

/** A circular import leaves `undefined` in the place of a class. */
function partsOfFragment(fragment: Fragment | undefined): { use: Class | undefined; methods?: readonly string[] } {
  if (typeof fragment === 'function') return { use: fragment }
  return typeof fragment?.use === 'function' ? fragment : { use: undefined }
}

/** All that is wrong with the fragments of a repository. */
export function fragmentProblems(target: Class, fragments: readonly ReadFragment[]): readonly InvalidRepositoryError[] {
  return fragments.flatMap(({ use, problems }) => {
    const name = use?.name ?? 'undefined'
    return problems.map(
      problem =>
        new InvalidRepositoryError('AMBIT_REPOSITORY_FRAGMENT', {
          what: `The fragment ${name} of ${target.name} ${problem}.`,
          where: target.name,
          next: 'Correct the fragment, or name what is wanted of it: { use: Fragment, methods: [] }.',
        }),
    )
  })
}

function clash(target: Class, own: ReadonlySet<string | symbol>, member: string): string | undefined {
  if (declaredQueries(target).some(query => query.member === member))
    return `has ${member}(), which is a declared query`
  return own.has(member) ? `has ${member}(), which the repository has itself` : undefined
}

/** The delegate is known by its method: whether that is asynchronous decides about its boundary. */
function define(
  target: Class,
  use: Class,
  { member, method }: { readonly member: string; readonly method: Method },
): void {
  const delegate = function (this: unknown, ...args: unknown[]): unknown {
    const component = partsOf(this as object).get(use) as Readonly<Record<string, Method | undefined>> | undefined
    const found = component?.[member]
    if (found === undefined) throw unbound(target, use, member)
    return found.apply(component, args)
  }
  const value = wrapMethod(method, delegate)
  Object.defineProperty(target.prototype, member, { value, configurable: true, writable: true, enumerable: false })
}

function unbound(target: Class, use: Class, member: string): InvalidRepositoryError {
  return new InvalidRepositoryError('AMBIT_REPOSITORY_UNBOUND', {
    what: `${target.name}.${member} is a method of the fragment ${use.name}, but no application built the two.`,
    where: `${target.name}.${member}`,
    next: `Give both to bootstrap({ components: [${target.name}, ${use.name}] }), and inject the repository.`,
  })
}
