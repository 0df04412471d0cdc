import fc from 'fast-check'
import { environmentSource, flatSource, Setting, Settings } from 'ambit'
import { isStandardSchema } from '../../src/config/standard-schema'
import { variableName } from '../../src/config/variable-names'
import { bind, brief, load, problemsOf } from './support'

class Server {
  @Setting() readonly host!: string
  @Setting() readonly port: number = 80
}

@Settings('mail')
class Mail {
  @Setting({ optional: true }) readonly smtpHost?: string
  @Setting({ optional: true }) readonly on?: boolean
  @Setting({ list: String }) readonly to: readonly string[] = []
  @Setting({ list: Number }) readonly ports: readonly number[] = []
  @Setting({ list: Server }) readonly servers: readonly Server[] = []
  @Setting({ map: Server }) readonly named: Readonly<Record<string, Server>> = {}
  @Setting({ map: String }) readonly labels: Readonly<Record<string, string>> = {}
  @Setting({ optional: true, type: Server }) readonly main?: Server
}

const variables = (given: Readonly<Record<string, string>>) => environmentSource({ prefix: 'APP_', variables: given })
const bound = (given: Readonly<Record<string, string>>) => bind(Mail, [variables(given)])
const problems = async (given: Readonly<Record<string, string>>) => brief(await problemsOf([variables(given)], Mail))

describe('the name of a variable', () => {
  it.each([
    'APP_MAIL_SMTP_HOST',
    'APP_MAIL__SMTP_HOST',
    'APP_MAIL_SMTPHOST',
    'app_mail_smtp_host',
    'APP_MAIL.smtpHost',
  ])('PI-59: %s is mail.smtpHost', async name => {
    expect((await bound({ [name]: 'a' })).smtpHost).toBe('a')
  })

  it.each([
    'MAIL_SMTP_HOST',
    'APPMAIL_SMTP_HOST',
    'APP__SMTP__HOST',
    'APP_MAIL__SMTP__HOST__X',
    'APP_',
    'APP',
    'APP___',
  ])('%s is none of its', async name => {
    expect((await bound({ [name]: 'a' })).smtpHost).toBeUndefined()
  })

  it('PI-59: counts in upper case only where the source is case-sensitive', async () => {
    const source = (name: string) => flatSource({ [name]: 'a' }, { prefix: 'APP_', caseSensitive: true })
    expect((await bind(Mail, [source('APP_MAIL_SMTP_HOST')])).smtpHost).toBe('a')
    for (const name of ['app_MAIL_SMTP_HOST', 'APP_MAIL_smtp_HOST', 'APP_MAIL.smtpHost'])
      expect((await bind(Mail, [source(name)])).smtpHost).toBeUndefined()
  })

  it('that can mean two settings is a problem, unless __ tells them apart', async () => {
    class Smtp {
      @Setting({ optional: true }) readonly host?: string
    }
    @Settings('mail')
    class Both {
      @Setting() readonly smtp!: Smtp
      @Setting({ optional: true }) readonly smtpHost?: string
    }
    const found = await problemsOf([variables({ APP_MAIL_SMTP_HOST: 'a' })], Both)
    expect(brief(found)).toEqual([
      'VARIABLE : Environment variable APP_MAIL_SMTP_HOST can mean mail.smtp.host or mail.smtpHost.',
    ])
    expect(found[0]?.next).toBe('Write APP_MAIL__SMTP__HOST or APP_MAIL__SMTP_HOST.')
    const apart = await bind(Both, [variables({ APP_MAIL__SMTP__HOST: 'a', APP_MAIL__SMTP_HOST: 'b' })])
    expect(apart).toEqual({ smtp: { host: 'a' }, smtpHost: 'b' })
  })

  it('contradicts another that means the same, unless both say the same', async () => {
    const twice = { APP_MAIL_SMTP_HOST: 'hunter2', APP_MAIL__SMTP_HOST: 'other' }
    expect(await problems(twice)).toEqual([
      'VARIABLE mail.smtpHost: Environment variable APP_MAIL_SMTP_HOST and environment variable APP_MAIL__SMTP_HOST both set mail.smtpHost, to different texts.',
    ])
    expect((await bound({ ...twice, APP_MAIL__SMTP_HOST: 'hunter2' })).smtpHost).toBe('hunter2')
  })

  it('without a prefix is left alone unless a class asks for it', async () => {
    const shared = { PATH: '/bin', HOME: '/root', MAIL: '/var/mail/root', MAIL_SMTP_HOST: 'a' }
    const configuration = await load([{ path: 'x', home: 'y' }, environmentSource({ variables: shared })], Mail)
    expect(configuration.settings(Mail).smtpHost).toBe('a')
    expect([configuration.get('path'), configuration.get('home')]).toEqual(['x', 'y'])
  })

  it('with a prefix also means what a tree has, described or not', async () => {
    const configuration = await load([
      { raw: { deepKey: 1, list: [1] } },
      variables({ APP_RAW_DEEP_KEY: '2', APP_RAW: 'x' }),
    ])
    expect(configuration.get('raw')).toEqual({ deepKey: '2', list: [1] })
  })

  it.each([
    [['mail', 'smtpHost'], 'MAIL__SMTP_HOST'],
    [['a', 0, 'bC1Dx'], 'A__0__B_C1_DX'],
    [['with-dash', 'x'], 'WITH_DASH__X'],
  ])('of %j is written %s in advice', (path, name) => {
    expect(variableName(path)).toBe(name)
  })
})

