import {
  all,
  Bean,
  Component,
  Conditional,
  ConditionalOnEnv,
  ConditionalOnMissing,
  Configuration,
  Container,
  type ContainerOptions,
  Inject,
  InjectAll,
  InjectionToken,
  InjectMap,
  lazy,
  named,
  Order,
  PostConstruct,
  PreDestroy,
  Primary,
  Profile,
  provide,
  qualified,
  Qualifier,
  Service,
} from '../../src/di'
import { isAmbitError } from '../../src/core/ambit-error'
import { closeAll, made, rejection, silent, start, thrown } from './support'

// Each message of selection and conditions, as a user sees it. A change here is a change of what users read: look at it.
// Every one of them must say what to do next.

afterEach(closeAll)

abstract class Mailer {}
@Component({ name: 'smtp' })
class SmtpMailer extends Mailer {}
@Qualifier('bulk')
@Component()
class SesMailer extends Mailer {}
@Profile('prod')
@Component()
class ProdMailer extends Mailer {}
@Service()
class News {
  constructor(readonly mailer: Mailer) {}
}
const URL_TOKEN = new InjectionToken<string>('MailUrl')

/** What a start that cannot be says. */
async function refusal(options: ContainerOptions): Promise<string> {
  return shown(await rejection(Container.start({ logger: silent, ...options })))
}

function shown(error: unknown): string {
  if (!isAmbitError(error)) throw new Error(`no error of ours: ${String(error)}`)
  return error.message
}

