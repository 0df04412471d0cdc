import { layerTable, type LayerTable } from './layer-table'
import { layerViolations, tableFaults } from './layer-rules'
import { readTree } from './source-graph'
import { packagesReached, valueCycles } from './value-cycles'

describe('the sources', () => {
  const sources = readTree('src')

  it('are there at all', () => {
    expect(Object.keys(sources)).toEqual(expect.arrayContaining(['index.ts', 'errors.ts', 'core/ambit-error.ts']))
  })

  it('S12 import only what the layer table allows', () => {
    expect(layerViolations(sources, layerTable)).toEqual([])
  })

  it('never load each other in a ring', () => {
    expect(valueCycles(sources)).toEqual([])
  })

  it.each(Object.entries(layerTable.reach))(
    'keep %s free of packages that its users may not have',
    (entry, { never }) => {
      const reached = packagesReached(sources, entry)
      expect(never.flatMap(name => reached.get(name)?.concat(name).join(' → ') ?? [])).toEqual([])
    },
  )
})

describe('the layer table', () => {
  it('only points downwards, and parts are narrower than their area', () => {
    expect(tableFaults(layerTable)).toEqual([])
  })

  it('would show an upward edge, a level that is equal, an unknown name and a part that is wider than its area', () => {
    const table = tableWith({
      areas: { low: { level: 0, imports: ['high', 'low', 'nowhere'] }, high: { level: 1, imports: [] } },
      parts: { 'high/part': ['low'] },
    })
    expect(tableFaults(table)).toEqual([
      'low [0] lists high [1], which is not below it',
      'low [0] lists low [0], which is not below it',
      'low [0] lists nowhere [unknown], which is not below it',
      'high/part lists low, which its area may not import',
    ])
  })
})

describe('the layer check', () => {
  const table = tableWith({
    areas: { low: { level: 0, imports: [] }, high: { level: 1, imports: ['low'] } },
    parts: { 'high/part': ['low'] },
    packages: { lib: { homes: ['high/', 'low/only.ts'], because: 'reasons' } },
  })
  const check = (tree: Record<string, string>): string[] =>
    layerViolations({ 'low/a.ts': '', 'high/b.ts': '', ...tree }, table)

  it('accepts a good tree', () => {
    const good = {
      'index.ts': `export { b } from './high/b'`,
      'high/c.ts': `import { a } from '../low/a'\nimport { readFile } from 'node:fs'\nimport lib from 'lib/sub'`,
      'low/only.ts': `import 'lib'`,
      'high/errors.ts': `import type { B } from './b'`,
      'high/part/d.ts': `import { x } from '../errors'\nimport { a } from '../../low/a'`,
      'low/index.ts': '',
      'high/e.ts': `import { a } from '../low'`,
    }
    expect(check(good)).toEqual([])
  })

  it.each([
    ['an import upwards', `import { b } from '../high/b'`],
    ['a type import upwards', `import type { b } from '../high/b'`],
    ['a re-export upwards', `export { b } from '../high/b'`],
    ['a star re-export upwards', `export * from '../high/b'`],
    ['a lazy import upwards', `const load = () => import('../high/b')`],
    ['a require upwards', `const b = require('../high/b')`],
    ['an import= upwards', `import b = require('../high/b')`],
    ['an import type upwards', `let b: import('../high/b').B`],
    ['an import upwards after other code', `const x = 1\nfunction f() {}\nimport { b } from '../high/b'`],
  ])('finds %s', (_, text) => {
    expect(check({ 'low/bad.ts': text })).toEqual([`low/bad.ts imports '../high/b': it may import only low`])
  })

  it('is not misled by comments and strings', () => {
    const text = `// import { b } from '../high/b'\nconst s = "import { b } from '../high/b'"\nconst t = \`require('../high/b')\``
    expect(check({ 'low/a.ts': text })).toEqual([])
  })

  it('finds a part that reaches into the rest of its area', () => {
    expect(check({ 'high/part/d.ts': `import { b } from '../b'` })).toEqual([
      `high/part/d.ts imports '../b': it may import only high/part, high/errors.ts, low`,
    ])
  })

  it('finds errors that import more than core', () => {
    expect(check({ 'high/errors.ts': `import { b } from './b'` })).toEqual([
      `high/errors.ts imports './b': it may import only core`,
    ])
  })

  it('finds an import of the own index, as a folder and by name', () => {
    const tree = {
      'high/index.ts': '',
      'high/b.ts': `import { x } from '.'`,
      'high/sub/c.ts': `import { x } from '../index'`,
    }
    expect(check(tree)).toEqual([
      `high/b.ts imports '.': an area does not import its own index, name the file`,
      `high/sub/c.ts imports '../index': an area does not import its own index, name the file`,
    ])
  })

  it('finds an import of an entry point', () => {
    expect(check({ 'index.ts': '', 'high/b.ts': `import { x } from '../index'` })).toEqual([
      `high/b.ts imports '../index': files directly below src are entry points, for users only`,
    ])
  })

  it('finds a package outside its home, an unlisted one, and the package itself', () => {
    const tree = {
      'low/bad.ts': `import 'lib/sub'\nimport 'left-pad'\nimport '@scope/name/sub'\nimport { x } from 'ambit'`,
    }
    expect(check(tree)).toEqual([
      `low/bad.ts imports 'lib/sub': only high/, low/only.ts may, because reasons`,
      `low/bad.ts imports 'left-pad': the package is not in the layer table`,
      `low/bad.ts imports '@scope/name/sub': the package is not in the layer table`,
      `low/bad.ts imports 'ambit': the package is not in the layer table`,
    ])
  })

  it('finds a folder that nobody put into the table', () => {
    expect(check({ 'new/a.ts': `import { a } from '../low/a'` })).toEqual([
      `new/a.ts imports '../low/a': the folder 'new' is not in the layer table`,
    ])
  })

  it('finds an import of a file that is not there, or that has an extension', () => {
    expect(check({ 'high/b.ts': `import '../low/missing'\nimport '../low/a.js'` })).toHaveLength(2)
  })
})

