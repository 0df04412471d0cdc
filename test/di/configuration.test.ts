import { Bean, Component, Configuration, Inject, InjectionToken, Optional, Primary, Service } from '../../src/di'
import { brief, closeAll, NAME, problemsOf, rejection, start } from './support'

afterEach(closeAll)

class Pool {
  closed = 0
  constructor(readonly url: string) {}
  end(): void {
    this.closed++
  }
}

class Mailer {
  constructor(readonly pool: Pool) {}
}

const SIZE = new InjectionToken<number>('Size')

@Component()
class Settings {
  readonly url = 'smtp:mail'
}

@Configuration()
class MailConfiguration {
  made = 0

  constructor(readonly settings: Settings) {}

  @Bean()
  mailer(pool: Pool, @Inject(SIZE) @Optional() _size?: number): Mailer {
    this.made++
    return new Mailer(pool)
  }

  @Bean(Pool, { close: pool => pool.end() })
  async pool(): Promise<Pool> {
    await Promise.resolve()
    this.made++
    return new Pool(this.settings.url)
  }

  @Bean(NAME)
  name(): string {
    return 'mail'
  }
}

describe('a configuration', () => {
  it('PI-12 makes components of its methods, injects their parameters and awaits them', async () => {
    @Service()
    class User {
      constructor(
        readonly mailer: Mailer,
        @Inject(NAME) readonly name: string,
      ) {}
    }
    const container = await start({ components: [User, MailConfiguration, Settings] })
    const { mailer, name } = container.get(User)
    expect(mailer.pool).toBe(container.get(Pool))
    expect([mailer.pool.url, name]).toEqual(['smtp:mail', 'mail'])
  })

  it('PI-W10 is built once, and its beans share its state', async () => {
    const container = await start({ components: [MailConfiguration, Settings] })
    expect(container.get(MailConfiguration).made).toBe(2)
    expect(container.get(Mailer)).toBe(container.get(Mailer))
  })

  it('disposes of a bean through its close option', async () => {
    const container = await start({ components: [MailConfiguration, Settings] })
    const pool = container.get(Pool)
    await container.close()
    expect(pool.closed).toBe(1)
  })

  it('reports its beans', async () => {
    const { registrations } = await start({ components: [MailConfiguration, Settings] })
    expect(registrations.map(({ name, kind, stereotype, origin }) => [name, kind, stereotype, origin])).toEqual([
      ['MailConfiguration', 'class', 'configuration', 'MailConfiguration (@Configuration)'],
      ['Mailer', 'bean', 'bean', 'MailConfiguration.mailer (@Bean)'],
      ['Pool', 'bean', 'bean', 'MailConfiguration.pool (@Bean)'],
      ['Name', 'bean', 'bean', 'MailConfiguration.name (@Bean)'],
      ['Settings', 'class', 'component', 'Settings (@Component)'],
    ])
  })

  it('PI-13 has what its beans lack reported', async () => {
    const problems = await problemsOf({ components: [MailConfiguration] })
    expect(problems.map(problem => problem.what)).toEqual([
      'MailConfiguration needs Settings (parameter 1), which is not registered.',
    ])
    @Configuration()
    class Lacking {
      @Bean()
      mailer(pool: Pool): Mailer {
        return new Mailer(pool)
      }
    }
    expect((await problemsOf({ components: [Lacking] }))[0]?.what).toBe(
      'Lacking.mailer (@Bean) needs Pool (parameter 1), which is not registered.',
    )
  })

  it('hands its beans on to subclasses, in the form that a subclass declares again', async () => {
    class Base {
      @Bean(NAME)
      name(): string {
        return 'base'
      }
      @Bean(SIZE)
      size(): number {
        return 1
      }
    }
    @Configuration()
    class Sub extends Base {
      @Bean(NAME)
      override name(): string {
        return 'sub'
      }
    }
    const container = await start({ components: [Sub] })
    expect([container.get(NAME), container.get(SIZE), container.registrations.length]).toEqual(['sub', 1, 3])
  })

  it('lets one of two beans for one token be primary', async () => {
    @Configuration()
    class Two {
      @Bean(SIZE)
      small(): number {
        return 1
      }
      @Primary()
      @Bean(SIZE)
      large(): number {
        return 2
      }
    }
    const container = await start({ components: [Two] })
    expect([container.get(SIZE), container.getAll(SIZE)]).toEqual([2, [1, 2]])
  })

  it('takes the options of a bean without a token', async () => {
    @Configuration()
    class Options {
      @Bean(undefined, { primary: true })
      pool(): Pool {
        return new Pool('a')
      }
      @Bean()
      other(): Pool {
        return new Pool('b')
      }
    }
    expect((await start({ components: [Options] })).get(Pool).url).toBe('a')
  })

  it('fails the start when a bean throws, naming the bean method as the step', async () => {
    @Configuration()
    class Failing {
      @Bean(SIZE)
      async size(): Promise<number> {
        throw new RangeError('no size')
      }
    }
    expect(await rejection(start({ components: [Failing] }))).toMatchObject({
      code: 'AMBIT_DI_CREATION',
      component: 'Size',
      step: '@Bean method',
      cause: new RangeError('no size'),
    })
  })

  it('fails the start when a bean returns nothing', async () => {
    @Configuration()
    class Forgetful {
      @Bean(SIZE)
      size(): number {
        return undefined as unknown as number
      }
    }
    expect(await rejection(start({ components: [Forgetful] }))).toMatchObject({
      cause: new TypeError('Forgetful.size (@Bean) returned undefined'),
    })
  })
})