describe('texts of variables', () => {
  it('PI-48, PI-56: are lists with commas, as JSON, or by index', async () => {
    expect((await bound({ APP_MAIL_TO: 'a, b ,c' })).to).toEqual(['a', 'b', 'c'])
    expect((await bound({ APP_MAIL_TO: '["a,b", "c"]' })).to).toEqual(['a,b', 'c'])
    expect((await bound({ APP_MAIL_TO: '' })).to).toEqual([])
    expect((await bound({ APP_MAIL_PORTS: '1,2' })).ports).toEqual([1, 2])
    expect((await bound({ APP_MAIL_PORTS_1: '2', APP_MAIL__PORTS__0: '1' })).ports).toEqual([1, 2])
  })

  it('PI-48: are objects part by part, or as JSON', async () => {
    const expected = {
      servers: [
        { host: 'a', port: 1 },
        { host: 'b', port: 80 },
      ],
    }
    const parts = { APP_MAIL_SERVERS_0_HOST: 'a', APP_MAIL_SERVERS_0_PORT: '1', APP_MAIL__SERVERS__1__HOST: 'b' }
    expect(await bound(parts)).toMatchObject(expected)
    const json = '[{ "host": "a", "port": 1 }, { "host": "b" }]'
    expect(await bound({ APP_MAIL_SERVERS: json })).toMatchObject(expected)
    expect((await bound({ APP_MAIL_MAIN: '{ "host": "a", "port": "1" }' })).main).toEqual({ host: 'a', port: 1 })
    expect((await bound({ APP_MAIL: '{ "smtpHost": "a" }' })).smtpHost).toBe('a')
  })

  it('PI-48: are maps, whose keys stand behind __', async () => {
    const given = { APP_MAIL__NAMED__EU_WEST__HOST: 'a', APP_MAIL_LABELS__TEAM: 'x', APP_MAIL__LABELS__camelCase: 'y' }
    expect(await bound(given)).toMatchObject({
      named: { eu_west: { host: 'a', port: 80 } },
      labels: { team: 'x', camelCase: 'y' },
    })
    expect((await bound({ APP_MAIL_LABELS: '{ "a.b": "c" }' })).labels).toEqual({ 'a.b': 'c' })
  })

  it('mean the key of a map that an earlier source has', async () => {
    const tree = { mail: { named: { 'eu-West': { host: 'a' } } } }
    const settings = await bind(Mail, [tree, variables({ APP_MAIL__NAMED__EU_WEST__PORT: '1' })])
    expect(settings.named).toEqual({ 'eu-West': { host: 'a', port: 1 } })
  })

  it('replace a list of an earlier source whole', async () => {
    const tree = { mail: { servers: [{ host: 'a' }, { host: 'b' }] } }
    const settings = await bind(Mail, [tree, variables({ APP_MAIL_SERVERS_0_HOST: 'c' })])
    expect(settings.servers).toEqual([{ host: 'c', port: 80 }])
  })

  it.each([
    [
      'a gap',
      { APP_MAIL_PORTS_0: '1', APP_MAIL_PORTS_2: '2' },
      'VARIABLE mail.ports: The variables of mail.ports leave out the index 1.',
    ],
    [
      'a whole and a part',
      { APP_MAIL_PORTS: '1', APP_MAIL_PORTS_0: '2' },
      'VARIABLE mail.ports: Environment variable APP_MAIL_PORTS sets the whole of mail.ports, and environment variable APP_MAIL_PORTS_0 a part of it.',
    ],
    [
      'no JSON',
      { APP_MAIL_PORTS: '[1, hunter2' },
      'VALUE mail.ports: mail.ports is a text; expected a list (each a number).',
    ],
    [
      'a wrong element',
      { APP_MAIL_PORTS: '1,hunter2' },
      'VALUE mail.ports[1]: mail.ports[1] is a text; expected a number.',
    ],
    ['a text for an object', { APP_MAIL_MAIN: 'hunter2' }, 'VALUE mail.main: mail.main is a text; expected a map.'],
    [
      'nothing for an object',
      { APP_MAIL_SERVERS_0: '' },
      'VALUE mail.servers[0]: mail.servers[0] is an empty text; expected a map.',
    ],
    [
      'JSON with an unknown key',
      { APP_MAIL_MAIN: '{ "hots": 1 }' },
      'UNKNOWN mail.main.hots: Nothing knows the key mail.main.hots.',
    ],
    [
      'an empty number',
      { APP_MAIL_PORTS_0: '' },
      'VALUE mail.ports[0]: mail.ports[0] is an empty text; expected a number.',
    ],
  ])('with %s are a problem', async (_, given, message) => {
    const found = await problems(given)
    expect(found).toContain(message)
    expect(found.join()).not.toContain('hunter2')
  })

  it('are the members of an enum, the empty text among them', async () => {
    @Settings('s')
    class Modes {
      @Setting({ enum: ['', 'on'] }) readonly mode: string = 'on'
      @Setting({ enum: ['', 'null'], nullable: true }) readonly empty: string | null = null
      @Setting({ enum: ['', 'null'], nullable: true }) readonly named: string | null = null
      @Setting({ enum: ['on'], nullable: true }) readonly none: string | null = 'on'
    }
    const variables = { S_MODE: '', S_EMPTY: '', S_NAMED: 'null', S_NONE: '' }
    expect(await bind(Modes, flatSource(variables))).toEqual({ mode: '', empty: '', named: 'null', none: null })
  })

  it('are named in problems', async () => {
    const [found] = await problemsOf([variables({ app_mail_ports: 'x' })], Mail)
    expect(found).toMatchObject({ source: 'environment variable app_mail_ports', path: 'mail.ports[0]' })
  })

  it('PI-59: of a flat source may be numbers and booleans, and what is no scalar is left alone', async () => {
    const flat = flatSource({
      MAIL_PORTS: 5,
      MAIL_ON: true,
      MAIL_TO: ['a'],
      MAIL_MAIN: { host: 'a' },
      MAIL_SMTP_HOST: null,
    })
    expect(await bind(Mail, [flat])).toEqual(await bind(Mail, { mail: { ports: [5], on: true } }))
  })

  it('are never templates', async () => {
    expect((await bound({ APP_MAIL_SMTP_HOST: '${ENV:HOME}' })).smtpHost).toBe('${ENV:HOME}')
  })

  it('come from process.env where nothing else is said, as it is at the time', async () => {
    process.env['AMBIT_TEST_MAIL_SMTP_HOST'] = 'a'
    const source = environmentSource({ prefix: 'AMBIT_TEST_' })
    try {
      expect((await bind(Mail, [source])).smtpHost).toBe('a')
      process.env['AMBIT_TEST_MAIL_SMTP_HOST'] = 'b'
      expect((await bind(Mail, [source])).smtpHost).toBe('b')
    } finally {
      delete process.env['AMBIT_TEST_MAIL_SMTP_HOST']
    }
  })
})

