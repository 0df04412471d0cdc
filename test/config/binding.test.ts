import { inspect } from 'node:util'
import { flatSource, objectSource, Setting, Settings, yamlFile } from 'ambit'
import { bind, brief, file, load, problemsOf, removeFiles, textOf } from './support'

afterEach(removeFiles)

// eslint-disable-next-line no-restricted-syntax -- users have enums
enum Level {
  Low = 1,
  High = 2,
}

// eslint-disable-next-line no-restricted-syntax -- users have enums
enum Colour {
  Red = 'r',
  Green = 'g',
}

class Server {
  @Setting() readonly host!: string
  @Setting() readonly port: number = 80
}

@Settings('app')
class App {
  @Setting() readonly name!: string
  @Setting() readonly size: number = 1
  @Setting() readonly on: boolean = false
  @Setting() readonly big: bigint = 1n
  @Setting() readonly day: Date = new Date(0)
  @Setting({ enum: Level }) readonly level: Level = Level.Low
  @Setting({ enum: Colour }) readonly colour: Colour = Colour.Red
  @Setting({ enum: ['a', 'b'] }) readonly letter: 'a' | 'b' = 'a'
  @Setting() readonly server!: Server
  @Setting({ list: Server }) readonly servers: readonly Server[] = []
  @Setting({ map: Server }) readonly named: Readonly<Record<string, Server>> = {}
  @Setting({ list: { list: Number } }) readonly matrix: readonly (readonly number[])[] = []
  @Setting({ map: { list: { enum: Colour } } }) readonly palettes: Readonly<Record<string, readonly Colour[]>> = {}
}

const GIVEN = {
  name: 'shop',
  size: 2,
  on: true,
  big: 12345678901234567890n,
  day: new Date('2030-01-31'),
  level: 'High',
  colour: 'Green',
  letter: 'b',
  server: { host: 'a' },
  servers: [{ host: 'b', port: 1 }, { host: 'c' }],
  named: { x: { host: 'd' } },
  matrix: [[1, 2], []],
  palettes: { warm: ['Red', 'r'] },
}

const BOUND = {
  ...GIVEN,
  level: Level.High,
  colour: Colour.Green,
  server: { host: 'a', port: 80 },
  servers: [
    { host: 'b', port: 1 },
    { host: 'c', port: 80 },
  ],
  named: { x: { host: 'd', port: 80 } },
  palettes: { warm: [Colour.Red, Colour.Red] },
}

