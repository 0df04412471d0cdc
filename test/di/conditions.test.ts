import fc from 'fast-check'
import type { Class } from '../../src/core/metadata'
import {
  Bean,
  Component,
  Conditional,
  ConditionalOnEnv,
  ConditionalOnMissing,
  ConditionalOnProperty,
  ConditionDecisions,
  type ConditionOptions,
  Configuration,
  Container,
  type ContainerOptions,
  ContainerValidationError,
  InjectAll,
  InjectionToken,
  Optional,
  Profile,
  provide,
  Qualifier,
  type Condition,
} from '../../src/di'
import { brief, closeAll, problemsOf, rejection, start, thrown } from './support'

afterEach(closeAll)

abstract class Mailer {}

/** Whether a component with these conditions is registered. */
async function held(conditions: Condition | readonly Condition[], options: ConditionOptions): Promise<boolean> {
  const container = await start({ providers: [provide(Mailer, { useValue: {}, when: conditions })], ...options })
  return container.has(Mailer)
}

describe('@Profile()', () => {
  @Profile('prod')
  @Component()
  class SmtpMailer extends Mailer {}

  it('PI-17 registers a component only in its profile', async () => {
    const container = await start({ components: [SmtpMailer], profiles: ['prod'] })
    expect(container.get(Mailer)).toBeInstanceOf(SmtpMailer)
    expect((await start({ components: [SmtpMailer], profiles: ['test'] })).has(SmtpMailer)).toBe(false)
    expect((await start({ components: [SmtpMailer] })).registrations).toEqual([])
  })

  it.each([
    [['prod', 'eu'], ['eu'], true],
    [['prod', 'eu'], ['us'], false],
    [['!test'], [], true],
    [['!test'], ['test'], false],
    [['prod', '!test'], ['test'], false],
    [['prod', '!test'], ['test', 'prod'], true],
    [['prod', '!test'], ['other'], true],
    [['!a', '!b'], ['a'], true],
    [['!a', '!b'], ['a', 'b'], false],
  ] as const)('PI-17 any of %j is met by %j: %j', async ([first, ...others], profiles, expected) => {
    expect(await held(Profile(first, ...others), { profiles })).toBe(expected)
  })

  it('of several decorators all must hold', async () => {
    const both = [Profile('prod'), Profile('!eu')]
    expect(await held(both, { profiles: ['prod'] })).toBe(true)
    expect(await held(both, { profiles: ['prod', 'eu'] })).toBe(false)
    expect(await held(both, {})).toBe(false)
  })

  it('PI-19 an unknown profile stops the start, with both lists', async () => {
    const [problem, ...others] = await problemsOf({ profiles: ['prd', 'eu'], allowedProfiles: ['prod', 'eu', 'test'] })
    expect(others).toEqual([])
    expect(problem).toEqual({
      code: 'AMBIT_DI_PROFILE',
      component: 'profiles',
      what: "'prd' is no allowed profile.",
      next: "Did you mean 'prod'? Active are 'prd', 'eu'; allowed are 'prod', 'eu', 'test'. Correct the one list or extend the other.",
    })
  })

  it('PI-19 a condition that names a profile which is not allowed stops the start, whether or not it holds', async () => {
    @Profile('!tset')
    @Component()
    class Misspelt {}
    const problems = await problemsOf({ components: [Misspelt, SmtpMailer], allowedProfiles: ['prod', 'test'] })
    expect(problems).toEqual([
      {
        code: 'AMBIT_DI_PROFILE',
        component: 'Misspelt',
        what: "@Profile() of Misspelt names 'tset', which is no allowed profile and so never active.",
        next: "Did you mean 'test'? Allowed are 'prod', 'test'. Correct the name, or add it to 'allowedProfiles'.",
      },
    ])
  })

  it.each([
    ['a text', 'prod'],
    ['a negation', ['!prod']],
    ['an empty name', ['']],
    ['a name with a space', ['prod eu']],
    ['a number', [1]],
  ])('PI-19 %s is no list of active profiles', async (_, profiles) => {
    expect(brief(await problemsOf({ components: [SmtpMailer], profiles: profiles as string[] }))).toEqual([
      'PROFILE profiles',
    ])
  })

  it('counts for exactly its class', async () => {
    @Component()
    class Child extends SmtpMailer {}
    expect((await start({ components: [Child] })).get(Mailer)).toBeInstanceOf(Child)
  })
})