const refusals: Readonly<Record<string, ContainerOptions | (() => ContainerOptions)>> = {
  'a dependency that nothing provides': { components: [News] },
  'a dependency of a factory that nothing provides': {
    providers: [provide(Mailer, { inject: [URL_TOKEN], useFactory: () => new SmtpMailer() })],
  },
  'a dependency that conditions left out': {
    components: [News, ProdMailer],
    providers: [provide(Mailer, { useClass: SesMailer, when: ConditionalOnEnv('SES_KEY') })],
    environment: {},
  },
  'a dependency that several provide': { components: [News, SmtpMailer, SesMailer] },
  'a qualifier that nobody has': () => {
    @Service()
    class Uses {
      constructor(@Inject(Mailer, { qualifier: 'blk' }) readonly mailer: Mailer) {}
    }
    return { components: [Uses, SmtpMailer, SesMailer, ProdMailer] }
  },
  'a qualifier that several have': () => {
    @Qualifier('bulk')
    @Component()
    class Other extends Mailer {}
    return { components: [made('Uses', () => [qualified(Mailer, 'bulk')]), SesMailer, Other] }
  },
  'a name that nobody has': {
    components: [made('Uses', () => [named(Mailer, 'stmp')]), SmtpMailer, SesMailer],
  },
  'a name that several have': () => {
    @Component({ name: 'smtp' })
    class Other extends Mailer {}
    return { components: [made('Uses', () => [named(Mailer, 'smtp')]), SmtpMailer, Other] }
  },
  'a name that two providers of one token have': {
    providers: [
      provide(URL_TOKEN, { useValue: 'a', name: 'main' }),
      provide(URL_TOKEN, { useValue: 'b', name: 'main' }),
    ],
  },
  'providers that nothing tells apart': {
    providers: [provide(URL_TOKEN, { useValue: 'a' }), provide(URL_TOKEN, { useValue: 'b' })],
  },
  'a list with too few': () => {
    @Service()
    class Uses {
      constructor(@InjectAll(Mailer, { atLeast: 2 }) readonly mailers: readonly Mailer[]) {}
    }
    return { components: [Uses, SmtpMailer, ProdMailer] }
  },
  'a list with none': { components: [made('Uses', () => [all(Mailer, { atLeast: 1 })]), ProdMailer] },
  'a map with two of one name': () => {
    @Component({ name: 'smtp' })
    class Other extends Mailer {}
    @Service()
    class Uses {
      constructor(@InjectMap(Mailer) readonly mailers: ReadonlyMap<string, Mailer>) {}
    }
    return { components: [Uses, SmtpMailer, Other] }
  },
  'a map by class of a value': () => {
    @Service()
    class Uses {
      constructor(@InjectMap(URL_TOKEN, { by: 'class' }) readonly urls: ReadonlyMap<unknown, string>) {}
    }
    return { components: [Uses], providers: [provide(URL_TOKEN, { useValue: 'a' })] }
  },
  'an array without @InjectAll()': () => {
    @Service()
    class Uses {
      constructor(readonly mailers: Mailer[]) {}
    }
    return { components: [Uses, SmtpMailer] }
  },
  'a Map without @InjectMap()': () => {
    @Service()
    class Uses {
      constructor(readonly mailers: Map<string, Mailer>) {}
    }
    return { components: [Uses, SmtpMailer] }
  },
  'a primitive': () => {
    @Service()
    class Uses {
      constructor(
        readonly url: string,
        readonly port: number,
      ) {}
    }
    return { components: [Uses] }
  },
  'an interface': () => {
    interface Clock {
      now(): Date
    }
    @Service()
    class Uses {
      constructor(readonly clock: Clock) {}
    }
    return { components: [Uses] }
  },
  'a circular import': { components: [made('Uses', () => [undefined])] },
  'a circular import in lazy()': { components: [made('Uses', () => [lazy(undefined as never)])] },
  'a misspelt property of an entry': { components: [made('Uses', () => [{ token: Mailer, qualifer: 'x' }])] },
  'a list that is too short': () => {
    @Service()
    class Uses {
      static readonly inject = [SmtpMailer]
      constructor(
        readonly one: SmtpMailer,
        readonly two: SesMailer,
      ) {}
    }
    return { components: [Uses, SmtpMailer, SesMailer] }
  },
  'an undecorated subclass': () => {
    class Child extends SmtpMailer {}
    return { components: [Child] }
  },
  'a method that is no bean': () => {
    @Configuration()
    class Mail {
      @Primary()
      mailer(): Mailer {
        return new SmtpMailer()
      }
    }
    return { components: [Mail] }
  },
  'a bean outside a configuration': () => {
    @Component()
    class Mail {
      @Bean()
      mailer(): Mailer {
        return new SmtpMailer()
      }
    }
    return { components: [Mail] }
  },
  'a circle': {
    components: (() => {
      const One: ReturnType<typeof made> = made('One', () => [Two])
      const Two: ReturnType<typeof made> = made('Two', () => [One])
      return [One, Two]
    })(),
  },
  'a circle through a list': () => {
    abstract class Part {}
    const Whole: ReturnType<typeof made> = made('Whole', () => [all(Part)])
    @Component()
    class Needy extends Part {
      static readonly inject = [Whole]
      constructor(readonly whole: object) {
        super()
      }
    }
    return { components: [Whole, Needy] }
  },
  'a profile that is not allowed': { profiles: ['prd', 'staging'], allowedProfiles: ['prod', 'test'] },
  'a condition with a profile that is not allowed': { components: [ProdMailer], allowedProfiles: ['production'] },
  'profiles that are no list': { profiles: 'prod' as never },
  'a condition that throws': () => {
    @Conditional(function isEuropean() {
      throw new TypeError('not shown, since it may hold a secret')
    })
    @Component()
    class EuMailer extends Mailer {}
    return { components: [EuMailer] }
  },
  'a fallback for a circular import': () => {
    @ConditionalOnMissing(undefined as never)
    @Component()
    class Fallback extends Mailer {}
    return { components: [Fallback] }
  },
  'an override of what is not registered': { components: [SmtpMailer], overrides: [[SesMailer, {}]] },
  'an override of what could be several': { components: [SmtpMailer, SesMailer], overrides: [[Mailer, {}]] },
  'an override of what could be several that are left out': () => {
    @Profile('eu')
    @Component()
    class EuMailer extends Mailer {}
    return { components: [ProdMailer, EuMailer], overrides: [[Mailer, {}]] }
  },
  'an override without a token': { components: [SmtpMailer], overrides: [[undefined as never, {}]] },
}

describe('a start is refused with a next step for', () => {
  it.each(Object.entries(refusals))('%s', async (_, options) => {
    const message = await refusal(typeof options === 'function' ? options() : options)
    expect(message).toMatchSnapshot()
    expectNextSteps(message)
  })
})