describe('a settings class', () => {
  it('PI-48: gets texts, numbers, booleans, dates, enums, objects, lists and maps', async () => {
    const settings = await bind(App, { app: GIVEN })
    expect(settings).toEqual(BOUND)
    expect(settings).toBeInstanceOf(App)
    expect([settings.server, settings.servers[0], settings.named['x']].every(each => each instanceof Server)).toBe(true)
  })

  it('PI-48: gets the same from YAML, and, where JSON has the types, from JSON', async () => {
    const { big: _, day, ...plain } = GIVEN
    const json = JSON.stringify({ app: { ...plain, day } }) // which is YAML too
    const { big: __, ...bound } = BOUND
    expect(await bind(App, [yamlFile(file('app.yaml', json))])).toEqual({ ...bound, big: 1n })
  })

  it('is frozen to the bottom, defaults included, and leaves constants of the program alone', async () => {
    const shared = [{ host: 'shared' }]
    @Settings('')
    class Frozen {
      @Setting() readonly server: Server = Object.assign(new Server(), { host: 'x' })
      @Setting({ list: Server }) readonly servers: readonly object[] = shared
      @Setting({ map: Number }) readonly sizes: Readonly<Record<string, number>> = { a: 1 }
    }
    const settings = await bind(Frozen, [])
    const parts = [settings, settings.server, settings.servers, settings.servers[0], settings.sizes]
    expect(parts.map(part => Object.isFrozen(part))).toEqual(parts.map(() => true))
    expect(Object.isFrozen(shared) || Object.isFrozen(shared[0])).toBe(false)
    expect(() => Object.assign(settings.server, { port: 1 })).toThrow(TypeError)
  })

  it('at the root has the whole configuration', async () => {
    @Settings()
    class Root {
      @Setting() readonly name!: string
      @Setting() readonly server!: Server
    }
    expect(await bind(Root, { name: 'a', server: { host: 'b' } })).toEqual({
      name: 'a',
      server: { host: 'b', port: 80 },
    })
  })

  it('keeps the secrets of defaults unseen, and freezes them, in lists, maps and unions too', async () => {
    class Inner {
      @Setting() readonly host: string = 'a'
      @Setting({ secret: true }) readonly password: string = 'hunter2'
    }
    class Around {
      @Setting({ list: Inner }) readonly inner: readonly Inner[] = [new Inner()]
    }
    const variants = { inner: Inner, around: Around }
    @Settings('app')
    class Defaults {
      @Setting({ list: Inner }) readonly list: readonly Inner[] = [new Inner()]
      @Setting({ map: Inner }) readonly map: Readonly<Record<string, Inner>> = { a: new Inner() }
      @Setting({ variants }) readonly union: Inner | Around = new Inner()
      @Setting({ variants }) readonly written: object = { $type: 'inner', password: 'hunter2' }
      @Setting({ list: { map: { variants } } }) readonly deep: readonly object[] = [{ a: new Around() }]
      @Setting({ optional: true, type: Around }) readonly around?: Around = new Around()
    }
    const configuration = await load([], Defaults)
    const settings = configuration.settings(Defaults)
    expect([settings.list[0]?.password, settings.map['a']?.password]).toEqual(['hunter2', 'hunter2'])
    expect([settings.union, settings.list[0]].map(each => each instanceof Inner)).toEqual([true, true])
    const texts = [JSON.stringify(settings), inspect(settings, { depth: 9 }), JSON.stringify(configuration.describe())]
    expect(texts.filter(text => text.includes('hunter2'))).toEqual([])
    const { list, map, union, written } = settings
    const made = [list[0], map['a'], union, written, Object.values(settings.deep[0] ?? {})[0]]
    expect(made.filter(each => !Object.isFrozen(each))).toEqual([])
  })

  it('takes a default that holds itself', async () => {
    class Ring {
      @Setting({ secret: true }) readonly token: string = 'hunter2'
      @Setting({ list: () => Ring }) readonly next: readonly Ring[] = []
    }
    const ring = Object.assign(new Ring(), { next: [new Ring()] })
    Object.assign(ring.next[0] ?? {}, { next: [ring] })
    @Settings('app')
    class Defaults {
      @Setting({ type: Ring }) readonly ring: Ring = ring
    }
    expect((await bind(Defaults, [])).ring.next[0]?.token).toBe('hunter2')
  })

  it('takes a default object as the lowest source of its values', async () => {
    @Settings('')
    class Defaults {
      @Setting({ type: Server }) readonly server = Object.assign(new Server(), { host: 'default', port: 1 })
    }
    expect(await bind(Defaults, [])).toEqual({ server: { host: 'default', port: 1 } })
    expect(await bind(Defaults, { server: { port: 2 } })).toEqual({ server: { host: 'default', port: 2 } })
    expect((await bind(Defaults, { server: { port: 2 } })).server).toBeInstanceOf(Server)
  })

  it('has the settings of its bases, in the form in which it declares them again', async () => {
    class Base {
      @Setting() readonly host!: string
      @Setting() readonly port: number = 1
    }
    @Settings('sub')
    class Sub extends Base {
      @Setting({ type: String, name: 'address' }) declare readonly host: string
      @Setting() readonly extra: boolean = true
    }
    expect(await bind(Sub, { sub: { address: 'a' } })).toEqual({ host: 'a', port: 1, extra: true })
    expect(brief(await problemsOf({ sub: { host: 'a' } }, Sub))).toEqual([
      'UNKNOWN sub.host: Nothing knows the key sub.host.',
      'MISSING sub.address: sub.address is missing; expected a text.',
    ])
  })

  it('may hold itself, in lists and where it may be missing', async () => {
    @Settings('tree')
    class Tree {
      @Setting({ optional: true, type: () => Tree }) readonly left?: Tree
      @Setting({ list: () => Tree }) readonly all: readonly Tree[] = []
    }
    expect(await bind(Tree, { tree: { left: { all: [{}] } } })).toEqual({ left: { all: [{ all: [] }] }, all: [] })
  })

  it('that needs itself is a problem, and no endless search', async () => {
    @Settings('loop')
    class Loop {
      @Setting({ type: () => Loop }) readonly self!: Loop
    }
    expect(brief(await problemsOf({}, Loop))).toEqual(['MISSING loop.self: loop.self is missing; expected a map.'])
  })

  it('keeps its methods, getters and private fields', async () => {
    @Settings('m')
    class Methods {
      readonly #suffix = '!'
      @Setting() readonly name!: string
      get loud(): string {
        return this.name.toUpperCase() + this.#suffix
      }
    }
    expect((await bind(Methods, { m: { name: 'a' } })).loud).toBe('A!')
  })
})

