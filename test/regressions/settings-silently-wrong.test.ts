import {
  ApplicationConfiguration,
  bootstrap,
  definePlugin,
  flatSource,
  Inject,
  jsonFile,
  type Live,
  live,
  objectSource,
  Service,
  Setting,
  Settings,
  yamlFile,
} from 'ambit'
import { silent } from '../di/support'
import { bind, brief, file, load, problemsOf, removeFiles, textOf } from '../config/support'

@Settings('app')
class App {
  @Setting() readonly id: number = 0
  @Setting({ type: BigInt }) readonly big: bigint = 0n
}

afterEach(removeFiles)

describe('a whole number in a text', () => {
  it.each(['9007199254740993', '-9007199254740993', ' 12345678901234567890 ', '+99999999999999999999999'])(
    '%s is refused where a number would lose its last digits',
    async id => {
      const problems = await problemsOf(flatSource({ APP_ID: id }), App)
      expect(brief(problems)).toEqual(['VALUE app.id: app.id is a text; expected a number.'])
      expect(problems[0]?.next).toContain('bigint')
    },
  )

  it('is taken where it loses nothing, or says by its form that it is none', async () => {
    const ids = ['9007199254740991', '9007199254740992', '1000000000000000000', '1e21', '0.1', '-0']
    const taken = await Promise.all(ids.map(async id => (await bind(App, flatSource({ APP_ID: id }))).id))
    expect(taken).toEqual(ids.map(Number))
    expect((await bind(App, flatSource({ APP_BIG: '9007199254740993' }))).big).toBe(9007199254740993n)
  })
})

it('what is no finite number is called so', async () => {
  const yaml = yamlFile(file('app.yaml', 'app:\n  id: .inf\n'))
  expect(brief(await problemsOf(yaml, App))).toEqual(['VALUE app.id: app.id is no finite number; expected a number.'])
})

describe('a key that stands twice in a JSON file', () => {
  it('is refused with its line, as in YAML', async () => {
    const path = file(
      'app.json',
      '{\n  "app": { "id": 1, "text": "a:{\\"id\\":1,\\"id\\":2}" },\n  "app": { "id": 2 }\n}',
    )
    const problems = await problemsOf(jsonFile(path))
    expect(problems.map(({ what, where }) => [what, where])).toEqual([
      [`The file ${path} has the key 'app' twice in one map.`, `${path}, line 3, column 3`],
    ])
  })

  it('is found however it is spelt, and only within one map', async () => {
    const path = file('app.json', '{"a":[{"x":1},{"x":2}],"b":{"x":"x","y":{"x":":"}},"\\u0062":1,"c":["b","b"]}')
    expect((await problemsOf(jsonFile(path))).map(({ what }) => what)).toEqual([
      `The file ${path} has the key 'b' twice in one map.`,
    ])
  })
})

describe('a source', () => {
  it('PI-W26: whose getter throws is a problem beside others, without its message', async () => {
    const tree = {
      get password(): string {
        throw new TypeError('hunter2')
      },
    }
    const text = textOf(
      await problemsOf([objectSource(tree, { name: 'vault' }), flatSource(tree), jsonFile('none.json')]),
    )
    expect(text).not.toContain('hunter2')
    expect(text).toContain("The source 'vault' failed: reading it threw TypeError.")
    expect(text).toContain("The source 'flatSource' failed: reading it threw TypeError.")
    expect(text).toContain('There is no file none.json')
  })

  it.each([
    ['a Map', new Map([['APP_ID', '5']])],
    ['a list', [['APP_ID', '5']]],
    ['a text', 'APP_ID=5'],
  ])('of variables that is %s is refused, and does not seem to be empty', async (_, found) => {
    const source = flatSource(() => found)
    expect(brief(await problemsOf(source, App))).toEqual([
      "SOURCE : The source 'flatSource' is no object of names and texts.",
    ])
  })

  it('keeps its dates, whoever changes theirs', async () => {
    const at = new Date(0)
    const configuration = await load({ at })
    at.setTime(1)
    const given = configuration.get('at') as Date
    given.setTime(2)
    expect(configuration.get('at')).toEqual(new Date(0))
  })

  it('has changed where it gives the same date with another time', async () => {
    const at = new Date(0)
    await using app = await bootstrap({ logger: silent, config: [objectSource(() => ({ at }))] })
    at.setTime(1)
    expect(await app.refreshConfig()).toEqual(['at'])
    expect(app.get(ApplicationConfiguration).get('at')).toEqual(new Date(1))
  })
})

it('settings that the application and two plugins list are one', async () => {
  @Service()
  class Reader {
    constructor(
      readonly app: App,
      @Inject(live(App)) readonly live: Live<App>,
    ) {}
  }
  const plugins = ['a', 'b'].map(name => definePlugin({ name, components: [App, Reader] }))
  await using app = await bootstrap({ logger: silent, components: [App], plugins })
  expect(app.get(Reader).live.get()).toBe(app.get(Reader).app)
})