describe('@ConditionalOnEnv()', () => {
  it.each([
    ['set', ConditionalOnEnv('URL'), { URL: 'x' }, true],
    ['empty', ConditionalOnEnv('URL'), { URL: '' }, false],
    ['not set', ConditionalOnEnv('URL'), {}, false],
    ['undefined', ConditionalOnEnv('URL'), { URL: undefined }, false],
    ['inherited from Object', ConditionalOnEnv('toString'), {}, false],
    ['of the value', ConditionalOnEnv('KIND', { value: 'smtp' }), { KIND: 'smtp' }, true],
    ['of another value', ConditionalOnEnv('KIND', { value: 'smtp' }), { KIND: 'SMTP' }, false],
    ['empty, as asked', ConditionalOnEnv('KIND', { value: '' }), { KIND: '' }, true],
  ])('PI-18 a variable that is %s', async (_, condition, environment, expected) => {
    expect(await held(condition, { environment })).toBe(expected)
  })

  it('PI-18 reads process.env where no environment is given', async () => {
    process.env['AMBIT_CONDITION_TEST'] = 'x'
    try {
      expect(await held(ConditionalOnEnv('AMBIT_CONDITION_TEST'), {})).toBe(true)
      expect(await held(ConditionalOnEnv('AMBIT_CONDITION_TEST'), { environment: {} })).toBe(false)
    } finally {
      delete process.env['AMBIT_CONDITION_TEST']
    }
  })

  it('says nothing of the value that is there', async () => {
    const options: ContainerOptions = {
      providers: [provide(Mailer, { useValue: {}, when: ConditionalOnEnv('TOKEN', { value: 'expected' }) })],
      environment: { TOKEN: 'hunter2' },
    }
    const container = await start(options)
    expect(JSON.stringify(container.conditions)).not.toContain('hunter2')
    expect(String(thrown(() => container.get(Mailer)))).not.toContain('hunter2')
    expect(container.conditions[0]?.why).toBe('the environment variable TOKEN has another value')
  })
})

describe('@ConditionalOnProperty()', () => {
  const value = (found: unknown): ConditionOptions => ({ properties: path => (path === 'mail.on' ? found : undefined) })

  it.each([true, 1, 'true', 'on', 'anything', 25, {}, []])('%j is on', async found => {
    expect(await held(ConditionalOnProperty('mail.on'), value(found))).toBe(true)
  })

  it.each([false, 0, '', 'false', 'OFF', ' no ', '0', undefined, null])('%j is off or missing', async found => {
    expect(await held(ConditionalOnProperty('mail.on'), value(found))).toBe(false)
  })

  it.each([
    ['smtp', 'smtp', true],
    ['smtp', 'SMTP', false],
    [25, '25', true],
    ['25', 25, true],
    [true, 'yes', true],
    [true, 'smtp', false],
    [false, 'off', true],
    [false, undefined, false],
    ['[object Object]', {}, false],
    ['', '', true],
  ])('with the value %j is met by %j: %j', async (wanted, found, expected) => {
    expect(await held(ConditionalOnProperty('mail.on', { value: wanted }), value(found))).toBe(expected)
  })

  it('is met by a missing property only where that is said', async () => {
    const condition = ConditionalOnProperty('mail.on', { value: 'smtp', matchIfMissing: true })
    expect(await held(condition, value(undefined))).toBe(true)
    expect(await held(condition, value('ses'))).toBe(false)
    expect(await held(condition, {})).toBe(true)
    expect(await held(ConditionalOnProperty('mail.on'), {})).toBe(false)
  })

  it('says nothing of the value that is there', async () => {
    const when = ConditionalOnProperty('mail.on', { value: 'smtp' })
    const container = await start({ providers: [provide(Mailer, { useValue: {}, when })], ...value('hunter2') })
    expect(JSON.stringify(container.conditions)).not.toContain('hunter2')
  })

  it('is a problem of the start where the lookup fails', async () => {
    const failing = new RangeError('broken')
    const [problem] = await problemsOf({
      providers: [provide(Mailer, { useValue: {}, when: ConditionalOnProperty('mail.on') })],
      properties: () => {
        throw failing
      },
    })
    expect(problem).toMatchObject({ code: 'AMBIT_DI_CONDITION', component: 'Mailer', cause: failing })
  })
})