describe('what is missing', () => {
  @Settings('mail')
  class Mail {
    @Setting() readonly host!: string
    @Setting({ secret: true }) readonly password!: string
    @Setting() readonly server!: Server
    @Setting({ required: true }) readonly from: string = 'nobody'
    @Setting({ optional: true }) readonly reply?: string
  }

  it('PI-52, PI-W24: is told all at once, with paths and where it could stand', async () => {
    @Settings('other')
    class Other {
      @Setting() readonly key!: number
    }
    const sources = [objectSource({}, { name: 'code' }), flatSource({}, { name: 'flags', prefix: 'APP_' })]
    const problems = await problemsOf(sources, Mail, Other)
    expect(brief(problems)).toEqual([
      'MISSING mail.host: mail.host is missing; expected a text.',
      'MISSING mail.password: mail.password is missing; expected a text.',
      'MISSING mail.server.host: mail.server.host is missing; expected a text.',
      'MISSING mail.from: mail.from is missing; expected a text.',
      'MISSING other.key: other.key is missing; expected a number.',
    ])
    expect(problems[2]?.next).toBe('Set mail.server.host in code, or APP_MAIL__SERVER__HOST of flags.')
  })

  it('PI-52: a missing prefix is none where every setting has a default', async () => {
    @Settings('nothing.here')
    class Nothing {
      @Setting() readonly size: number = 3
      @Setting({ optional: true }) readonly other?: string
    }
    expect(await bind(Nothing, [])).toEqual({ size: 3 })
  })

  it('is not guessed at while a source cannot be read', async () => {
    const broken = yamlFile(file('app.yaml', '"'))
    const problems = await problemsOf([broken, { mail: { host: 5, password: '${ref:gone}' } }], Mail)
    expect(brief(problems).map(text => text.replace(/: .*/, ''))).toEqual(['SOURCE ', 'VALUE mail.host'])
  })

  it('may be missing in the middle of a list', async () => {
    @Settings('')
    class Root {
      @Setting({ list: Server }) readonly servers!: readonly Server[]
    }
    expect(brief(await problemsOf({ servers: [{ host: 'a' }, {}, { host: 1 }] }, Root))).toEqual([
      'MISSING servers[1].host: servers[1].host is missing; expected a text.',
      'VALUE servers[2].host: servers[2].host is a number; expected a text.',
    ])
  })
})

