import type { Registration } from './registration'

/**
 * Sees every object that the container makes, after its construction and before its `@PostConstruct()` methods.
 *
 * For layers above the container, such as the one that gives repositories their queries. It may change the object, not
 * replace it. Values and aliases are not shown; an object that two registrations return is shown once.
 *
 * @example
 * import type { ComponentPostProcessor } from 'ambit'
 *
 * const naming: ComponentPostProcessor = {
 *   afterConstruct(instance, registration) { names.set(instance, registration.name) },
 * }
 */
export interface ComponentPostProcessor {
  /** Promises that `afterConstruct` never returns a promise, so that simple prototypes can be made without waiting for it. */
  readonly sync?: true
  afterConstruct?(instance: object, registration: Registration): void | Promise<void>
}