describe('@Conditional()', () => {
  it('PI-18 asks a function, with profiles, environment and properties', async () => {
    const seen: unknown[] = []
    const condition = Conditional(({ profiles, environment, property }) => {
      seen.push([...profiles], environment['A'], property('x.y'))
      return true
    })
    const options = { profiles: ['p'], environment: { A: '1' }, properties: (path: string) => `value of ${path}` }
    expect(await held(condition, options)).toBe(true)
    expect(
      await held(
        Conditional(() => false),
        {},
      ),
    ).toBe(false)
    expect(seen).toEqual([['p'], '1', 'value of x.y'])
  })

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('secret detail')
      },
      'TypeError',
    ],
    [
      'throws what is no error',
      () => {
        throw 'text'
      },
      'a value that is no Error',
    ],
    ['forgets to return', () => undefined as never, 'TypeError'],
    ['is async', (async () => false) as never, 'TypeError'],
    ['rejects', (async () => Promise.reject(new Error('late'))) as never, 'TypeError'],
    ['answers with something truthy', () => 'yes' as never, 'TypeError'],
  ])('PI-18 PI-W26 that %s is a problem of the start, never a silent no', async (_, predicate: () => boolean, kind) => {
    const options = {
      providers: [provide(Mailer, { useValue: {}, when: Conditional(predicate, 'the region is in the EU') })],
    }
    const error = await rejection(start(options))
    expect(error).toBeInstanceOf(ContainerValidationError)
    const [problem, ...others] = (error as ContainerValidationError).problems
    expect(others).toEqual([])
    expect(problem?.what).toBe(
      `Whether Mailer is registered cannot be told: its condition (the region is in the EU says yes) threw ${kind}.`,
    )
    expect(problem).toHaveProperty('cause')
    expect((error as Error).message).not.toContain('secret detail')
    expect((error as Error).cause).toBe(problem?.cause)
  })

  it('that throws adds no problems of those who need the component', async () => {
    @Conditional(() => {
      throw new Error('no')
    })
    @Component()
    class SmtpMailer extends Mailer {}
    @Component()
    class News {
      constructor(readonly mailer: Mailer) {}
    }
    expect(brief(await problemsOf({ components: [News, SmtpMailer] }))).toEqual(['CONDITION SmtpMailer'])
  })

  it('is guarded by the condition before it', async () => {
    const when = [
      ConditionalOnEnv('REGION'),
      Conditional(({ environment }) => (environment['REGION'] as string).startsWith('eu')),
    ]
    expect(await held(when, { environment: {} })).toBe(false)
    expect(await held(when, { environment: { REGION: 'eu-1' } })).toBe(true)

    @ConditionalOnEnv('REGION')
    @Conditional(({ environment }) => (environment['REGION'] as string).startsWith('eu'))
    @Component()
    class EuMailer extends Mailer {}
    expect((await start({ components: [EuMailer], environment: {} })).has(Mailer)).toBe(false)
  })

  it('is asked once in a start, and once where the start is checked before', async () => {
    let asked = 0
    const when = Conditional(() => ++asked > 0)
    const plan = { providers: [provide(Mailer, { useValue: {}, when })], decisions: new ConditionDecisions() }
    expect(Container.outline(plan).problems).toEqual([])
    await start(plan)
    expect(asked).toBe(1)
    await start({ providers: plan.providers })
    expect(asked).toBe(2)
  })
})