describe('coercion', () => {
  @Settings('')
  class One {
    @Setting({ optional: true }) readonly number?: number
    @Setting({ optional: true }) readonly boolean?: boolean
    @Setting({ optional: true, type: BigInt }) readonly bigint?: bigint
    @Setting({ optional: true }) readonly date?: Date
    @Setting({ optional: true }) readonly string?: string
    @Setting({ optional: true, enum: Level }) readonly level?: Level
    @Setting({ optional: true, enum: Colour }) readonly colour?: Colour
    @Setting({ optional: true, enum: [1, 2] }) readonly digit?: 1 | 2
  }

  it.each([
    ['number', '1', 1],
    ['number', ' -1.5e3 ', -1500],
    ['number', '+.5', 0.5],
    ['number', 0, 0],
    ['boolean', 'true', true],
    ['boolean', 'OFF', false],
    ['boolean', 'yes', true],
    ['boolean', 'No', false],
    ['boolean', '1', true],
    ['boolean', '0', false],
    ['boolean', 'on', true],
    ['boolean', false, false],
    ['bigint', '-9007199254740993', -9007199254740993n],
    ['bigint', '+5', 5n],
    ['bigint', 5, 5n],
    ['date', '2030-01-31', new Date('2030-01-31T00:00:00Z')],
    ['date', '2030-01-31T12:00:00+02:00', new Date('2030-01-31T10:00:00Z')],
    ['date', '2024-02-29', new Date('2024-02-29T00:00:00Z')],
    ['string', '', ''],
    ['string', '1', '1'],
    ['string', 'null', 'null'],
    ['level', 'High', Level.High],
    ['level', '2', Level.High],
    ['level', 2, Level.High],
    ['colour', 'Green', Colour.Green],
    ['colour', 'g', Colour.Green],
    ['digit', '2', 2],
  ])('PI-56: %s of %p', async (key, given, expected) => {
    expect(await bind(One, { [key]: given })).toEqual({ [key]: expected })
    if (typeof given === 'string' && given !== '')
      expect(await bind(One, [flatSource({ [key.toUpperCase()]: given })])).toEqual({ [key]: expected })
  })

  it.each([
    ['number', 'x', 'is a text; expected a number.'],
    ['number', '1,5', 'is a text; expected a number.'],
    ['number', '0x10', 'is a text; expected a number.'],
    ['number', '1e999', 'is a text; expected a number.'],
    ['number', 'Infinity', 'is a text; expected a number.'],
    ['number', '', 'is an empty text; expected a number.'],
    ['number', Number.NaN, 'is no finite number; expected a number.'],
    ['number', true, 'is a boolean; expected a number.'],
    ['boolean', 1, 'is a number; expected true or false.'],
    ['boolean', 'si', 'is a text; expected true or false.'],
    ['bigint', '1.5', 'is a text; expected a whole number.'],
    ['bigint', 2 ** 60, 'is a number; expected a whole number.'],
    ['date', '31.1.2030', 'is a text; expected a date (2030-01-31, or 2030-01-31T12:00:00Z).'],
    ['date', '2030-02-31', 'is a text; expected a date (2030-01-31, or 2030-01-31T12:00:00Z).'],
    ['date', '2030-01-31T12:00:00', 'is a text; expected a date (2030-01-31, or 2030-01-31T12:00:00Z).'],
    ['date', 5, 'is a number; expected a date (2030-01-31, or 2030-01-31T12:00:00Z).'],
    ['string', 1, 'is a number; expected a text.'],
    ['string', true, 'is a boolean; expected a text.'],
    ['string', ['a'], 'is a list; expected a text.'],
    ['string', { a: 1 }, 'is a map; expected a text.'],
    ['level', '1Low', "is a text; expected one of 'Low', 'High'."],
    ['level', true, "is a boolean; expected one of 'Low', 'High'."],
    ['colour', 'red', "is a text; expected one of 'Red', 'Green'."],
    ['digit', 3, "is a number; expected one of '1', '2'."],
  ])('PI-56, PI-W18: no %s of %p', async (key, given, expected) => {
    expect(brief(await problemsOf({ [key]: given }, One))).toEqual([`VALUE ${key}: ${key} ${expected}`])
  })

  it('PI-56: names the path of a wrong value deep inside', async () => {
    const wrong = { ...GIVEN, servers: [{ host: 'a', port: 'x' }], named: { 'a.b': { host: 'a', port: true } } }
    expect(brief(await problemsOf({ app: { ...wrong, palettes: { warm: ['Red', 'blue'] } } }, App))).toEqual([
      'VALUE app.servers[0].port: app.servers[0].port is a text; expected a number.',
      "VALUE app.named['a.b'].port: app.named['a.b'].port is a boolean; expected a number.",
      "VALUE app.palettes.warm[1]: app.palettes.warm[1] is a text; expected one of 'Red', 'Green'.",
    ])
  })

  it('PI-50, PI-56: says which name was meant, unless the setting is secret', async () => {
    @Settings('')
    class Guess {
      @Setting({ enum: Colour }) readonly open: Colour = Colour.Red
      @Setting({ enum: Colour, secret: true }) readonly hidden: Colour = Colour.Red
    }
    const problems = await problemsOf({ open: 'Grean', hidden: 'Grean' }, Guess)
    expect(problems.map(({ next }) => next)).toEqual([
      "Did you mean 'Green'? Write one of 'Red', 'Green'.",
      "Write one of 'Red', 'Green'.",
    ])
  })

  it('PI-W26: shows kinds, and never a value', async () => {
    const values = { number: 'hunter2', boolean: 'hunter2', level: 'hunter2', date: 'hunter2', bigint: 'hunter2' }
    const problems = await problemsOf({ ...values, string: 42424242 }, One)
    expect(problems).toHaveLength(6)
    expect(textOf(problems)).not.toMatch(/hunter2|42424242/)
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|42424242/)
  })
})

