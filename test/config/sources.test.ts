import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  environmentFile,
  environmentSource,
  flatSource,
  jsonFile,
  loadConfiguration,
  objectSource,
  Setting,
  Settings,
  yamlFile,
} from 'ambit'
import { bind, brief, file, load, problemsOf, removeFiles, textOf } from './support'

afterEach(removeFiles)

@Settings('mail')
class Mail {
  @Setting() readonly host!: string
  @Setting() readonly port: number = 587
  @Setting({ list: String }) readonly to: readonly string[] = []
}

describe('precedence', () => {
  it('PI-47, PI-W17: later sources win, value by value, whatever their kind', async () => {
    const json = file('app.json', '{ "mail": { "host": "json", "port": 1 } }')
    const yaml = file('app.yaml', 'mail:\n  host: yaml\n')
    const environment = environmentSource({ prefix: 'APP_', variables: { APP_MAIL_HOST: 'environment' } })
    const [j, y] = [jsonFile(json), yamlFile(yaml)]
    const defaults = { mail: { host: 'default', port: 0, to: ['a'] } }
    expect(await bind(Mail, [defaults, j, y, environment])).toEqual({ host: 'environment', port: 1, to: ['a'] })
    expect(await bind(Mail, [environment, defaults, y, j])).toEqual({ host: 'json', port: 1, to: ['a'] })
    expect(await bind(Mail, [environment, j, y])).toEqual({ host: 'yaml', port: 1, to: [] })
    expect(await bind(Mail, [j, environment, defaults])).toEqual({ host: 'default', port: 0, to: ['a'] })
  })

  it('PI-W17: the rule is the same among flat sources, and among trees', async () => {
    const flat = (host: string) => flatSource({ MAIL_HOST: host })
    expect((await bind(Mail, [flat('first'), flat('second')])).host).toBe('second')
    expect((await bind(Mail, [{ mail: { host: 'first' } }, { mail: { host: 'second' } }])).host).toBe('second')
  })

  it('PI-47: without any source the class has its defaults', async () => {
    @Settings('pool')
    class Pool {
      @Setting() readonly size: number = 10
    }
    expect(await bind(Pool, [])).toEqual({ size: 10 })
  })

  it('replaces lists whole, and merges maps', async () => {
    const configuration = await load([{ a: { list: [1, 2, 3], one: 1 } }, { a: { list: [9], two: 2 } }])
    expect(configuration.get('a')).toEqual({ list: [9], one: 1, two: 2 })
  })

  it('lets a later null, text or map take the place of what is there', async () => {
    const configuration = await load([
      { a: { x: 1 }, b: { x: 1 }, c: 'text' },
      { a: null, b: 'text', c: { y: 2 } },
    ])
    expect(['a', 'b', 'c'].map(key => configuration.get(key))).toEqual([null, 'text', { y: 2 }])
  })

  it('an empty map changes nothing, and undefined in code says nothing', async () => {
    const configuration = await load([{ a: { x: 1 } }, { a: {} }, { a: { x: undefined } }])
    expect(configuration.get('a')).toEqual({ x: 1 })
  })
})

