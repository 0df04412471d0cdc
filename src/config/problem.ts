import type { ConfigErrorCode, ConfigurationProblem } from './errors'
import type { Origin } from './origin'
import { type Path, pathText } from './path'

/** What a problem is made of; `where` follows from its path and its origin. */
export interface ProblemParts {
  readonly path: Path
  readonly origin?: Origin | undefined
  readonly what: string
  readonly next: string
}

export function problem(code: ConfigErrorCode, { path, origin, what, next }: ProblemParts): ConfigurationProblem {
  const where = origin?.text
  return Object.freeze({ code, path: pathText(path), source: origin?.text, what, ...(where && { where }), next })
}

/** What a reader of settings reports to, in the order of finding. */
export type Report = (problem: ConfigurationProblem) => void
