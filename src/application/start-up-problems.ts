import { messageOf } from '../core/ambit-error'
import type { Class } from '../core/metadata'
import { Container, type ContainerProblem, type PlanOptions } from '../di'
import { listenerProblems } from '../events/listener-problems'
import type { RepositoryBinder } from '../repository/repository-binder'
import { repositoryDefinition } from '../repository/repository-definition'
import { boundaryProblems } from '../tx/boundary-problems'
import type { StartUpProblem } from './errors'

/** What keeps an application from starting, of every area; sends no SQL and builds nothing. */
export function startUpProblems(
  plan: PlanOptions,
  binder: RepositoryBinder,
  dataSources: readonly string[],
): readonly StartUpProblem[] {
  const { components = [] } = plan
  const { registrations, problems } = Container.outline(plan)
  return [
    ...binder.check(components),
    ...components.filter(isNoRepository).flatMap(component => boundaryProblems(component, dataSources)),
    ...listenerProblems(registrations, dataSources),
    ...problems.map(withMessage),
  ]
}

/** The binder compares the boundaries of a repository with its data source. */
function isNoRepository(component: Class): boolean {
  return repositoryDefinition(component) === undefined
}

function withMessage(problem: ContainerProblem): StartUpProblem & ContainerProblem {
  return { ...problem, message: messageOf(problem.code, problem) }
}