describe('null', () => {
  @Settings('')
  class Nullable {
    @Setting({ nullable: true, type: Number }) readonly limit: number | null = 5
    @Setting({ nullable: true, type: String }) readonly text: string | null = 'default'
    @Setting({ optional: true }) readonly maybe?: string
    @Setting() readonly never: string = 'x'
  }

  it('PI-W18: stays null where it may be, and is no text', async () => {
    expect(await bind(Nullable, { limit: null, text: null })).toEqual({ limit: null, text: null, never: 'x' })
    expect((await bind(Nullable, { maybe: null })).maybe).toBeUndefined()
    expect(await bind(Nullable, { limit: '7', text: 'null' })).toMatchObject({ limit: 7, text: 'null' })
  })

  it('PI-W18: number | null is coerced from variables, where null and nothing mean null', async () => {
    const limit = async (text: string) => (await bind(Nullable, [flatSource({ LIMIT: text, TEXT: text })])).limit
    expect([await limit('7'), await limit('null'), await limit('')]).toEqual([7, null, null])
    expect((await bind(Nullable, [flatSource({ TEXT: 'null' })])).text).toBe('null')
  })

  it('PI-W18: is refused elsewhere, default or not', async () => {
    expect(brief(await problemsOf({ never: null }, Nullable))).toEqual(['VALUE never: never is null; expected a text.'])
  })

  it('wins over an earlier value', async () => {
    expect(
      (
        await bind(Nullable, [
          { limit: 1, maybe: 'a' },
          { limit: null, maybe: null },
        ])
      ).limit,
    ).toBeNull()
  })
})

describe('unknown keys', () => {
  @Settings('mail')
  class Mail {
    @Setting() readonly host: string = ''
    @Setting() readonly server: Server = Object.assign(new Server(), { host: '' })
    @Setting({ list: Server }) readonly servers: readonly Server[] = []
  }

  it('PI-58: are refused at every depth, with what was meant', async () => {
    const problems = await problemsOf(
      { mail: { hots: 'a', server: { Host: 'b' }, servers: [{ host: '', prot: 1 }], colour: 1 } },
      Mail,
    )
    expect(problems.map(({ path, next }) => [path, next])).toEqual([
      ['mail.hots', "Did you mean 'host'? Known are host, server, servers."],
      ['mail.colour', 'Known are host, server, servers.'],
      ['mail.server.Host', "Did you mean 'host'? Known are host, port."],
      ['mail.servers[0].prot', "Did you mean 'port'? Known are host, port."],
    ])
  })

  it('PI-58: are left alone outside every prefix, and in variables', async () => {
    expect(await problemsOf([{ other: { x: 1 } }, flatSource({ MAIL_HOTS: 'x', APP: 'y' })], Mail)).toEqual([])
  })

  it('PI-58: are those that no class knows: several may share a prefix, or stand below one', async () => {
    @Settings('mail')
    class Limits {
      @Setting() readonly perHour: number = 1
    }
    @Settings('mail.server.tls')
    class Tls {
      @Setting() readonly on: boolean = true
    }
    const given = { mail: { host: 'a', perHour: 2, server: { host: 'b', tls: { on: false } } } }
    expect(await problemsOf(given, Mail, Limits, Tls)).toEqual([])
    const problems = await problemsOf({ mail: { wrong: 1, server: { tsl: {} } } }, Mail, Limits, Tls)
    expect(problems.map(({ path, next }) => [path, next])).toEqual([
      ['mail.wrong', 'Known are host, perHour, server, servers.'],
      ['mail.server.tsl', "Did you mean 'tls'? Known are host, port, tls."],
    ])
  })

  it('PI-58: at the root are refused once a class stands there', async () => {
    @Settings()
    class Root {
      @Setting() readonly name: string = ''
    }
    expect(brief(await problemsOf({ mail: { host: '' }, nmae: 'x' }, Root, Mail))).toEqual([
      'UNKNOWN nmae: Nothing knows the key nmae.',
    ])
  })
})

