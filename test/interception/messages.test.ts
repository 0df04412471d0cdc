import {
  bootstrap,
  Component,
  CrudRepository,
  Interceptor,
  type MethodCall,
  MethodInterceptor,
  type Next,
  Profile,
  Query,
  Repository,
  Service,
  Transactional,
  UseInterceptors,
} from 'ambit'
import { ERROR_CATALOGUE } from 'ambit/errors'
import { Note } from '../acceptance/notes'
import { silentLogger } from '../support/engines'
import { A, Inside, inApplication } from './support'

// Every message about interceptors as its reader sees it. Each says what, where, and what to do next.

@Interceptor()
class Waiting extends MethodInterceptor {
  async intercept(_call: MethodCall, next: Next): Promise<unknown> {
    return next()
  }
}

@Interceptor()
class Promising extends MethodInterceptor {
  intercept(): unknown {
    return Promise.resolve()
  }
}

@Interceptor()
class Empty extends MethodInterceptor {
  intercept(): unknown {
    return undefined
  }
}

@Interceptor()
class Careless extends MethodInterceptor {
  intercept(_call: MethodCall, next: Next): unknown {
    const wrong: unknown = 'no array'
    return next(wrong as readonly unknown[])
  }
}

class NotRegistered extends Waiting {}

@Profile('dev')
@Interceptor()
class LeftOut extends Waiting {}

@Interceptor({ scope: 'transaction' })
class Around extends Waiting {}

@Interceptor({ scope: 'transaction', order: 1 })
class Within extends Waiting {}

abstract class Either extends MethodInterceptor {}

@Component()
class Left extends Either {
  intercept(): void {}
}

@Component()
class Right extends Either {
  intercept(): void {}
}

@Component({ order: 0 })
class Zero extends Waiting {}

function foreign(_target: object, _member: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor {
  const method = descriptor.value as (...args: unknown[]) => unknown
  return {
    ...descriptor,
    value: function (this: unknown, ...args: unknown[]) {
      return method.apply(this, args)
    },
  }
}

@Component()
class Plain {}

@Service()
class Wrong {
  @UseInterceptors(NotRegistered)
  one(): void {}
  @UseInterceptors(NotRegistered)
  two(): void {}
  @UseInterceptors(NotRegistered)
  three(): void {}
  @UseInterceptors(NotRegistered, LeftOut)
  four(): void {}
  @UseInterceptors(Either)
  ambiguous(): void {}
  @UseInterceptors(Waiting)
  text(): string {
    return ''
  }
  @UseInterceptors(Waiting)
  *steps(): Generator<number> {
    yield 1
  }
  @UseInterceptors(() => undefined as never)
  nothing(): void {}
  @UseInterceptors(A)
  declare missing: () => void
  @UseInterceptors(Plain as never)
  plain(): void {}
  @UseInterceptors(Zero)
  async zero(): Promise<void> {}
  @UseInterceptors(Around)
  @Transactional()
  async around(): Promise<void> {}
  @UseInterceptors(Within)
  @Transactional({ propagation: 'NEVER' })
  async within(): Promise<void> {}
  @Transactional()
  @foreign
  @UseInterceptors(A)
  async apart(): Promise<void> {}
}

@Repository(Note)
class Notes extends CrudRepository<Note, string> {
  @UseInterceptors(Inside)
  @Query({ where: 'k = :k' })
  declare find: (k: string) => Promise<Note[]>
}

@Service()
class Called {
  @UseInterceptors(Promising)
  text(): string {
    return ''
  }
  @UseInterceptors(Empty)
  *steps(): Generator<number> {
    yield 1
  }
  @UseInterceptors(Careless)
  argument(_value: string): string {
    return ''
  }
  @UseInterceptors(NotRegistered)
  unresolved(): void {}
}

const use = UseInterceptors as unknown as (...sources: unknown[]) => MethodDecorator & ClassDecorator

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('it should have thrown')
}

describe('messages about interceptors', () => {
  const seen: string[] = []
  const shown = (text: string): string => {
    seen.push(text)
    return text
  }

  it('of a start', async () => {
    const components = [Wrong, Notes, A, Inside, Waiting, LeftOut, Around, Within, Left, Right, Plain, Zero]
    const error = await bootstrap({
      database: { url: 'sqlite::memory:' },
      entities: [Note],
      profiles: ['prod'],
      components,
      logger: silentLogger,
    }).then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    )
    expect(shown(String(error?.message))).toMatchSnapshot()
  })

  it('of a class', () => {
    const target = { method: () => undefined }
    const member = Object.getOwnPropertyDescriptor(target, 'method') as PropertyDescriptor
    const messages = [
      () => use(),
      () => use(undefined)(Plain),
      () => use({})(Plain.prototype, 'method', member),
      () => use(A)(Plain.prototype, 'value', { get: () => 1 }),
      () => Interceptor({ order: 0 }),
      () => Interceptor({ order: NaN }),
    ].map(messageOf)
    expect(shown(messages.join('\n\n'))).toMatchSnapshot()
  })

  it('of a call', async () => {
    const messages = await inApplication({ components: [Promising, Empty, Careless] }, () => {
      const called = new Called()
      return [
        () => called.text(),
        () => called.steps(),
        () => called.argument('a secret'),
        () => called.unresolved(),
      ].map(messageOf)
    })
    expect(shown(messages.join('\n\n'))).toMatchSnapshot()
  })

  it('show every code, each with a next step, and no argument', () => {
    const codes = Object.keys(ERROR_CATALOGUE).filter(code => code.startsWith('AMBIT_INTERCEPTION_'))
    const text = seen.join('\n')
    expect(codes.filter(code => !text.includes(code))).toEqual([])
    const whole = text.match(/\[AMBIT_INTERCEPTION_\w+\]\n +where: \S.*\n +next: {2}\S/g)
    expect(whole).toHaveLength(text.match(/\[AMBIT_INTERCEPTION_/g)?.length ?? 0)
    expect(text).not.toContain('a secret')
  })
})
