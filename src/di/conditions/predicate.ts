import { isPromiseLike } from '../../core/promise-like'
import type { ConditionContext, ContextRule } from './condition'

/** A condition of one's own; it must answer at once. */
export type ConditionPredicate = (context: ConditionContext) => boolean

/** A rule that a function decides. What it throws is a problem of the start, never a silent "no". */
export function predicateRule(predicate: ConditionPredicate, description: string): ContextRule {
  return {
    kind: 'context',
    text: `${description} says yes`,
    profiles: [],
    decide: context => {
      const answer: unknown = predicate(context)
      if (isPromiseLike(answer)) throw late(answer)
      // `undefined` is a forgotten return more often than a "no".
      if (typeof answer !== 'boolean')
        throw new TypeError(`it answered ${answer === null ? 'null' : typeof answer}, neither true nor false`)
      return { held: answer, why: `${description} says ${answer ? 'yes' : 'no'}` }
    },
  }
}

function late(answer: PromiseLike<unknown>): TypeError {
  // Its rejection has been answered by this very error.
  answer.then(undefined, () => undefined)
  return new TypeError('it answered with a promise, and conditions are decided at once')
}
