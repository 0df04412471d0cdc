import type { Class } from '../core/metadata'
import { isConstructor, lineage } from '../di/token'
import { methodUses } from './method-uses'

/**
 * The components with the interceptors that they use before all others: so they are built first, as far as their own
 * dependencies allow, and disposed of last. A method that runs while its component is built finds them there.
 */
export function interceptorsFirst(components: readonly Class[]): readonly Class[] {
  const classes = components.filter(isConstructor) // what is none is for the container to refuse
  const used = new Set<unknown>(classes.flatMap(target => methodUses(target).flatMap(use => use.types)))
  const first = new Set(classes.filter(target => lineage(target).some(level => used.has(level))))
  return [...components.filter(target => first.has(target)), ...components.filter(target => !first.has(target))]
}
