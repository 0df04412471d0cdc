interface Build {
  readonly esModuleText: (file: string, names: readonly string[]) => string
  readonly entryFiles: (exportMap: object) => string[]
}

const { esModuleText, entryFiles } = jest.requireActual<Build>('../../scripts/build.cjs')

describe('the ES-module face of an entry point', () => {
  it('names what the CommonJS file exports, sorted', () => {
    expect(esModuleText('x.js', ['b', 'A', '$c'])).toBe(`export {\n  $c,\n  A,\n  b,\n} from './x.js'\n`)
  })

  it.each(['default', 'not-a-name', '1st'])('refuses the name %j, which would be lost or break', name => {
    expect(() => esModuleText('x.js', ['a', name])).toThrow(`x.js exports "${name}", which an ES module cannot name.`)
  })

  it('refuses a file that exports nothing', () => {
    expect(() => esModuleText('x.js', [])).toThrow('x.js exports nothing.')
  })
})

describe('the entry points', () => {
  it('are the conditional ones of the export map', () => {
    const entry = { import: { default: './dist/a.mjs' }, require: { default: './dist/a.js' } }
    expect(entryFiles({ './a': entry, './package.json': './package.json' })).toEqual([
      expect.stringMatching(/[\\/]dist[\\/]a\.js$/),
    ])
  })
})
