import type { ApplicationCheck } from '../application/check-application'

/** The result of a check as text, for a person. */
export function printedCheck(
  { repositories, problems }: ApplicationCheck,
  { module, ms, sql }: { readonly module: string; readonly ms: number; readonly sql: boolean },
): string {
  const lines = repositories.map(({ repository, dataSource, queries, statements }) => {
    const looked = sql ? `, ${counted(statements, 'statement')}` : ''
    return `  ${repository} (${dataSource}): ${counted(queries, 'query', 'queries')}${looked}`
  })
  const listed = problems.map(({ message }, index) => `${index + 1}. ${message.replaceAll('\n', '\n   ')}\n`)
  return [
    `${module}: ${counted(repositories.length, 'repository', 'repositories')}`,
    ...lines,
    '',
    ...listed,
    `${problems.length === 0 ? 'No problems' : counted(problems.length, 'problem')}${sql ? '' : ', no SQL was looked at'} (${ms} ms).`,
    '',
  ].join('\n')
}

function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