describe('the cycle check', () => {
  it('finds rings of value imports, also long ones and a file that imports itself', () => {
    const tree = {
      'a.ts': `import { b } from './b'`,
      'b.ts': `export { c } from './c'`,
      'c.ts': `import './a'`,
      'self.ts': `import { x } from './self'`,
      'leaf.ts': `import { a } from './a'`,
    }
    expect(valueCycles(tree)).toEqual([['a.ts', 'b.ts', 'c.ts'], ['self.ts']])
  })

  it('keeps two rings apart that share an edge in one direction', () => {
    const tree = {
      'a.ts': `import './b'`,
      'b.ts': `import './a'; import './c'`,
      'c.ts': `import './d'`,
      'd.ts': `import './c'`,
    }
    expect(valueCycles(tree).sort()).toEqual([
      ['a.ts', 'b.ts'],
      ['c.ts', 'd.ts'],
    ])
  })

  it('lets types and lazy imports close a ring', () => {
    const tree = {
      'a.ts': `import { b } from './b'`,
      'b.ts': `import type { A } from './a'\nimport { type A2 } from './a'\nexport type { A3 } from './a'\nconst later = () => import('./a')`,
    }
    expect(valueCycles(tree)).toEqual([])
  })
})

describe('the reach check', () => {
  it('follows value imports only, and shows the way', () => {
    const tree = {
      'index.ts': `import './a'\nimport type { T } from 'typed'`,
      'a.ts': `import './deep'\nconst later = () => import('lazy')`,
      'deep.ts': `import 'heavy/sub'`,
      'other.ts': `import 'unrelated'`,
    }
    expect(Object.fromEntries(packagesReached(tree, 'index.ts'))).toEqual({ heavy: ['index.ts', 'a.ts', 'deep.ts'] })
  })
})

function tableWith(parts: Partial<LayerTable>): LayerTable {
  return { areas: {}, parts: {}, packages: {}, reach: {}, ...parts }
}
