import { type AmbitError, isAmbitError } from '../core/ambit-error'
import { byText } from '../core/by-text'
import type { Class } from '../core/metadata'

/** Where a problem is: a class, or one of its members. */
export interface ProblemPlace {
  readonly target: Class
  readonly member?: string
}

/** What is wrong with classes, collected in whatever order it is found. */
export class ProblemList {
  readonly #problems: { readonly place: ProblemPlace; readonly error: AmbitError }[] = []

  add(place: ProblemPlace, error: AmbitError): void {
    this.#problems.push({ place, error })
  }

  /** Runs a check; keeps its catalogue error, and answers `undefined` then. */
  collect<T>(place: ProblemPlace, check: () => T): T | undefined {
    try {
      return check()
    } catch (error) {
      if (!isAmbitError(error)) throw error
      this.add(place, error)
      return undefined
    }
  }

  /** By class and member, those of a class itself first: the same list whatever order the classes came in. */
  sorted(): readonly AmbitError[] {
    return this.#problems
      .toSorted(
        ({ place: left }, { place: right }) =>
          byText(left.target.name, right.target.name) || byText(left.member ?? '', right.member ?? ''),
      )
      .map(({ error }) => error)
  }
}
