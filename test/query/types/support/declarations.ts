import { join } from 'node:path'
import { root } from '../../../architecture/source-graph'
import { compile } from './compiler'
import { sentenceOf } from './fixtures'

/** A query as text: what the decorator is given, and the type of the method. */
export interface Declaration {
  /** `@Query(…)` */
  readonly decorator: string
  readonly member: string
  readonly type: string
}

/** The declarations that the compiler refuses, each with what it says; all of them are put into one repository. */
export function refused(entity: string, declarations: readonly Declaration[]): readonly string[] {
  const header = [
    `import { CrudRepository } from '${join(root, 'src/repository/crud-repository')}'`,
    `import { Query } from '${join(root, 'src/query/query.decorator')}'`,
    entity.replaceAll('\n', ' '),
  ]
  const classes = declarations.map(
    // One class each: names may come twice. One line each: the line tells which it is.
    ({ decorator, member, type }, at) =>
      `export class R${at} extends CrudRepository<Root> { ${decorator} declare ${JSON.stringify(member)}: ${type} }`,
  )
  const path = join(root, 'test/query/types/virtual/generated.ts')
  const problems = compile([path], { virtual: { [path]: [...header, ...classes].join('\n') } }).problemsOf(path)
  return problems.map(problem => `${classes[problem.line - header.length - 1] ?? 'header'}\n  ${sentenceOf(problem)}`)
}