describe('@ConditionalOnMissing()', () => {
  abstract class Cache {}
  @ConditionalOnEnv('REDIS')
  @Component()
  class RedisCache extends Cache {}
  @ConditionalOnMissing(Cache)
  @Component()
  class MemoryCache extends Cache {}

  it('PI-17 PI-W13 registers the fallback only where the real one is absent, after all other conditions', async () => {
    const components = [MemoryCache, RedisCache]
    const without = await start({ components, environment: {} })
    expect(without.get(Cache)).toBeInstanceOf(MemoryCache)
    expect(without.has(MemoryCache)).toBe(true)
    const beside = await start({ components, environment: { REDIS: 'x' } })
    expect(beside.get(Cache)).toBeInstanceOf(RedisCache)
    expect(beside.has(MemoryCache)).toBe(false)
    expect(beside.getAll(Cache)).toHaveLength(1)
  })

  it('PI-W13 works for beans and providers', async () => {
    const TOKEN = new InjectionToken<string>('text')
    @Configuration()
    class Defaults {
      @ConditionalOnMissing(TOKEN)
      @Bean(TOKEN)
      text(): string {
        return 'bean'
      }
    }
    const fallback = provide(TOKEN, { useValue: 'low', when: ConditionalOnMissing(TOKEN, { priority: -1 }) })
    expect((await start({ components: [Defaults], providers: [fallback] })).get(TOKEN)).toBe('bean')
    expect((await start({ providers: [fallback] })).get(TOKEN)).toBe('low')
    const real = provide(TOKEN, { useValue: 'real' })
    expect((await start({ components: [Defaults], providers: [fallback, real] })).get(TOKEN)).toBe('real')
  })

  it('PI-17 asks the higher priority first, and it keeps the others out', async () => {
    const providers = [1, 3, 2].map(priority =>
      provide(Cache, { useValue: { priority }, when: ConditionalOnMissing(Cache, { priority }) }),
    )
    const container = await start({ providers })
    expect(container.get(Cache)).toEqual({ priority: 3 })
    expect(container.getAll(Cache)).toHaveLength(1)
    expect(container.conditions.map(({ held: isHeld, why }) => [isHeld, why])).toEqual([
      [false, 'Cache is provided by provide(Cache, useValue)'],
      [true, 'nothing else provides Cache'],
      [false, 'Cache is provided by provide(Cache, useValue)'],
    ])
  })

  it('of equal priorities the first that is registered counts', async () => {
    @ConditionalOnMissing(Cache)
    @Component()
    class Second extends Cache {}
    expect((await start({ components: [MemoryCache, Second] })).get(Cache)).toBeInstanceOf(MemoryCache)
    expect((await start({ components: [Second, MemoryCache] })).get(Cache)).toBeInstanceOf(Second)
  })

  it('holds together with all other conditions', async () => {
    @Profile('dev')
    @ConditionalOnMissing(Cache)
    @Component()
    class DevCache extends Cache {}
    expect((await start({ components: [DevCache], profiles: ['dev'] })).has(Cache)).toBe(true)
    expect((await start({ components: [DevCache] })).has(Cache)).toBe(false)
  })

  it('names a class that is loaded later by a function, and a circular import is told', async () => {
    @ConditionalOnMissing(() => Cache)
    @Component()
    class Fallback extends Cache {}
    expect((await start({ components: [Fallback] })).has(Cache)).toBe(true)
    @ConditionalOnMissing(undefined as never)
    @Component()
    class Circular {}
    expect(brief(await problemsOf({ components: [Circular] }))).toEqual(['CONDITION Circular'])
  })

  it('of a configuration counts for all its beans together', async () => {
    @ConditionalOnMissing(Cache)
    @Configuration()
    class CacheDefaults {
      @Bean()
      cache(): Cache {
        return {}
      }
      @ConditionalOnMissing(Mailer)
      @Bean()
      mailer(): Mailer {
        return {}
      }
    }
    const alone = await start({ components: [CacheDefaults] })
    expect([alone.has(Cache), alone.has(Mailer)]).toEqual([true, true])
    const beside = await start({ components: [CacheDefaults, RedisCache], environment: { REDIS: '1' } })
    expect([beside.has(Mailer), beside.has(CacheDefaults)]).toEqual([false, false])
    expect(beside.getAll(Cache)).toHaveLength(1)
    const mailer = provide(Mailer, { useValue: {} })
    const partly = await start({ components: [CacheDefaults], providers: [mailer] })
    expect([partly.has(Cache), partly.getAll(Mailer).length]).toEqual([true, 1])
  })
})

