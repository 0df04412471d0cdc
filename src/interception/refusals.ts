import type { ReturnKind } from '../core/method-kind'
import { type InterceptionErrorCode, InvalidInterceptionError } from './errors'

/** Declarations that are wrong by themselves. */

export function withoutInterceptors(): InvalidInterceptionError {
  const what = '@UseInterceptors() names no interceptor.'
  return declaration(what, '@UseInterceptors()', 'Name at least one class: @UseInterceptors(Timing).')
}

export function noClass(where: string, source: unknown): InvalidInterceptionError {
  const kind = source === undefined || source === null ? String(source) : `a value of type ${typeof source}`
  const what = `@UseInterceptors on ${where} names ${kind} where a class of interceptors should be.`
  return declaration(
    what,
    where,
    source === undefined ? CIRCULAR : 'Name the class, not an object: the container builds it.',
  )
}

export function noClassAnswered(label: string): InvalidInterceptionError {
  const what = `An interceptor of ${label} is given by a function that answers no class.`
  return declaration(what, label, 'Write @UseInterceptors(() => TheClass), with a class that is exported and loaded.')
}

/** What is no method cannot be intercepted: an arrow function in a property is made anew with every object. */
export function notAMethod(label: string): InvalidInterceptionError {
  const what = `@UseInterceptors stands on ${label}, which is no method.`
  const next = 'Write it as a method: accessors, and arrow functions in properties, cannot be intercepted.'
  return declaration(what, label, next)
}

export function onParameter(decorator: string, label: string): InvalidInterceptionError {
  return declaration(`${decorator} stands on a parameter of ${label}.`, label, 'Put it on the method itself.')
}

export function notInterceptedClass(name: string): InvalidInterceptionError {
  const what = `@NotIntercepted() stands on the class ${name}.`
  return declaration(what, name, 'Put it on a method, or take @UseInterceptors off the class.')
}

export function notAnInterceptor(label: string, interceptor: string): InvalidInterceptionError {
  const what = `${label} is intercepted by ${interceptor}, whose objects have no method 'intercept'.`
  return declaration(what, label, `Let ${interceptor} extend MethodInterceptor.`)
}

/** Made anew with each call, and with each next() around it: nobody would be there to dispose of it. */
export function noLife(label: string, interceptor: string): InvalidInterceptionError {
  const what = `${label} is intercepted by ${interceptor}, which is a prototype: an interceptor has no asker that it belongs to.`
  return declaration(what, label, `Make ${interceptor} a singleton, and keep what belongs to one call in call.locals.`)
}

export function wrongOrder(where: string, order: unknown): InvalidInterceptionError {
  const what =
    order === 0
      ? 'The order 0 of an interceptor is the place of the transaction itself.'
      : 'The order of an interceptor is no finite number.'
  return declaration(
    what,
    where,
    'Give a number below 0 to stand around the transaction, or one above 0 to stand inside it.',
  )
}

/** As when `next` is handed to `then()`, which calls it with a result. */
export function noArguments(label: string): InvalidInterceptionError {
  const what = `An interceptor of ${label} called next() with something that is no array of arguments.`
  return declaration(what, label, 'Write next() to pass the arguments on, or next([first, second]) to pass others.')
}

/** Interceptors that are not there. */

export function notRegistered(
  interceptor: string,
  users: readonly string[],
  { why, next }: { readonly why: string; readonly next: string },
): InvalidInterceptionError {
  return refusal('AMBIT_INTERCEPTION_UNRESOLVED', {
    what: `${interceptor} is not registered, but it has to intercept ${named(users)}${why === '' ? '' : `: ${why}`}.`,
    where: users.join(', '),
    next,
  })
}

export function ambiguous(
  interceptor: string,
  users: readonly string[],
  origins: readonly string[],
): InvalidInterceptionError {
  return refusal('AMBIT_INTERCEPTION_UNRESOLVED', {
    what: `${interceptor}, which has to intercept ${named(users)}, is provided by ${origins.length} components: ${origins.join(', ')}.`,
    where: users.join(', '),
    next: 'Mark one with @Primary(), or name one of them in @UseInterceptors.',
  })
}

