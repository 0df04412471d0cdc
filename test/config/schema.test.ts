import { flatSource, objectSource, Setting, Settings, type StandardSchema, yamlFile } from 'ambit'
import type { SchemaIssue } from '../../src/config/standard-schema'
import { bind, brief, file, problemsOf, removeFiles, textOf } from './support'

afterEach(removeFiles)

type Check = (value: unknown) => readonly SchemaIssue[] | { readonly value: unknown }

/** A schema as any library has it: sync or async. */
function schema(check: Check, kind: 'sync' | 'async' = 'sync'): StandardSchema {
  const run = (value: unknown) => {
    const result = check(value)
    return 'value' in result ? result : { issues: result }
  }
  const validate = kind === 'sync' ? run : async (value: unknown) => run(value)
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

const accepting = schema(value => ({ value }))
const port = schema(value =>
  typeof value === 'number' && value > 0 && value < 65536
    ? { value }
    : [{ message: `must be a port, and ${String(value)} is none` }],
)

describe.each(['sync', 'async'] as const)('a %s schema of a class without settings', kind => {
  const checks: unknown[] = []
  const check: Check = value => {
    checks.push(value)
    const { host, size } = value as { host?: unknown; size?: unknown }
    if (typeof host !== 'string') return [{ message: 'Required', path: ['host'] }, { message: 'Whole' }]
    return { value: { host: host.toUpperCase(), size: Number(size ?? 1), nested: { list: [{ a: 1 }] } } }
  }

  @Settings({ prefix: 'mail', schema: schema(check, kind) })
  class Mail {
    readonly host!: string
    readonly size!: number
    readonly nested!: { readonly list: readonly { readonly a: number }[] }
    readonly local: string = 'kept'
    get url(): string {
      return `smtp://${this.host}`
    }
  }

  it('gets the part as it is, and its result is put on the frozen object', async () => {
    const mail = await bind(Mail, [{ mail: { host: 'a', list: [1] } }, flatSource({ MAIL_SIZE: '5' })])
    expect(checks.at(-1)).toEqual({ host: 'a', list: [1], size: '5' })
    expect(mail).toBeInstanceOf(Mail)
    expect(mail).toEqual({ host: 'A', size: 5, nested: { list: [{ a: 1 }] }, local: 'kept' })
    expect(mail.url).toBe('smtp://A')
    expect([mail, mail.nested, mail.nested.list, mail.nested.list[0]].every(part => Object.isFrozen(part))).toBe(true)
  })

  it('gets an empty object where no source has the prefix, and its issues have paths and sources', async () => {
    expect(brief(await problemsOf([], Mail))).toEqual([
      'REFUSED mail.host: mail.host is refused by its schema: Required.',
      'REFUSED mail: mail is refused by its schema: Whole.',
    ])
    const path = file('app.yaml', 'mail:\n  host: 1\n')
    const problems = await problemsOf([yamlFile(path)], Mail)
    expect(problems.map(({ source }) => source)).toEqual([`${path}, line 2`, `${path}, line 1`])
  })
})

describe('a schema of a class with settings', () => {
  class Server {
    @Setting({ name: 'address' }) readonly host!: string
    @Setting({ schema: port }) readonly port: number = 80
  }

  it('gets what was bound, and its issues have the keys of the configuration', async () => {
    const seen: unknown[] = []
    const check: Check = value => {
      seen.push(value)
      return [
        { message: 'no', path: ['server', 'host'] },
        { message: 'no', path: [{ key: 'servers' }, { key: 0 }] },
      ]
    }
    @Settings({ prefix: 'app', schema: schema(check) })
    class App {
      @Setting() readonly server!: Server
      @Setting({ list: Server }) readonly servers: readonly Server[] = []
      @Setting({ secret: true }) readonly token: string = 'x'
    }
    const given = { app: { server: { address: 'a', port: '1' }, servers: [{ address: 'b' }] } }
    expect(brief(await problemsOf(given, App)).map(text => text.replace(/: .*/, ''))).toEqual([
      'REFUSED app.server.address',
      'REFUSED app.servers[0]',
    ])
    expect(seen).toEqual([{ server: { host: 'a', port: 1 }, servers: [{ host: 'b', port: 80 }], token: 'x' }])
  })

  it('may replace values, and objects inside keep their classes and their secrets', async () => {
    class Part {
      @Setting({ secret: true }) readonly key: string = 'a'
      @Setting() readonly size: number = 1
    }
    const check: Check = value => {
      const { part } = value as { part: { key: string; size: number } }
      return { value: { part: { key: 'changed', size: part.size + 1 }, extra: [1] } }
    }
    @Settings({ schema: schema(check) })
    class App {
      @Setting() readonly part!: Part
    }
    const { part } = await bind(App, [])
    expect(part).toBeInstanceOf(Part)
    expect([part.key, part.size, JSON.stringify(part)]).toEqual(['changed', 2, '{"size":2}'])
    expect(Object.isFrozen(part)).toBe(true)
  })

  it('is not asked while values are wrong', async () => {
    const never = schema(() => {
      throw new Error('asked')
    })
    @Settings({ schema: never })
    class App {
      @Setting() readonly size: number = 1
      @Setting({ schema: never }) readonly other: number = 1
    }
    expect(brief(await problemsOf({ size: 'x' }, App))).toEqual(['VALUE size: size is a text; expected a number.'])
  })

  it('may answer an object of the class itself', async () => {
    @Settings({ schema: schema(() => ({ value: new App('made') })) })
    class App {
      readonly by: string
      constructor(...by: string[]) {
        this.by = by[0] ?? 'ambit'
      }
    }
    const app = await bind(App, [])
    expect([app.by, Object.isFrozen(app)]).toEqual(['made', true])
  })
})

describe('a schema of one setting', () => {
  @Settings('')
  class App {
    @Setting({ schema: port }) readonly port: number = 80
    @Setting({ schema: schema(value => ({ value: String(value).trim() })) }) readonly name: string = ' a '
    @Setting({ optional: true, schema: schema(() => [{ message: 'asked' }]) }) readonly none?: string
    @Setting({ schema: accepting }) readonly any: unknown = undefined
  }

  it('gets what was coerced, defaults too, and may replace it', async () => {
    expect(await bind(App, [flatSource({ PORT: '25' }), { any: { a: [1] } }])).toEqual({
      port: 25,
      name: 'a',
      any: { a: [1] },
    })
    expect(brief(await problemsOf({ port: '99999', any: 1 }, App))).toEqual([
      'REFUSED port: port is refused by its schema: must be a port, and … is none.',
    ])
  })
})

describe('PI-W26: what a schema says', () => {
  it('of a secret is not shown, and secrets and the value itself are taken out of everything else', async () => {
    const talkative = schema(value => [{ message: `${JSON.stringify(value)} is wrong, said hunter2 at 12` }])
    @Settings({ prefix: 'a', schema: schema(value => [{ message: `all of ${JSON.stringify(value)}` }]) })
    class Whole {
      @Setting({ secret: true }) readonly password: string = ''
      @Setting() readonly pin: number = 0
    }
    @Settings('b')
    class Parts {
      @Setting({ secret: true, schema: talkative }) readonly password: string = ''
      @Setting({ schema: talkative }) readonly open: string = ''
    }
    const source = objectSource({ a: { password: 'hunter2', pin: 12 }, b: { password: 'hunter2', open: 'hunter2' } })
    const problems = await problemsOf([source], Whole, Parts)
    expect(brief(problems)).toEqual([
      'REFUSED a: a is refused by its schema: all of {"password":"…","pin":…}.',
      'REFUSED b.password: b.password is refused by its schema: it is secret, so what the schema says is not shown.',
      'REFUSED b.open: b.open is refused by its schema: "…" is wrong, said … at 12.',
    ])
    expect(textOf(problems)).not.toContain('hunter2')
  })

  it('when it throws or rejects is a problem without its message', async () => {
    const throwing = schema(() => {
      throw new RangeError('hunter2')
    })
    const rejecting = schema(() => {
      throw new TypeError('hunter2')
    }, 'async')
    @Settings({ prefix: 'a', schema: throwing })
    class One {}
    @Settings({ prefix: 'b', schema: rejecting })
    class Two {}
    const problems = await problemsOf([], One, Two)
    expect(brief(problems)).toEqual([
      'REFUSED a: The schema of a threw RangeError.',
      'REFUSED b: The schema of b threw TypeError.',
    ])
  })
})
