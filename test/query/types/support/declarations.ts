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
  /** The class of the repository's entity. Default `Root`. */
  readonly entity?: string
}

/**
 * The declarations of each list that the compiler refuses, with what it says. All of them are put into one program: a text
 * that comes in several lists is read once.
 */
export function refused(
  entities: string,
  ...lists: readonly (readonly Declaration[])[]
): readonly (readonly string[])[] {
  const header = [
    `import { CrudRepository } from '${join(root, 'src/repository/crud-repository')}'`,
    `import { Query } from '${join(root, 'src/query/query.decorator')}'`,
    entities.replaceAll('\n', ' '),
  ]
  // One class each: names may come twice. One line each: the line tells which it is.
  const classes = lists.flatMap((declarations, list) =>
    declarations.map(({ decorator, member, type, entity: of = 'Root' }, at) => ({
      list,
      text: `export class R${list}x${at} extends CrudRepository<${of}> { ${decorator} declare ${JSON.stringify(member)}: ${type} }`,
    })),
  )
  const path = join(root, 'test/query/types/virtual/generated.ts')
  const text = [...header, ...classes.map(each => each.text)].join('\n')
  const problems = compile([path], { virtual: { [path]: text } })
    .problemsOf(path)
    .map(problem => {
      const found = classes[problem.line - header.length - 1]
      if (found === undefined) throw new Error(`an entity is wrong: ${problem.message}`)
      return { list: found.list, said: `${found.text}\n  ${sentenceOf(problem)}` }
    })
  return lists.map((_, list) => problems.filter(problem => problem.list === list).map(({ said }) => said))
}