/** An object that no container built may use what its application does not have: start-up could not know. */
export function notAvailable(interceptor: string, label: string, cause: unknown): InvalidInterceptionError {
  const text = {
    what: `${label} is intercepted by ${interceptor}, which the application does not have, or not as one component.`,
    where: label,
    next: `Add ${interceptor} to bootstrap({ components }), decorated with @Interceptor().`,
  }
  return new InvalidInterceptionError('AMBIT_INTERCEPTION_UNRESOLVED', text, { cause })
}

export function withoutContainer(label: string, application: string): InvalidInterceptionError {
  return refusal('AMBIT_INTERCEPTION_UNRESOLVED', {
    what: `${label} was called before the application '${application}' had a container to take its interceptors from.`,
    where: label,
    next: 'Call it once bootstrap() has begun to build the components.',
  })
}

/** Interceptors in a place where they cannot stand. */

export function asynchronousAround(label: string, interceptor: string, returns: ReturnKind): InvalidInterceptionError {
  const what = returns === 'iterator' ? 'an iterator' : 'no promise'
  return refusal('AMBIT_INTERCEPTION_ASYNC', {
    what: `${label} returns ${what}, but its interceptor ${interceptor} makes a promise of it.`,
    where: label,
    next:
      returns === 'iterator'
        ? `Let ${interceptor} return what next() returns, or a generator around it, without waiting.`
        : `Make ${label} async, or let ${interceptor} return what next() returns without waiting.`,
  })
}

export function noIterator(label: string, interceptor: string): InvalidInterceptionError {
  return refusal('AMBIT_INTERCEPTION_ASYNC', {
    what: `${label} returns an iterator, but its interceptor ${interceptor} returned none.`,
    where: label,
    next: `Let ${interceptor} return what next() returns, or a generator around it.`,
  })
}

export function insideQuery(label: string, interceptor: string): InvalidInterceptionError {
  return refusal('AMBIT_INTERCEPTION_ORDER', {
    what: `${interceptor} has an order above 0, but nothing can stand inside the transaction of ${label}: a declared query is one statement.`,
    where: label,
    next: `Give ${interceptor} an order below 0, or intercept the method that calls the query.`,
  })
}

export function keptApart(label: string): InvalidInterceptionError {
  return refusal('AMBIT_INTERCEPTION_ORDER', {
    what: `A decorator of another library stands between the interceptors and the transaction of ${label}, and keeps them from their order.`,
    where: label,
    next: 'Write @UseInterceptors and @Transactional next to each other, above that decorator.',
  })
}

export function noTransactionThere(
  label: string,
  interceptor: string,
  side: 'outside' | 'inside',
): InvalidInterceptionError {
  const [what, next] = SIDES[side]
  return refusal('AMBIT_INTERCEPTION_SCOPE', {
    what: `${interceptor} lives for one transaction, but ${what} ${label}.`,
    where: label,
    next: next.replace('%', interceptor),
  })
}

const SIDES = {
  outside: [
    'stands around the one that begins with',
    'Give it an order above 0, @Interceptor({ order: 100 }), or make % a singleton.',
  ],
  inside: ['there is none in', 'Make % a singleton, or take it off that method.'],
} as const

const CIRCULAR = 'Two files probably import each other: break the circle, or write @UseInterceptors(() => TheClass).'

/** Three are enough to find them all. */
function named(users: readonly string[]): string {
  const shown = users.slice(0, 3).join(', ')
  return users.length > 3 ? `${shown} and ${users.length - 3} more` : shown
}

function declaration(what: string, where: string, next: string): InvalidInterceptionError {
  return refusal('AMBIT_INTERCEPTION_DECLARATION', { what, where, next })
}

function refusal(
  code: InterceptionErrorCode,
  text: { readonly what: string; readonly where: string; readonly next: string },
): InvalidInterceptionError {
  return new InvalidInterceptionError(code, text)
}
