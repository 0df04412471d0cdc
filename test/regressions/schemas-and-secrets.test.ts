import { inspect } from 'node:util'
import { jsonFile, Setting, Settings } from 'ambit'
import type { StandardSchema } from '../../src/config/standard-schema'
import { bind, file, problemsOf, removeFiles, textOf } from '../config/support'

/** What a schema did to settings: a library answers copies, and quotes what it was given. */

type Check = (value: never) => ReturnType<StandardSchema['~standard']['validate']>

function schema(check: Check): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate: value => check(value as never) } }
}

const copying = schema(value => ({ value: structuredClone(value) }))
const quoting = schema(value => ({ issues: [{ message: `cannot be ${JSON.stringify(value)}` }] }))

class Server {
  @Setting() readonly host: string = 'localhost'
  @Setting({ secret: true, optional: true }) readonly password?: string
  label(): string {
    return `server ${this.host}`
  }
}

class Mirror extends Server {}

afterEach(removeFiles)

function shown(value: unknown): string {
  return inspect(value, { depth: 9 }) + JSON.stringify(value)
}

describe('a schema that answers copies', () => {
  @Settings({ prefix: 'app', schema: copying })
  class App {
    @Setting({ list: Server }) readonly list: readonly Server[] = []
    @Setting({ map: Server }) readonly map: Readonly<Record<string, Server>> = {}
    @Setting({ list: { variants: { one: Server, two: Mirror } } }) readonly kinds: readonly Server[] = []
    @Setting({ list: Server, schema: copying }) readonly own: readonly Server[] = []
  }
  const one = { host: 'a', password: 'hunter2' }
  const tree = { app: { list: [one, { host: 'b' }], map: { x: one }, kinds: [{ $type: 'two', ...one }], own: [one] } }

  it('leaves the elements of lists and maps their classes, and their secrets unseen', async () => {
    const app = await bind(App, tree)
    const all = [...app.list, ...Object.values(app.map), ...app.kinds, ...app.own]
    expect(all.map(each => each.label())).toEqual(['server a', 'server b', 'server a', 'server a', 'server a'])
    expect(all.map(each => each.password)).toEqual(['hunter2', undefined, 'hunter2', 'hunter2', 'hunter2'])
    expect(app.kinds[0]).toBeInstanceOf(Mirror)
    expect(all.every(each => Object.isFrozen(each))).toBe(true)
    expect(shown(app)).not.toContain('hunter2')
  })

  it('mixes no element with another where it changes their order', async () => {
    @Settings({
      prefix: 'app',
      schema: schema(({ list }: { list: readonly { host: string; password?: string }[] }) => ({
        value: { list: [...list].reverse().map(each => JSON.parse(JSON.stringify(each)) as unknown) },
      })),
    })
    class Reversed {
      @Setting({ list: Server }) readonly list: readonly Server[] = []
    }
    const { list } = await bind(Reversed, { app: { list: [one, { host: 'b' }] } })
    expect(list.map(({ host, password }) => [host, password])).toEqual([
      ['b', undefined],
      ['a', 'hunter2'],
    ])
  })
})

it('a schema that answers an object of the class keeps its secrets unseen', async () => {
  @Settings({ prefix: 'app', schema: schema((value: object) => ({ value: Object.assign(new App(), value) })) })
  class App {
    @Setting({ secret: true }) readonly token: string = ''
    @Setting() readonly server: Server = new Server()
  }
  const app = await bind(App, { app: { token: 'hunter2', server: { password: 'hunter2' } } })
  expect([app.token, app.server.password, app.server.label()]).toEqual(['hunter2', 'hunter2', 'server localhost'])
  expect(shown(app)).not.toContain('hunter2')
})

it('a schema that answers an object of the class keeps the secrets of its lists and maps unseen', async () => {
  @Settings({ prefix: 'app', schema: schema(() => ({ value: new App() })) })
  class App {
    @Setting({ list: Server }) readonly list = [Object.assign(new Server(), { password: 'hunter2' })]
    @Setting({ map: Server }) readonly map = { a: Object.assign(new Server(), { password: 'hunter2' }) }
  }
  const app = await bind(App, [])
  expect([app.list[0]?.password, app.map.a.password]).toEqual(['hunter2', 'hunter2'])
  expect(shown(app)).not.toContain('hunter2')
})

it('a schema that fills in an optional secret keeps it unseen', async () => {
  @Settings({ prefix: 'app', schema: schema(() => ({ value: { token: 'hunter2' } })) })
  class App {
    @Setting({ secret: true, optional: true }) declare readonly token?: string
  }
  const app = await bind(App, [])
  expect(app.token).toBe('hunter2')
  expect(shown(app)).not.toContain('hunter2')
})

it('a key __proto__ behind a schema changes no class', async () => {
  class Base {}
  @Settings({ prefix: 'app', schema: schema(value => ({ value })) })
  class App extends Base {}
  await bind(App, jsonFile(file('app.json', '{"app":{"__proto__":{"admin":true}}}')))
  expect([new App(), new Base(), {}].filter(each => 'admin' in each)).toEqual([])
})

describe('what a schema says', () => {
  it('shows no secret of an object inside', async () => {
    const telling = schema(({ password }: Server) => ({ issues: [{ message: `wrong: ${String(password)}` }] }))
    @Settings('app')
    class App {
      @Setting({ schema: telling }) readonly server: Server = new Server()
    }
    expect(textOf(await problemsOf({ app: { server: { password: 'hunter2' } } }, App))).toContain('wrong: …')
  })

  it('shows no secret as JSON writes it', async () => {
    @Settings({ prefix: 'app', schema: quoting })
    class App {
      @Setting({ secret: true }) readonly key: string = ''
    }
    const text = textOf(await problemsOf({ app: { key: 'BEGIN "KEY"\nhunter2\nEND' } }, App))
    expect(text).toContain('cannot be {"key":"…"}')
  })
})