describe('a bean is refused', () => {
  it('when it is async and has no token', async () => {
    @Configuration()
    class Config {
      @Bean()
      async pool(): Promise<Pool> {
        return new Pool('x')
      }
    }
    expect(await problemsOf({ components: [Config] })).toEqual([
      {
        code: 'AMBIT_DI_BEAN',
        component: 'Config.pool',
        what: 'The bean Config.pool is async, so that its return type says only Promise.',
        next: 'Name what it returns: @Bean(TheClass) or @Bean(TOKEN).',
      },
    ])
  })

  it('when its return type is no class', async () => {
    @Configuration()
    class Config {
      @Bean()
      text(): string {
        return 'x'
      }
      @Bean()
      undeclared() {
        return new Pool('x')
      }
      @Bean()
      shape(): { readonly corners: number } {
        return { corners: 3 }
      }
      @Bean()
      list(): Pool[] {
        return []
      }
    }
    const problems = await problemsOf({ components: [Config] })
    expect(brief(problems)).toEqual([
      'BEAN Config.text',
      'BEAN Config.undeclared',
      'BEAN Config.shape',
      'BEAN Config.list',
    ])
    expect(problems[0]?.what).toBe('The bean Config.text has no return class to be asked for by.')
    expect(problems[0]?.next).toBe('Declare a class as its return type, or write @Bean(TOKEN).')
  })

  it('when its token is undefined: a circular import', async () => {
    @Configuration()
    class Config {
      @Bean(undefined)
      text(): string {
        return 'x'
      }
    }
    expect((await problemsOf({ components: [Config] }))[0]).toMatchObject({
      what: 'The bean Config.text has a token that is undefined, or no token.',
      next: expect.stringContaining('@Bean(() => TheClass)'),
    })
  })

  it('when it stands in a class that is no configuration', async () => {
    @Service()
    class Misplaced {
      @Bean(SIZE)
      size(): number {
        return 1
      }
    }
    expect(await problemsOf({ components: [Misplaced] })).toEqual([
      {
        code: 'AMBIT_DI_BEAN',
        component: 'Misplaced',
        what: 'Misplaced has @Bean methods (size) but is no configuration.',
        next: 'Decorate Misplaced with @Configuration().',
      },
    ])
  })

  it('when a parameter says nothing about what to inject', async () => {
    @Configuration()
    class Config {
      @Bean()
      pool(url: string): Pool {
        return new Pool(url)
      }
    }
    const problems = await problemsOf({ components: [Config] })
    expect(problems.map(problem => problem.what)).toEqual([
      "Parameter 1 of Config.pool has the type 'String' at run time, which says nothing about what to inject.",
    ])
  })

  it('when the build emits no types for its parameters', async () => {
    class Config {
      pool(url: string): Pool {
        return new Pool(url)
      }
      size(): number {
        return 1
      }
    }
    const descriptor = (name: 'pool' | 'size') => Object.getOwnPropertyDescriptor(Config.prototype, name) as never
    Bean(Pool)(Config.prototype, 'pool', descriptor('pool'))
    Bean(SIZE)(Config.prototype, 'size', descriptor('size'))
    Configuration()(Config)
    expect((await problemsOf({ components: [Config] })).map(problem => problem.what)).toEqual([
      'Config.pool takes 1 parameter, but the build emitted no types for them.',
    ])
  })

  it('when the method returns something else than its token, by the compiler', () => {
    class Config {
      // @ts-expect-error a string is no number
      @Bean(SIZE)
      size(): string {
        return 'x'
      }
      @Bean(SIZE)
      async later(): Promise<number> {
        return 1
      }
    }
    expect(new Config().size()).toBe('x')
  })
})