describe('unions', () => {
  class Smtp {
    declare readonly kind: 'smtp'
    @Setting() readonly host!: string
  }
  class Folder {
    readonly kind = 'folder'
    @Setting() readonly path: string = '/tmp'
  }
  const variants = { smtp: Smtp, folder: Folder }

  @Settings('mail')
  class Mail {
    @Setting({ variants, discriminator: 'kind' }) readonly transport!: Smtp | Folder
    @Setting({ list: { variants } }) readonly others: readonly (Smtp | Folder)[] = []
  }

  it('PI-50: are told apart by $type, or by a key of their own', async () => {
    const { transport, others } = await bind(Mail, {
      mail: { transport: { kind: 'smtp', host: 'a' }, others: [{ $type: 'folder' }, { $type: 'smtp', host: 'b' }] },
    })
    expect(transport).toEqual({ kind: 'smtp', host: 'a' })
    expect([transport, ...others].map(each => each.constructor)).toEqual([Smtp, Folder, Smtp])
    expect(others[0]).toMatchObject({ kind: 'folder', path: '/tmp' })
  })

  it('PI-50: a wrong or missing one is a problem with its path and the choices', async () => {
    const problems = await problemsOf(
      { mail: { transport: { kind: 'stmp', host: 'a' }, others: [{ path: 'a' }, { $type: 1 }, 'text'] } },
      Mail,
    )
    expect(brief(problems)).toEqual([
      "VALUE mail.transport.kind: mail.transport.kind is none of 'smtp', 'folder'.",
      "MISSING mail.others[0].$type: mail.others[0].$type is missing; it says which of 'smtp', 'folder' is meant.",
      "VALUE mail.others[1].$type: mail.others[1].$type is none of 'smtp', 'folder'.",
      "VALUE mail.others[2]: mail.others[2] is a text; expected a map, with $type one of 'smtp', 'folder'.",
    ])
  })

  it("PI-50: refuses another variant's keys", async () => {
    const problems = await problemsOf({ mail: { transport: { kind: 'smtp', host: 'a', path: 'b' } } }, Mail)
    expect(brief(problems)).toEqual(['UNKNOWN mail.transport.path: Nothing knows the key mail.transport.path.'])
  })

  it('PI-50: comes from variables too', async () => {
    const settings = await bind(Mail, [flatSource({ MAIL_TRANSPORT_KIND: 'smtp', MAIL_TRANSPORT_HOST: 'a' })])
    expect(settings.transport).toEqual({ kind: 'smtp', host: 'a' })
  })

  it('takes the variant of its default where none is said', async () => {
    @Settings('')
    class Defaulting {
      @Setting({ variants, discriminator: 'kind' }) readonly transport: Smtp | Folder = new Folder()
    }
    expect((await bind(Defaulting, { transport: { path: '/a' } })).transport).toEqual({ kind: 'folder', path: '/a' })
    expect((await bind(Defaulting, { transport: { kind: 'smtp', host: 'a' } })).transport).toBeInstanceOf(Smtp)
  })
})

describe('a default of a union', () => {
  class Smtp {
    @Setting() readonly host: string = 'a'
    @Setting({ secret: true }) readonly password: string = 'hunter2'
  }
  class Folder {
    @Setting() readonly path: string = '/tmp'
  }
  class SecretSmtp extends Smtp {
    @Setting({ secret: true }) readonly token: string = 'hunter2'
  }
  class Stranger {
    readonly password = 'hunter2'
  }
  const variants = { smtp: Smtp, folder: Folder }

  it.each<[string, object]>([
    ['says no variant', { password: 'hunter2' }],
    ['says one that there is not', { $type: 'stmp', password: 'hunter2' }],
    ['says what is no name', { $type: 7, password: 'hunter2' }],
    ['is of another class', new Stranger()],
    ['is of a subclass, which may have more secrets', new SecretSmtp()],
    ['is a list', [{ password: 'hunter2' }]],
  ])('that %s is refused: nobody could tell what is secret in it', async (_, wrong) => {
    @Settings('mail')
    class Mail {
      @Setting({ variants }) readonly transport: object = wrong
      @Setting({ list: { map: { variants } } }) readonly others: readonly object[] = [{ a: new Folder(), b: wrong }]
    }
    const problems = await problemsOf([], Mail)
    expect(brief(problems)).toEqual([
      "VALUE mail.transport: mail.transport has a default that is none of 'smtp', 'folder'.",
      "VALUE mail.others[0].b: mail.others[0].b has a default that is none of 'smtp', 'folder'.",
    ])
    expect(textOf(problems)).not.toContain('hunter2')
  })

  it('that is no variant is not asked for where a source says one', async () => {
    @Settings('mail')
    class Mail {
      @Setting({ variants }) readonly transport: object = new Stranger()
    }
    const settings = await bind(Mail, { mail: { transport: { $type: 'smtp' } } })
    expect(settings.transport).toBeInstanceOf(Smtp)
    expect([JSON.stringify(settings), inspect(settings)].filter(text => text.includes('hunter2'))).toEqual([])
  })

  it('may be null, and be nothing', async () => {
    @Settings('mail')
    class Mail {
      @Setting({ variants, nullable: true }) readonly none: object | null = null
      @Setting({ variants, optional: true }) readonly nothing?: object
    }
    expect(await bind(Mail, [])).toEqual({ none: null, nothing: undefined })
  })
})