describe('a configuration with conditions', () => {
  @Profile('prod')
  @Configuration()
  class Mail {
    @Bean()
    mailer(): Mailer {
      return {}
    }
  }

  it('PI-12 PI-20 contributes none of its beans where they do not hold', async () => {
    const container = await start({ components: [Mail], profiles: ['test'] })
    expect(container.registrations).toEqual([])
    expect(container.conditions).toEqual([
      {
        component: 'Mail',
        origin: 'Mail (@Configuration)',
        condition: "the profile 'prod' is active",
        held: false,
        why: "the profile 'prod' is not active",
      },
      {
        component: 'Mailer',
        origin: 'Mail.mailer (@Bean)',
        condition: 'its configuration Mail is registered',
        held: false,
        why: 'its configuration Mail was left out',
      },
    ])
    expect((await start({ components: [Mail], profiles: ['prod'] })).has(Mailer)).toBe(true)
  })

  it('PI-20 a bean of it can be left out alone', async () => {
    class Other {}
    @Configuration()
    class Both {
      @Profile('prod')
      @Bean()
      mailer(): Mailer {
        return {}
      }
      @Bean(Other, { when: [Profile('!prod')] })
      other(): Other {
        return new Other()
      }
    }
    const container = await start({ components: [Both], profiles: ['prod'] })
    expect([container.has(Mailer), container.has(Other), container.has(Both)]).toEqual([true, false, true])
  })

  it('PI-20 asks nothing of its beans where it is left out itself', async () => {
    let asked = 0
    @Profile('prod')
    @Configuration()
    class Guarded {
      @Conditional(() => ++asked > 0)
      @Bean()
      mailer(): Mailer {
        return {}
      }
    }
    await start({ components: [Guarded] })
    expect(asked).toBe(0)
  })

  it('PI-W10 says nothing else for its beans: no qualifier and no rank of it is theirs', async () => {
    @Qualifier('mail')
    @Configuration({ primary: true, order: 1 })
    class Config {
      @Bean()
      mailer(): Mailer {
        return {}
      }
    }
    const container = await start({ components: [Config] })
    const bean = container.registrations.find(({ token }) => token === Mailer)
    expect(bean).toMatchObject({ qualifiers: [], primary: false, order: undefined })
  })
})