describe('random settings', () => {
  const text = fc
    .string({ unit: fc.constantFrom('a', 'B', ' ', '"', '$', '{'), minLength: 1 })
    .filter(each => !/^\s*[[{]/.test(each))
  const server = fc.record({ host: text, port: fc.nat(65_535) })
  const key = fc.constantFrom('eu', 'us_west', 'x1')
  const mail = fc.record(
    {
      smtpHost: text,
      on: fc.boolean(),
      ports: fc.array(fc.integer(), { minLength: 1, maxLength: 3 }),
      servers: fc.array(server, { minLength: 1, maxLength: 3 }),
      named: fc.dictionary(key, server, { minKeys: 1, noNullPrototype: true }),
      labels: fc.dictionary(key, text, { minKeys: 1, noNullPrototype: true }),
      main: server,
    },
    { requiredKeys: [] },
  )

  it('PI-54: are the same from variables, by the names that messages advise, as from a tree', async () => {
    await fc.assert(
      fc.asyncProperty(mail, async given => {
        const named = leaves({ mail: given }).map(
          ([path, value]) => [`APP_${variableName(path)}`, String(value)] as const,
        )
        expect(await bound(Object.fromEntries(named))).toEqual(await bind(Mail, { mail: given }))
      }),
    )
  })

  function leaves(
    value: unknown,
    path: readonly (string | number)[] = [],
  ): readonly (readonly [readonly (string | number)[], unknown])[] {
    if (Array.isArray(value)) return value.flatMap((each, index) => leaves(each, [...path, index]))
    if (typeof value !== 'object' || value === null) return [[path, value]]
    return Object.entries(value).flatMap(([name, each]) => leaves(each, [...path, name]))
  }
})

describe('settings that only a schema knows', () => {
  const seen: unknown[] = []
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) => {
        seen.push(value)
        return { value }
      },
    },
  }

  it('get variables below their prefix, in camel case, or as earlier sources spell them', async () => {
    expect(isStandardSchema(schema)).toBe(true)
    @Settings({ prefix: 'open', schema })
    class Open {}
    await bind(Open, [
      { open: { 'max-size': 1 } },
      variables({ APP_OPEN_MAX_SIZE: '2', APP_OPEN__SMTP_HOST__FIRST: 'a' }),
    ])
    expect(seen.at(-1)).toEqual({ 'max-size': '2', smtpHost: { first: 'a' } })
  })

  it('get none at the root where names have no prefix', async () => {
    @Settings({ schema })
    class Open {}
    await bind(Open, [{ a: 1 }, environmentSource({ variables: { PATH: 'x', A: '2' } })])
    expect(seen.at(-1)).toEqual({ a: 1 })
  })

  it('leave to another class what that has by name', async () => {
    @Settings({ prefix: 'mail', schema })
    class Open {}
    const configuration = await load([variables({ APP_MAIL_SMTP_HOST: 'a', APP_MAIL_OTHER: 'b' })], Open, Mail)
    expect(configuration.settings(Mail).smtpHost).toBe('a')
    expect(configuration.settings(Open)).toEqual({ smtpHost: 'a', other: 'b' })
  })
})