describe('a file', () => {
  it('PI-60 [CHANGE] that is missing is a problem unless it is optional', async () => {
    const problems = await problemsOf([
      jsonFile('nowhere.json'),
      yamlFile('nowhere.yaml'),
      environmentFile('nowhere.env'),
    ])
    expect(problems.map(({ code, source }) => [code, source])).toEqual([
      ['AMBIT_CONFIG_SOURCE', 'nowhere.json'],
      ['AMBIT_CONFIG_SOURCE', 'nowhere.yaml'],
      ['AMBIT_CONFIG_SOURCE', 'nowhere.env'],
    ])
    expect(problems[0]?.what).toBe(`There is no file nowhere.json (looked for ${join(process.cwd(), 'nowhere.json')}).`)
    const optional = { optional: true }
    const without = [jsonFile('nowhere.json', optional), yamlFile('nowhere.yaml', optional)]
    expect(await problemsOf([...without, environmentFile('nowhere.env', optional)])).toEqual([])
  })

  it.each([
    ['a comma too many', '{ "secret": "hunter2", }', ', line 1, column'],
    ['nothing', '', ''],
    ['half a file', '{\n"a": {', ''],
    ['no JSON', 'hunter2', ''],
  ])(
    'PI-60 [CHANGE] that holds %s is a problem, optional or not, and nothing of it is shown',
    async (_, text, place) => {
      const path = file('app.json', text)
      const problems = await problemsOf([jsonFile(path, { optional: true })])
      expect(problems.map(({ what }) => what)).toEqual([`The file ${path} is no JSON.`])
      expect(problems[0]?.where).toContain(`app.json${place}`)
      expect(textOf(problems)).not.toContain('hunter2')
    },
  )

  it('PI-60 [CHANGE]: so is a corrupt YAML file, with its line', async () => {
    const path = file('app.yaml', 'a: 1\nsecret: "hunter2\n')
    const problems = await problemsOf([yamlFile(path, { optional: true })])
    expect(problems[0]?.what).toMatch(/is no YAML that can be read \([A-Z_]+\)\.$/)
    expect(problems[0]?.where).toContain('app.yaml, line ')
    expect(textOf(problems)).not.toContain('hunter2')
  })

  it.each([
    ['a list', '[1]', '- 1'],
    ['a text', '"hunter2"', 'hunter2'],
    ['a number', '1', '1'],
  ])('is refused when it holds %s in place of a map', async (kind, json, yaml) => {
    const paths = [file('app.json', json), file('app.yaml', yaml)] as const
    const problems = await problemsOf([jsonFile(paths[0]), yamlFile(paths[1])])
    expect(problems.map(({ what }) => what)).toEqual(
      paths.map(path => `${path} holds ${kind} where a map of settings is expected.`),
    )
  })

  it('cannot be a folder, optional or not', async () => {
    const folder = dirname(file('x', ''))
    expect((await problemsOf([jsonFile(folder, { optional: true })]))[0]?.what).toContain('cannot be read: EISDIR')
  })

  it('is found from where the process was when the source was made', async () => {
    const before = process.cwd()
    const folder = dirname(file('app.json', '{ "a": 1 }'))
    process.chdir(folder)
    const source = jsonFile('app.json')
    process.chdir(before)
    expect((await load([source])).get('a')).toBe(1)
  })

  it('may begin with a byte order mark, and an empty YAML file is an empty map', async () => {
    const configuration = await load([
      jsonFile(file('a.json', '\uFEFF{ "a": 1 }')),
      yamlFile(file('b.yaml', '# nothing\n')),
    ])
    expect(configuration.get('a')).toBe(1)
  })

  it('tells the line of a YAML value, also inside lists and behind aliases', async () => {
    const path = file('app.yaml', 'base: &base\n  port: x\nmail:\n  <<: *base\n  host: 1\n  to:\n    - a\n    - 2\n')
    const problems = await problemsOf([yamlFile(path)], Mail)
    expect(problems.map(({ path: key, source }) => [key, source?.replace(/.*app/, 'app')])).toEqual([
      ['mail.host', 'app.yaml, line 5'],
      ['mail.port', 'app.yaml, line 3'], // where what brings it in stands
      ['mail.to[1]', 'app.yaml, line 8'],
    ])
  })

  it('PI-W18: a circle of aliases is a problem with its path', async () => {
    const path = file('app.yaml', 'a: &a\n  b:\n    c: *a\n')
    const problems = await problemsOf([yamlFile(path)])
    expect(brief(problems)).toEqual(['SOURCE a.b.c: a.b.c leads back to a: a circle has no end.'])
  })

  it('YAML: no is a text, and dates are texts, as its core schema has it', async () => {
    const configuration = await load([yamlFile(file('app.yaml', 'country: no\nday: 2030-01-31\non: on\nyes: true'))])
    expect(['country', 'day', 'on', 'yes'].map(key => configuration.get(key))).toEqual(['no', '2030-01-31', 'on', true])
  })

  it('YAML: a tag that nothing knows is refused, with its line', async () => {
    const problems = await problemsOf([yamlFile(file('app.yaml', 'a: 1\nb: !vault hunter2\n'))])
    expect(problems[0]).toMatchObject({
      code: 'AMBIT_CONFIG_SOURCE',
      source: expect.stringMatching(/app\.yaml, line 2$/),
    })
    expect(textOf(problems)).not.toContain('hunter2')
  })

  it('YAML: a flood of aliases is refused', async () => {
    const levels = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(10)}]`)
    const path = file('app.yaml', `a0: &a0 [x]\n${levels.join('\n')}\n`)
    expect((await problemsOf([yamlFile(path)]))[0]?.what).toContain('(too many aliases)')
  })

  it('YAML: tells what to install where the package is not there', async () => {
    await jest.isolateModulesAsync(async () => {
      jest.doMock('yaml', () => {
        throw Object.assign(new Error("Cannot find module 'yaml'"), { code: 'MODULE_NOT_FOUND' })
      })
      const { yamlFile: isolated, loadConfiguration: isolatedLoad } = await import('../../src/config')
      const failure = isolatedLoad({ sources: [isolated(file('app.yaml', 'a: 1'))] })
      await expect(failure).rejects.toThrow("the package 'yaml' is not installed")
      await expect(failure).rejects.toThrow("Run 'npm install yaml'")
    })
    jest.dontMock('yaml')
  })

  it('a .env file is read as Node reads it, and the environment stays as it is', async () => {
    const path = file('.env', '# comment\nMAIL_HOST="smtp.example"\nexport MAIL_PORT=25\n')
    expect(await bind(Mail, [environmentFile(path)])).toMatchObject({ host: 'smtp.example', port: 25 })
    expect(process.env['MAIL_HOST']).toBeUndefined()
    const problems = await problemsOf([environmentFile(file('.env', 'MAIL_HOST=a\nMAIL_PORT=x'))], Mail)
    expect(problems[0]?.source).toMatch(/^MAIL_PORT in .*\.env$/)
  })
})

describe('a source in code', () => {
  it('may be a function, which is awaited', async () => {
    const source = objectSource(async () => ({ mail: { host: 'vault' } }), { name: 'vault' })
    expect((await bind(Mail, [source])).host).toBe('vault')
    const flat = flatSource(() => ({ MAIL_HOST: 'store' }))
    expect((await bind(Mail, [flat])).host).toBe('store')
  })

  it('PI-W26: whose function fails is a problem, without its message', async () => {
    const failing = () => Promise.reject(new RangeError('token hunter2 expired'))
    const problems = await problemsOf([
      objectSource(failing, { name: 'vault' }),
      flatSource(failing, { name: 'store' }),
    ])
    expect(brief(problems)).toEqual([
      "SOURCE : The source 'vault' failed: its function threw RangeError.",
      "SOURCE : The source 'store' failed: its function threw RangeError.",
    ])
    expect(textOf(problems)).not.toContain('hunter2')
  })

  it('PI-W18: refuses a circle with its path, and takes one object in two places', async () => {
    const circular: Record<string, unknown> = { deep: { list: [{}] } }
    ;(circular['deep'] as { list: object[] }).list[0] = circular
    expect(brief(await problemsOf([circular]))).toEqual([
      'SOURCE deep.list[0]: deep.list[0] leads back to the whole source: a circle has no end.',
    ])
    const shared = { x: 1 }
    expect((await load([{ a: shared, b: shared }])).get('b.x')).toBe(1)
  })

  it('refuses what is no configuration, all of it at once', async () => {
    class Instance {}
    const problems = await problemsOf([
      { call: () => 1, mark: Symbol('x'), made: new Instance(), list: [undefined], fine: new Date(0) },
    ])
    expect(brief(problems)).toEqual([
      'SOURCE call: call is a function, which is no configuration.',
      'SOURCE mark: mark is a symbol, which is no configuration.',
      'SOURCE made: made is an instance of a class, which is no configuration.',
      'SOURCE list[0]: list[0] is undefined, which is no configuration.',
    ])
  })

  it('keeps __proto__ and constructor mere keys', async () => {
    const configuration = await load([
      jsonFile(file('a.json', '{ "__proto__": { "polluted": 1 }, "constructor": { "prototype": { "polluted": 1 } } }')),
      { other: 1 },
    ])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    expect(configuration.get('__proto__')).toEqual({ polluted: 1 })
    expect(configuration.has('toString')).toBe(false)
  })
})

describe('sources are refused at once', () => {
  it.each([
    ['jsonFile() was given no path', () => jsonFile('')],
    ["yamlFile() has no option 'optinal'", () => yamlFile('a', { optinal: true } as never)],
    ["jsonFile() takes true or false as 'optional'", () => jsonFile('a', { optional: 'yes' as never })],
    ["Did you mean 'optional'?", () => jsonFile('a', { optinal: true } as never)],
    ['jsonFile() was given no object', () => jsonFile('a', null as never)],
    ['objectSource() was given a text', () => objectSource('a' as never)],
    ['objectSource() was given a list', () => objectSource([])],
    ["environmentSource() has no option 'name'", () => environmentSource({ name: 'x' } as never)],
    ["flatSource() takes an object, or a function that answers one as 'variables'", () => flatSource('x' as never)],
    ['environmentFile() was given no path', () => environmentFile(undefined as never)],
  ])('%s', (message, make) => {
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ code: 'AMBIT_CONFIG_SOURCES' }))
  })

  it('by loadConfiguration(), in what is no list of them', async () => {
    await expect(loadConfiguration({ sources: [{ a: 1 } as never] })).rejects.toThrow('Entry 1 of the sources is none.')
    await expect(loadConfiguration({ sources: {} as never })).rejects.toThrow('The sources are no list.')
    class Plain {}
    await expect(loadConfiguration({ sources: [], settings: [Plain] })).rejects.toThrow('Plain is no settings class.')
  })
})

it('a file that appears between two loads is read then', async () => {
  const folder = dirname(file('x', ''))
  mkdirSync(join(folder, 'later'))
  const path = join(folder, 'later', 'app.json')
  const source = jsonFile(path, { optional: true })
  expect((await load([source])).has('a')).toBe(false)
  writeFileSync(path, '{ "a": 1 }')
  expect((await load([source])).get('a')).toBe(1)
  rmSync(path)
  expect((await load([source])).has('a')).toBe(false)
})