const uses: Readonly<Record<string, () => unknown>> = {
  '@Inject() twice': () => {
    class Uses {}
    Inject(Mailer)(Uses, undefined, 0)
    Inject(SmtpMailer)(Uses, undefined, 0)
  },
  '@Inject() on a property': () => {
    Inject(Mailer)(Mailer.prototype, 'mailer', undefined as never)
  },
  '@Inject() with an option it does not have': () => Inject(Mailer, { qualifer: 'x' } as never),
  '@Inject() with a qualifier that is none': () => Inject(Mailer, { qualifier: 1 as never }),
  '@Qualifier() without one': () => Qualifier(''),
  '@Qualifier() on a static method': () => {
    Qualifier('x')(Mailer, 'make', { value: () => undefined })
  },
  '@Order() without a number': () => Order('1' as never),
  '@Primary() on a property': () => {
    Primary()(Mailer.prototype, 'field', undefined)
  },
  '@Profile() without one': () => Profile(''),
  '@ConditionalOnEnv() without a variable': () => ConditionalOnEnv(''),
  '@Conditional() without a function': () => Conditional(true as never),
  '@ConditionalOnMissing() without a token': () => ConditionalOnMissing('x' as never),
  '@Component() with a name that is none': () => Component({ name: '' })(class Named {}),
  '@Component() with an option it does not have': () => Component({ nmae: 'x' } as never),
  '@Component() with a when that is no condition': () => Component({ when: true as never })(class Named {}),
  '@Bean() with qualifiers that are no list': () => Bean(Mailer, { qualifiers: 'x' as never }),
  'all() with an option it does not have': () => all(Mailer, { least: 1 } as never),
  'named() without a name': () => named(Mailer, ''),
  'qualified() without a qualifier': () => qualified(Mailer, []),
  'provide() with a qualifier that is none': () => provide(Mailer, { useValue: {}, qualifiers: [1 as never] }),
  '@PostConstruct() with parameters': () => {
    PostConstruct()(Mailer.prototype, 'm', { value: (_: unknown) => undefined } as never)
  },
  '@PreDestroy() on a static method': () => {
    PreDestroy()(Mailer, 'm', { value: () => undefined })
  },
}

describe('a decorator or function is refused with a next step:', () => {
  it.each(Object.entries(uses))('%s', (_, use) => {
    const message = shown(thrown(use))
    expect(message).toMatchSnapshot()
    expectNextSteps(message)
  })
})

describe('a running container says what to do next when it is asked for', () => {
  const asked: Readonly<Record<string, (container: Container) => unknown>> = {
    'what is not registered': container => container.get(URL_TOKEN),
    'what is misspelt': container => container.get(class SmtpMailr {}),
    'what is no token': container => container.get('SmtpMailer' as never),
    'what conditions left out': container => container.get(ProdMailer),
    'one of several': container => container.get(Mailer),
    'a name that nobody has': container => container.get(named(Mailer, 'smpt')),
    'a qualifier that nobody has': container => container.get(qualified(Mailer, 'blk')),
  }
  it.each(Object.entries(asked))('%s', async (_, ask) => {
    const container = await start({ components: [SmtpMailer, SesMailer, ProdMailer] })
    const message = shown(thrown(() => ask(container)))
    expect(message).toMatchSnapshot()
    expectNextSteps(message)
  })
})

it('all problems are in one error, each with its own next step', async () => {
  const message = await refusal({
    components: [News, ProdMailer, made('Uses', () => [named(URL_TOKEN, 'x')])],
    profiles: ['x y'],
    overrides: [[URL_TOKEN, 'b']],
  })
  expect(message).toContain('cannot start: 4 problems')
  expect(message).toMatchSnapshot()
  expectNextSteps(message)
})

/** Each problem, and the error itself, ends in an instruction: a line that begins with a verb or a hint and ends a sentence. */
function expectNextSteps(message: string): void {
  expect(message).toMatch(/\n {2}next: +\S.*[.}]?/)
  const lines = message.split('\n')
  for (const [at, line] of lines.entries()) {
    if (!/^ {2}\d+\. /.test(line)) continue
    expect(lines[at + 1]).toMatch(/^ {5}[A-Z'"@].{10,}[.}]$/)
  }
}
