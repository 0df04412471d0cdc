import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../../package.json'
import { packageName } from './layer-rules'
import { importsOf, readTree, root } from './source-graph'

type Conditions = Record<'import' | 'require', { types: string; default: string }>

const entries = Object.entries(manifest.exports as Record<string, string | Conditions>)
const subpaths = entries.flatMap(([subpath, target]) => (typeof target === 'string' ? [] : [{ subpath, target }]))

describe('the export map', () => {
  it('has an entry point in src for each subpath, and a subpath for each entry point', () => {
    const inSource = Object.keys(readTree('src')).filter(file => !file.includes('/'))
    expect(subpaths.map(({ subpath }) => `${nameOf(subpath)}.ts`).sort()).toEqual(inSource.sort())
  })

  it.each(subpaths)('gives $subpath to import and to require, types first, from the build', ({ subpath, target }) => {
    const file = `./dist/${nameOf(subpath)}`
    // Key order matters to Node and TypeScript, so the texts are compared.
    expect(JSON.stringify(target)).toBe(
      JSON.stringify({
        import: { types: `${file}.d.mts`, default: `${file}.mjs` },
        require: { types: `${file}.d.ts`, default: `${file}.js` },
      }),
    )
  })

  it('lets tools read package.json, and opens nothing else', () => {
    expect(entries.filter(([, target]) => typeof target === 'string')).toEqual([['./package.json', './package.json']])
  })

  it('agrees with main and types, which old tools read', () => {
    expect([manifest.main, manifest.types]).toEqual(['./dist/index.js', './dist/index.d.ts'])
  })
})

describe('the testing kit', () => {
  const imports = importsOf(readTree('src'))

  it('is loaded by no other entry point than its own, its error classes aside', () => {
    const reached = new Set(['index.ts', 'errors.ts'])
    for (const file of reached)
      for (const { from, to, kind } of imports)
        if (from === file && kind !== 'type' && to !== undefined) reached.add(to)
    const loaded = [...reached].filter(file => file.startsWith('testing'))
    expect(loaded).toEqual(['testing/errors.ts'])
    expect(reached.size).toBeGreaterThan(100)
  })
})

describe('the manifest', () => {
  it('declares every package that the sources load, and no dependency that they do not', () => {
    const used = new Set(importsOf(readTree('src')).flatMap(({ specifier }) => packageOf(specifier) ?? []))
    const { dependencies, peerDependencies } = manifest
    const declared = Object.keys({ ...dependencies, ...peerDependencies })
    expect([...used].filter(name => !declared.includes(name))).toEqual([])
    expect(Object.keys(dependencies).filter(name => !used.has(name))).toEqual([])
  })

  it('has no install script: installing a library runs nothing', () => {
    const scripts = Object.keys(manifest.scripts)
    expect(scripts.filter(name => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([])
  })
})

describe('documents and examples', () => {
  it('name only subpaths that exist', () => {
    const known = entries.map(([subpath]) => subpath.replace(/^\./, 'ambit'))
    const unknown = textFiles().flatMap(file =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/from '(ambit(?:\/[^']+)?)'/g)]
        .map(([, specifier]) => specifier ?? '')
        .filter(specifier => !known.includes(specifier))
        .map(specifier => `${file}: ${specifier}`),
    )
    expect(unknown).toEqual([])
  })
})

function nameOf(subpath: string): string {
  return subpath === '.' ? 'index' : subpath.slice('./'.length)
}

function packageOf(specifier: string): string | undefined {
  return specifier.startsWith('.') || specifier.startsWith('node:') ? undefined : packageName(specifier)
}

/** Markdown everywhere outside the dependencies, and the sources, whose doc comments hold examples. */
function textFiles(): string[] {
  const top = readdirSync(root).filter(name => name.endsWith('.md'))
  const below = ['docs', 'examples', 'src', 'benchmark'].filter(folder => existsSync(join(root, folder)))
  return top.concat(
    below.flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(name => /\.(md|ts)$/.test(name))
        .map(name => join(folder, name)),
    ),
  )
}
