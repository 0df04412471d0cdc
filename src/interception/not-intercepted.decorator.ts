import { memberName } from '../core/member-name'
import { type Class, MetadataKey, ownMetadata, setMetadata } from '../core/metadata'
import { refuseStandardDecorator } from '../di'
import { refuseWithoutParentheses } from '../di/decorators/decorator-use'
import { notInterceptedClass, onParameter } from './refusals'

/** A legacy decorator of a method. */
export type NotInterceptedDecorator = (target: object, member: string | symbol, descriptor?: PropertyDescriptor) => void

const EXCLUDED = new MetadataKey<ReadonlySet<PropertyKey>>('members without interceptors')

/**
 * Keeps the interceptors of a class, and of its subclasses, from a method. Those that are named on the method itself stay.
 *
 * @example
 * import { NotIntercepted, Service, UseInterceptors } from 'ambit'
 *
 * @Service()
 * @UseInterceptors(Timing)
 * class Reports {
 *   async yearly(year: number): Promise<string> { return `the report of ${year}` }
 *
 *   @NotIntercepted()
 *   async ping(): Promise<void> {}
 * }
 *
 * @throws InvalidInterceptionError `AMBIT_INTERCEPTION_DECLARATION` when it stands elsewhere; InvalidComponentError
 * `AMBIT_DI_DECORATOR` without parentheses
 */
export function NotIntercepted(...none: readonly []): NotInterceptedDecorator {
  refuseWithoutParentheses('@NotIntercepted', none)
  return (target: object, member: string | symbol | undefined, given?: PropertyDescriptor | number) => {
    refuseStandardDecorator('@NotIntercepted()', member)
    if (typeof given === 'number') throw onParameter('@NotIntercepted', memberName(target, member ?? 'constructor'))
    if (member === undefined) throw notInterceptedClass((target as Class).name) // a member's decorator is always told which
    setMetadata(target, EXCLUDED, new Set([...(ownMetadata(target, EXCLUDED) ?? []), member]))
  }
}

/** Whether a member, as `owner` defines it, does without the interceptors of classes. */
export function isNotIntercepted(owner: object, member: PropertyKey): boolean {
  return ownMetadata(owner, EXCLUDED)?.has(member) === true
}
