import { join } from 'node:path'
import { root } from '../../../architecture/source-graph'

/** How a method of a wide repository is declared. */
export type Declare = (column: (type: ColumnType, at: number) => string, index: number, entity: string) => string

const TYPES = ['string', 'number', 'boolean', 'Date', 'string | null'] as const
export type ColumnType = (typeof TYPES)[number]

/** Ten repositories of twenty methods each, over entities of that many columns. */
export function wideRepositories(declare: Declare, columns = 20): string {
  const repositories = Array.from({ length: 10 }, (_, repository) => repositoryText(declare, repository, columns))
  return [
    `import { CrudRepository } from '${join(root, 'src/repository/crud-repository')}'`,
    `import { Query } from '${join(root, 'src/query/query.decorator')}'`,
    'class Team { id!: number; name!: string }',
    ...repositories,
  ].join('\n')
}

function repositoryText(declare: Declare, repository: number, columns: number): string {
  const entity = `Entity${repository}`
  const name = (at: number): string => `column${at}Of${repository}`
  const fields = Array.from({ length: columns - 1 }, (_, at) => `  ${name(at)}!: ${TYPES[at % TYPES.length] ?? ''}`)
  const column = (type: ColumnType, at: number): string => name((at % 3) * TYPES.length + TYPES.indexOf(type))
  const methods = Array.from({ length: 20 }, (_, index) => declare(column, index, entity))
  return [
    `class ${entity} {`,
    ...fields,
    '  team!: Team',
    '}',
    `export class Repository${repository} extends CrudRepository<${entity}> {`,
    ...methods,
    '}',
  ].join('\n')
}
