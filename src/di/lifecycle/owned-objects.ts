import { isObject } from './disposal'

/**
 * The objects that somebody has charge of: one that comes again meanwhile (a bean that passes another one on, a value) is
 * initialised and disposed of once.
 */
export class OwnedObjects {
  readonly #objects = new WeakSet<object>()
  readonly #outer: OwnedObjects | undefined

  /** `outer`: those of the container around, whose components are passed on inside, too. */
  constructor(outer: OwnedObjects | undefined) {
    this.#outer = outer
  }

  has(instance: object): boolean {
    return this.#objects.has(instance) || this.#outer?.has(instance) === true
  }

  add(instance: object): void {
    this.#objects.add(instance)
  }

  /** For the beginning of its disposal: from the moment in which a pool takes it back it may be handed out again. */
  forget(instance: unknown): void {
    if (isObject(instance)) this.#objects.delete(instance)
  }
}
