import { bootstrap, Component, PreDestroy, scanComponents, Setting, Settings } from 'ambit'
import { bind, brief, problemsOf } from './support'

class Plain {}

/** A settings class as a build without emitted metadata makes it. */
function bare(make: () => object, settings: Readonly<Record<string, Parameters<typeof Setting>[0]>>) {
  class Bare {
    constructor() {
      Object.assign(this, make())
    }
  }
  for (const [property, options] of Object.entries(settings)) Setting(options)(Bare.prototype, property)
  Settings('bare')(Bare)
  return Bare
}

describe('a build without emitted metadata', () => {
  it('takes types that are written out, and those of initial values', async () => {
    const made = () => ({ size: 1, on: false, name: '', big: 1n, day: new Date(0), list: ['a'] })
    const Bare = bare(made, { size: {}, on: {}, name: {}, big: {}, day: {}, list: {}, host: { type: String } })
    const given = { size: '2', on: 'yes', name: 'b', big: '3', day: '2030-01-31', list: ['c'], host: 'd' }
    expect(await bind(Bare, { bare: given })).toEqual({
      size: 2,
      on: true,
      name: 'b',
      big: 3n,
      day: new Date('2030-01-31'),
      list: ['c'],
      host: 'd',
    })
  })

  it('says what to write where neither is there', async () => {
    const problems = await problemsOf(
      [],
      bare(() => ({ list: [], map: {}, mixed: [1, 'a'] }), { host: {}, list: {}, map: {}, mixed: {} }),
    )
    expect(brief(problems)).toEqual(
      ['host', 'list', 'map', 'mixed'].map(name => `DECLARATION : Bare.${name} does not say what it holds.`),
    )
    expect(problems[0]?.next).toBe(
      'The build emits no types: write @Setting({ type: String }), say, or give the property an initial value.',
    )
  })
})

describe('a settings class that cannot work is a problem', () => {
  it('where a property does not say what it holds', async () => {
    @Settings('a')
    class Vague {
      @Setting() readonly list!: readonly string[]
      @Setting() readonly shape!: { readonly a: string }
      @Setting() readonly union!: string | number
      @Setting() readonly plain!: Plain
      @Setting({ type: Plain }) readonly written!: Plain
      @Setting({ type: () => undefined as never }) readonly later!: Plain
      @Setting({ list: {} as never }) readonly odd!: readonly string[]
      @Setting({ enum: {} }) readonly empty!: string
      @Setting({ variants: { a: Plain } }) readonly variants!: Plain
    }
    const problems = await problemsOf({ a: {} }, Vague)
    expect(problems.filter(({ code }) => code === 'AMBIT_CONFIG_DECLARATION').map(({ what }) => what)).toEqual([
      'Vague.list does not say what it holds.',
      'Vague.shape does not say what it holds.',
      'Vague.union does not say what it holds.',
      'Vague.plain does not say what it holds.',
      'Vague.written holds Plain, which is no type of settings.',
      'Vague.later holds undefined, which is no type of settings.',
      'Vague.odd has a type that is none.',
      'Vague.empty has an enum without values.',
      'Vague.variants holds Plain, which is no type of settings.',
      'Vague.variants has variants that are no settings.',
    ])
    expect(problems[0]?.next).toBe('Write @Setting({ list: String }), or what its elements are.')
  })

  it('where it has no settings, takes parameters, throws, or has a key twice', async () => {
    @Settings('a')
    class Empty {}
    @Settings('b')
    class Taking {
      @Setting() readonly a: string
      constructor(a: string) {
        this.a = a
      }
    }
    @Settings('c')
    class Throwing {
      @Setting() readonly a: string = ''
      constructor() {
        throw new RangeError('hunter2')
      }
    }
    @Settings('d')
    class Twice {
      @Setting() readonly a: string = ''
      @Setting({ name: 'a' }) readonly b: string = ''
    }
    expect(brief(await problemsOf([], Empty, Taking, Throwing, Twice))).toEqual([
      'DECLARATION : Empty has no settings.',
      'DECLARATION : Taking has a constructor with parameters.',
      'DECLARATION : Throwing cannot be made: its constructor threw RangeError.',
      'DECLARATION : Twice has two settings with the key a.',
    ])
  })
})

