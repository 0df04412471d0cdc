import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../architecture/source-graph'
import { LEGACY_COMPILERS } from './legacy-compilers'

const ROW = /^\|[^|]*\|[^|]*\| (yes|no) \| (works|refused) \| `([\w-]+)` \|$/gm

describe('the guide about compilers', () => {
  const guide = readFileSync(join(root, 'docs/guides/compilers.md'), 'utf8')
  const rows = [...guide.matchAll(ROW)].map(([, types, query, tests = '']) => ({ types, query, tests }))

  it('has one row for each tested compiler, and none for others', () => {
    const rowsOf = (id: string): number => rows.filter(({ tests }) => id.startsWith(tests)).length
    expect(LEGACY_COMPILERS.filter(({ id }) => rowsOf(id) !== 1)).toEqual([])
    expect(rows.filter(({ tests }) => !LEGACY_COMPILERS.some(({ id }) => id.startsWith(tests)))).toEqual([])
    expect(rows).toHaveLength(10)
  })

  it.each(rows.map(each => [each.tests, each] as const))('says of %s what its tests expect', (_, row) => {
    const compilers = LEGACY_COMPILERS.filter(({ id }) => id.startsWith(row.tests))
    expect(compilers.filter(({ metadata }) => metadata !== (row.types === 'yes'))).toEqual([])
    expect(compilers.filter(({ fields }) => fields !== (row.query === 'refused'))).toEqual([])
  })
})
