import type { ConfigurationProblem } from '../config'
import { messageOf } from '../core/ambit-error'
import type { Class } from '../core/metadata'
import type { ContainerOutline, ContainerProblem } from '../di'
import { listenerProblems } from '../events/listener-problems'
import { interceptionProblems } from '../interception/problems'
import type { RepositoryBinder } from '../repository/repository-binder'
import { repositoryDefinition } from '../repository/repository-definition'
import { boundaryProblems } from '../tx/boundary-problems'
import type { StartUpProblem } from './errors'
import { misplacedChecks } from './health/component-checks'

/** What keeps an application from starting, of every area; sends no SQL and builds nothing. */
export function startUpProblems(
  { registrations, problems, leftOut, index }: ContainerOutline,
  { components: listed, binder, dataSources, configuration }: Checks,
): readonly StartUpProblem[] {
  // What its conditions left out may lack what it works with, such as its data source.
  const absent = new Set<unknown>(leftOut.map(({ implementation }) => implementation))
  const components = listed.filter(component => !absent.has(component))
  return [
    ...configuration.map(withMessage),
    ...binder.check(components),
    ...components.filter(isNoRepository).flatMap(component => boundaryProblems(component, dataSources)),
    ...listenerProblems(registrations, dataSources),
    ...interceptionProblems({ registrations, index }),
    ...registrations.flatMap(misplacedChecks).map(misplacedCheck),
    ...problems.map(withMessage),
  ]
}

interface Checks {
  readonly components: readonly Class[]
  readonly binder: RepositoryBinder
  readonly dataSources: readonly string[]
  readonly configuration: readonly ConfigurationProblem[]
}

function misplacedCheck(what: string): StartUpProblem {
  const next = 'Move the check to a singleton.'
  return { code: 'AMBIT_HEALTH_CHECK', message: messageOf('AMBIT_HEALTH_CHECK', { what: `${what}.`, next }) }
}

/** The binder compares the boundaries of a repository with its data source. */
function isNoRepository(component: Class): boolean {
  return repositoryDefinition(component) === undefined
}

function withMessage<P extends ContainerProblem | ConfigurationProblem>(problem: P): P & { readonly message: string } {
  return { ...problem, message: messageOf(problem.code, problem) }
}