describe('what is left out', () => {
  @Profile('prod')
  @Component()
  class SmtpMailer extends Mailer {}
  @Profile('prod', 'eu')
  @ConditionalOnEnv('SES')
  @Component()
  class SesMailer extends Mailer {}
  @Component()
  class News {
    constructor(readonly mailer: Mailer) {}
  }

  it('PI-13 PI-W24 is named, with the reason, where something needs it', async () => {
    const [problem, ...others] = await problemsOf({
      components: [News, SmtpMailer, SesMailer],
      profiles: ['eu'],
      environment: {},
    })
    expect(others).toEqual([])
    expect(problem).toEqual({
      code: 'AMBIT_DI_DEPENDENCY_MISSING',
      component: 'News',
      what:
        'News needs Mailer (parameter 1), which is not registered: ' +
        "SmtpMailer (@Component) was left out, since the profile 'prod' is not active; " +
        'SesMailer (@Component) was left out, since the environment variable SES is not set.',
      next: 'Make the conditions hold, or register one for all other cases with @ConditionalOnMissing(Mailer).',
    })
  })

  it('is named, with the reason, where it is asked for', async () => {
    const container = await start({ components: [SmtpMailer] })
    expect(thrown(() => container.get(SmtpMailer))).toMatchObject({
      code: 'AMBIT_DI_NOT_FOUND',
      message: expect.stringContaining(
        "Nothing is registered for SmtpMailer: SmtpMailer (@Component) was left out, since the profile 'prod' is not active.",
      ),
    })
  })

  it('takes part in nothing: no list, no circle, no ambiguity, no duplicate', async () => {
    @Component()
    class Plain extends Mailer {}
    const container = await start({
      components: [SmtpMailer, Plain, News],
      providers: [provide(Plain, { useClass: Plain, when: Profile('prod') })],
    })
    expect(container.getAll(Mailer)).toEqual([container.get(Plain)])
  })

  it('has its mistakes found all the same', async () => {
    @Profile('prod')
    @Component()
    class Broken {
      constructor(readonly text: string) {}
    }
    expect(brief(await problemsOf({ components: [Broken] }))).toEqual(['PARAMETER Broken'])
  })

  it('PI-21 is put in its place by an override, in whatever profile a test runs', async () => {
    const fake = {}
    const container = await start({ components: [News, SmtpMailer], overrides: [[Mailer, fake]] })
    expect(container.get(News).mailer).toBe(fake)
    expect(container.get(SmtpMailer)).toBe(fake)
    expect(container.registrations.find(({ token }) => token === SmtpMailer)?.overridden).toBe(true)
  })

  it('PI-21 of which several could be meant by an override is refused', async () => {
    const problems = await problemsOf({ components: [SmtpMailer, SesMailer], overrides: [[Mailer, {}]] })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({
      code: 'AMBIT_DI_OVERRIDE',
      next: 'Override one of them by its own token.',
      what: expect.stringContaining('SmtpMailer (@Component) was left out'),
    })
  })

  it('PI-21 leaves the override to what stands in for it', async () => {
    @ConditionalOnMissing(Mailer)
    @Component()
    class Fallback extends Mailer {}
    const fake = {}
    const two = await start({ components: [SmtpMailer, SesMailer, Fallback], overrides: [[Mailer, fake]] })
    expect(two.getAll(Mailer)).toEqual([fake])
    const one = await start({ components: [SmtpMailer, Fallback], overrides: [[SmtpMailer, fake]] })
    expect(one.getAll(Mailer)).toEqual([fake])
  })

  it('PI-21 is put in its place inside `withOverrides` too, without asking the conditions again', async () => {
    let asked = 0
    @Conditional(() => ++asked > 1)
    @Component()
    class Rare extends Mailer {}
    @Component()
    class Uses {
      constructor(
        @Optional() readonly mailer?: Mailer,
        @InjectAll(Mailer) readonly all?: readonly Mailer[],
      ) {}
    }
    const container = await start({ components: [Uses, Rare] })
    const fake = {}
    await container.withOverrides([[Mailer, fake]], inside => {
      expect(inside.get(Uses)).toMatchObject({ mailer: fake, all: [fake] })
      expect(inside.get(Uses).mailer).toBe(fake)
      expect(inside.get(Rare)).toBe(fake)
    })
    expect(container.get(Uses)).toMatchObject({ mailer: undefined, all: [] })
    expect(asked).toBe(1)
  })

  it('PI-21 a bean of a configuration that is left out can be overridden without that', async () => {
    @Profile('prod')
    @Configuration()
    class Mail {
      @Bean()
      mailer(): Mailer {
        throw new Error('never')
      }
    }
    const fake = {}
    const container = await start({ components: [Mail], overrides: [[Mailer, fake]] })
    expect(container.get(Mailer)).toBe(fake)
    expect(container.has(Mail)).toBe(false)
  })
})