describe('fixed values', () => {
  class Smtp {
    @Setting() readonly host!: string
    @Setting() readonly port: number = 25
  }
  class Folder {
    @Setting({ optional: true }) readonly path?: string
  }

  @Settings('mail')
  class Mail {
    @Setting({ fixed: 5 }) readonly retries: number = 1
    @Setting({ type: Smtp, fixed: { port: 465 } }) readonly smtp!: Smtp
    @Setting({ variants: { smtp: Smtp, folder: Folder }, fixed: { $type: 'smtp' } }) readonly other!: Smtp | Folder
  }

  it('PI-51: beat every source; of an object, the keys that they have; and force a discriminator', async () => {
    const given = { retries: 9, smtp: { host: 'a', port: 1 }, other: { $type: 'folder', host: 'b' } }
    const settings = await bind(Mail, [{ mail: given }, flatSource({ MAIL_RETRIES: '7', MAIL_SMTP_PORT: '2' })])
    expect(settings).toMatchObject({ retries: 5, smtp: { host: 'a', port: 465 }, other: { host: 'b', port: 25 } })
    expect(settings.other).toBeInstanceOf(Smtp)
  })

  it('PI-51: for one application are a last source', async () => {
    const fixed = objectSource({ mail: { smtp: { host: 'fixed' } } }, { name: 'fixed' })
    const given = { mail: { smtp: { host: 'a' }, other: { host: 'b' } } }
    expect((await bind(Mail, [given, flatSource({ MAIL_SMTP_HOST: 'c' }), fixed])).smtp.host).toBe('fixed')
  })

  it('of the wrong kind are a problem like any other', async () => {
    @Settings('')
    class Wrong {
      @Setting({ fixed: 'x' }) readonly size: number = 1
    }
    expect((await problemsOf({}, Wrong)).map(({ what, source }) => [what, source])).toEqual([
      ['size is a text; expected a number.', 'fixed for size'],
    ])
  })
})

describe('prefixes', () => {
  @Settings({ prefix: ['cache', 'cache.redis', 'stores.redis.main'] })
  class Redis {
    @Setting() readonly url: string = 'default'
  }

  it('PI-53: of several, the longest that a source has is chosen', async () => {
    const url = async (given: object) => (await bind(Redis, given)).url
    const cache = { url: 'short', redis: { url: 'long' } }
    expect(await url({ cache: { url: 'short' } })).toBe('short')
    expect(await url({ cache: { redis: { url: 'long' } } })).toBe('long')
    expect(await url({ cache: { ...cache }, stores: { redis: { main: { url: 'longest' } } } })).toBe('longest')
    expect(await url({ stores: { redis: {} } })).toBe('default')
  })

  it('PI-53: also where a variable says so', async () => {
    const variables = flatSource({ CACHE_REDIS_URL: 'long' })
    expect((await bind(Redis, [{ cache: { url: 'short' } }, variables])).url).toBe('long')
  })
})

describe('PI-54 [CHANGE]: every source serves every class', () => {
  class Part {
    @Setting() readonly size: number = 1
  }
  @Settings('flat')
  class Flat {
    @Setting() readonly host!: string
  }
  @Settings('tree')
  class Tree {
    @Setting({ list: Part }) readonly parts!: readonly Part[]
  }

  it('trees alone, variables alone, and both', async () => {
    const variables = flatSource({ FLAT_HOST: 'v', TREE_PARTS_0_SIZE: '3' })
    const tree = { flat: { host: 't' }, tree: { parts: [{ size: 2 }] } }
    for (const [sources, host, size] of [
      [[tree], 't', 2],
      [[variables], 'v', 3],
      [[tree, variables], 'v', 3],
      [[variables, tree], 't', 2],
    ] as const) {
      const configuration = await load(sources, Flat, Tree)
      expect(configuration.settings(Flat).host).toBe(host)
      expect(configuration.settings(Tree).parts).toEqual([{ size }])
    }
  })
})