describe('a settings class is a value', () => {
  it('whose lifecycle methods nobody would call', async () => {
    @Settings('a')
    class Hooked {
      @Setting() readonly a: string = ''
      @PreDestroy()
      stop(): void {}
    }
    expect(brief(await problemsOf([], Hooked))).toEqual([
      'DECLARATION : Hooked has a lifecycle method, stop, which nobody calls.',
    ])
  })

  it('which a component with settings is not: @Settings is missing', async () => {
    @Component()
    class Forgotten {
      @Setting() readonly host!: string
    }
    await expect(bootstrap({ components: [Forgotten] })).rejects.toThrow(
      'Forgotten has settings (host), which nobody binds. [AMBIT_CONFIG_DECLARATION]',
    )
  })
})

it('settings are found by a scan, in files of their own', async () => {
  @Settings('a')
  class Found {
    @Setting() readonly a: string = ''
  }
  const { components } = await scanComponents({
    directories: [__dirname],
    listFiles: () => Promise.resolve(['/app/mail.settings.js', '/app/mail.js']),
    importer: () => Promise.resolve({ Found }),
  })
  expect(components).toEqual([Found])
})

describe('@Setting is refused at once', () => {
  it.each([
    ['an unknown option', () => Setting({ typ: String } as never)],
    ['two types', () => Setting({ type: String, list: String })],
    ['a discriminator alone', () => Setting({ discriminator: 'kind' })],
    ['required and optional', () => Setting({ required: true, optional: true })],
    ['an undefined type, as a circular import leaves it', () => Setting({ type: undefined as never })],
    ['no schema', () => Setting({ schema: {} as never })],
    ['no options', () => Setting('a')],
    ['a static property', () => Setting()(Plain, 'a')],
    ['a symbol', () => Setting()(Plain.prototype, Symbol('a'))],
    ['a method', () => (Setting() as (...args: unknown[]) => void)(Plain.prototype, 'a', { value: () => 1 })],
    ['an accessor', () => (Setting() as (...args: unknown[]) => void)(Plain.prototype, 'a', { get: () => 1 })],
  ])('with %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'AMBIT_CONFIG_DECORATOR' }))
  })

  it('in a standard-decorator build', () => {
    const decorate = Setting() as (...args: unknown[]) => void
    expect(() => decorate(undefined, { kind: 'field', name: 'a' })).toThrow(
      expect.objectContaining({ code: 'AMBIT_DI_STANDARD_DECORATORS' }),
    )
  })
})

describe('@Settings is refused at once', () => {
  it.each([
    ['an unknown option', () => Settings({ prefx: 'a' } as never)],
    ['no schema', () => Settings({ schema: {} as never })],
    ['a prefix that is none', () => Settings('a..b')],
    ['a prefix with an index', () => Settings('a[0]')],
    ['no prefix at all', () => Settings({ prefix: [] })],
    ['parentheses that are missing', () => Settings(Plain as never)],
  ])('with %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'AMBIT_CONFIG_DECORATOR' }))
  })

  it('twice, beside another class decorator, and in a standard-decorator build', () => {
    const apply = () => {
      @Settings('a')
      @Component()
      class Both {}
      return Both
    }
    expect(apply).toThrow('Both is decorated with @Component() and with @Settings().')
    const decorate = Settings('a') as (...args: unknown[]) => void
    expect(() => decorate(Plain, { kind: 'class', name: 'Plain' })).toThrow(
      expect.objectContaining({ code: 'AMBIT_DI_STANDARD_DECORATORS' }),
    )
  })
})