describe('what cannot be a condition', () => {
  it.each([
    ['no profile', () => (Profile as () => unknown)()],
    ['an empty profile', () => Profile('')],
    ['a bare negation', () => Profile('!')],
    ['two negations', () => Profile('!!a')],
    ['no variable', () => ConditionalOnEnv('')],
    ['a value of a variable that is no text', () => ConditionalOnEnv('A', { value: 1 as never })],
    ['an unknown option', () => ConditionalOnEnv('A', { equals: 'x' } as never)],
    ['no property', () => ConditionalOnProperty(undefined as never)],
    ['a value of a property that is an object', () => ConditionalOnProperty('a', { value: {} as never })],
    ['no function', () => Conditional(true as never)],
    ['no token', () => ConditionalOnMissing('Cache' as never)],
    ['a priority that is no number', () => ConditionalOnMissing(Mailer, { priority: NaN })],
    ['a when that is no condition', () => Component({ when: (() => true) as never })(class {})],
    ['a when of a bean that is no condition', () => Bean(Mailer, { when: [true] as never })],
    ['a static method', () => Profile('a')(class {}, 'method', { value: () => undefined })],
    ['a property', () => Profile('a')(class {}.prototype, 'field', undefined)],
  ])('%s is refused', (_, use) => {
    expect(thrown(use)).toMatchObject({
      code: 'AMBIT_DI_DECORATOR',
      message: expect.stringMatching(/next: +\S/) as unknown,
    })
  })

  it('a condition on a method that is no bean is a problem of the start', async () => {
    @Configuration()
    class Config {
      @Profile('prod')
      forgotten(): Mailer {
        return {}
      }
    }
    expect(brief(await problemsOf({ components: [Config] }))).toEqual(['BEAN Config'])
  })
})

// A model of fallbacks, written without looking at the code: what is registered for one token.

interface Candidate {
  readonly held: boolean
  readonly fallback: number | undefined
}

const candidates = fc.array(
  fc.record({ held: fc.boolean(), fallback: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }) }),
  { maxLength: 8 },
)

function expected(list: readonly Candidate[]): readonly number[] {
  const numbered = list.map((each, at) => ({ ...each, at })).filter(({ held: isHeld }) => isHeld)
  const real = numbered.filter(({ fallback }) => fallback === undefined)
  if (real.length > 0) return real.map(({ at }) => at)
  const [best] = [...numbered].sort((one, other) => (other.fallback ?? 0) - (one.fallback ?? 0) || one.at - other.at)
  return best === undefined ? [] : [best.at]
}

it('PI-17 PI-W13 whatever conditions and fallbacks there are, exactly those that should be are registered', async () => {
  await fc.assert(
    fc.asyncProperty(candidates, async list => {
      abstract class Base {}
      const classes: Class[] = list.map(({ held: isHeld, fallback }, at) => {
        const holder = { [`C${at}`]: class extends Base {} }
        const made = holder[`C${at}`] as Class
        const when = [
          Conditional(() => isHeld),
          ...(fallback === undefined ? [] : [ConditionalOnMissing(Base, { priority: fallback })]),
        ]
        Component({ when })(made)
        return made
      })
      const container = await start({ components: classes })
      expect(container.getAll(Base).map(each => classes.indexOf(each.constructor as Class))).toEqual(expected(list))
      expect(container.conditions.every(({ why, condition }) => why !== '' && condition !== '')).toBe(true)
    }),
    { numRuns: 200 },
  )
})
