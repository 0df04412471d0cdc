import {
  type Application,
  bootstrap,
  Component,
  Container,
  Interceptor,
  type MethodCall,
  MethodInterceptor,
  type Next,
  PostConstruct,
  PreDestroy,
  Service,
  Transactional,
  transactional,
  UseInterceptors,
} from 'ambit'
import { fakeApplication } from 'ambit/testing'
import { ambientApplication } from '../../src/core/applications'
import { currentContext } from '../../src/core/async-context'
import { layersOf } from '../../src/core/method-layers'
import { gate } from '../support/gate'
import { silentLogger } from '../support/engines'
import { A, inApplication, trace } from './support'

@Interceptor()
class Waiting extends MethodInterceptor {
  async intercept(_call: MethodCall, next: Next): Promise<unknown> {
    return next()
  }
}

/** Asynchronous, and nothing shows it before it is called. */
@Interceptor()
class Promising extends MethodInterceptor {
  intercept(_call: MethodCall, next: Next): unknown {
    return Promise.resolve().then(() => next())
  }
}

@Interceptor()
class PromisingFailure extends MethodInterceptor {
  intercept(): unknown {
    return Promise.reject(new Error('lost'))
  }
}

@Service()
class Mixed {
  calls = 0

  @UseInterceptors(Promising)
  known(): string {
    return `call ${(this.calls += 1)}`
  }

  @UseInterceptors(PromisingFailure)
  failing(): string {
    return ''
  }

  @UseInterceptors(Waiting)
  unknownValue(): unknown {
    return `call ${(this.calls += 1)}`
  }

  @UseInterceptors(Promising)
  unknownLater(): unknown {
    return `call ${(this.calls += 1)}`
  }

  @UseInterceptors(Waiting, Promising, A)
  unknownPromise(): unknown {
    return Promise.resolve('promised')
  }

  @UseInterceptors(A)
  async asynchronous(): Promise<string> {
    return 'value'
  }

  @UseInterceptors(Promising)
  *steps(): Generator<number> {
    yield 1
  }
}

/** A promise of an interceptor that is not awaited must not end the process either. */
const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)
beforeAll(() => process.on('unhandledRejection', note))
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

describe('PI-46: an asynchronous interceptor', () => {
  const components = [Mixed, Waiting, Promising, PromisingFailure]
  const run = <T>(body: (mixed: Mixed) => T | Promise<T>): Promise<T> =>
    inApplication({ components }, app => body(app.get(Mixed)))
  // An asymmetric matcher stands in for the error that it matches.
  const refused = (method: string): Error =>
    expect.objectContaining({
      code: 'AMBIT_INTERCEPTION_ASYNC',
      message: expect.stringContaining(`Mixed.${method} returns`) as string,
    }) as Error

  it('is refused at the first call of a synchronous method where start-up could not see it', () =>
    run(async mixed => {
      expect(() => mixed.known()).toThrow(refused('known'))
      expect(() => mixed.failing()).toThrow(refused('failing'))
      expect(() => [...mixed.steps()]).toThrow(refused('steps'))
      await settled()
    }))

  it('is refused as soon as the method has returned something else than a promise', () =>
    run(async mixed => {
      expect(() => mixed.unknownValue()).toThrow(refused('unknownValue'))
      await expect(mixed.unknownLater()).rejects.toEqual(refused('unknownLater'))
    }))

  it('may stand around a method that turns out to return promises', () =>
    run(async mixed => {
      expect(await mixed.unknownPromise()).toBe('promised')
      expect(trace).toEqual(['A>', '<A'])
    }))

  it('a synchronous interceptor may stand around an asynchronous method', () =>
    run(async mixed => {
      const answer = mixed.asynchronous()
      expect(answer).toBeInstanceOf(Promise)
      expect(await answer).toBe('value')
    }))

  it('of a class leaves those methods alone whose callers may not wait', async () => {
    @Service()
    @UseInterceptors(Waiting, A)
    class Whole {
      sync(): string {
        return 'now'
      }
      async later(): Promise<string> {
        return 'later'
      }
    }
    await inApplication({ components: [Whole, Waiting] }, async app => {
      expect(app.get(Whole).sync()).toBe('now')
      expect(await app.get(Whole).later()).toBe('later')
      expect(trace).toEqual(['A>', '<A', 'A>', '<A'])
    })
  })
})

describe('a synchronous throw of an interceptor', () => {
  @Interceptor()
  class Refusing extends MethodInterceptor {
    intercept(): never {
      throw new RangeError('refused')
    }
  }
  @Interceptor()
  class Catching extends MethodInterceptor {
    intercept(_call: MethodCall, next: Next): unknown {
      return (next() as Promise<unknown>).catch(() => 'caught')
    }
  }
  @Service()
  class Target {
    @UseInterceptors(Refusing)
    sync(): void {}
    @UseInterceptors(Refusing)
    async later(): Promise<void> {}
    @UseInterceptors(Catching, Refusing)
    async caught(): Promise<string> {
      return 'not called'
    }
  }

  it('is thrown by a synchronous method, and a rejection of an asynchronous one, further out and outermost', () =>
    inApplication({ components: [Target, Refusing, Catching] }, async app => {
      const target = app.get(Target)
      expect(() => target.sync()).toThrow(RangeError)
      const answer = target.later()
      await expect(answer).rejects.toThrow(RangeError)
      expect(await target.caught()).toBe('caught')
    }))
})

describe('the application of a call', () => {
  @Interceptor()
  class Which extends MethodInterceptor {
    intercept(_call: MethodCall, next: Next): unknown {
      trace.push(String(ambientApplication()?.name))
      return next()
    }
  }
  @Service()
  class Target {
    @UseInterceptors(Which)
    run(): string {
      return String(ambientApplication()?.name)
    }
    @UseInterceptors(Which)
    async later(): Promise<string> {
      return 'later'
    }
  }
  const start = (name: string): Promise<Application> =>
    bootstrap({ name, components: [Target, Which], logger: silentLogger })

  it('is that of the object, which interceptors run in, whatever is ambient', async () => {
    await using left = await start('left')
    await using right = await start('right')
    expect(left.get(Target).run()).toBe('left')
    expect(right.run(() => left.get(Target).run())).toBe('left')
    expect(right.get(Target).run()).toBe('right')
    expect(trace).toEqual(['left', 'left', 'right'])
    expect(currentContext()).toBeUndefined()
  })

  it('is the ambient one of an object that no container built, else the only one, else an error', async () => {
    expect(() => new Target().run()).toThrow(expect.objectContaining({ code: 'AMBIT_APP_NONE' }))
    await expect(new Target().later()).rejects.toMatchObject({ code: 'AMBIT_APP_NONE' })
    await using left = await start('left')
    expect(new Target().run()).toBe('left')
    await using right = await start('right')
    expect(() => new Target().run()).toThrow(expect.objectContaining({ code: 'AMBIT_APP_AMBIGUOUS' }))
    expect(right.run(() => new Target().run())).toBe('right')
    expect(left.run(() => new Target().run())).toBe('left')
  })

  it('is refused once it is closed', async () => {
    const app = await start('closed')
    const target = app.get(Target)
    await app.close()
    expect(() => target.run()).toThrow(expect.objectContaining({ code: 'AMBIT_APP_CLOSED' }))
    await expect(target.later()).rejects.toMatchObject({ code: 'AMBIT_APP_CLOSED' })
  })

  it('says what is missing where it has no such interceptor', async () => {
    await using _app = await bootstrap({ logger: silentLogger })
    const missing = expect.objectContaining({
      code: 'AMBIT_INTERCEPTION_UNRESOLVED',
      message: expect.stringContaining(
        'Target.run is intercepted by Which, which the application does not have',
      ) as string,
    }) as Error
    expect(() => new Target().run()).toThrow(missing)
    await expect(new Target().later()).rejects.toMatchObject({ code: 'AMBIT_INTERCEPTION_UNRESOLVED' })
  })

  it('takes a replacement inside a test, and the interceptor itself after it', async () => {
    await using outer = await start('outer')
    await using other = await start('other')
    const target = outer.get(Target)
    await outer.withOverrides([[Which, { useValue: { intercept: () => 'replaced' } }]], nested => {
      expect(nested.get(Target).run()).toBe('replaced')
      expect(target.run()).toBe('replaced')
      expect(other.get(Target).run()).toBe('other')
    })
    expect(target.run()).toBe('outer')
    expect(trace).toEqual(['other', 'outer'])
  })

  it('is none for a container that was started by hand', async () => {
    await using container = await Container.start({ components: [Target, Which], logger: silentLogger })
    expect(() => container.get(Target).run()).toThrow(expect.objectContaining({ code: 'AMBIT_APP_NONE' }))
  })
})

describe('a method without interceptors', () => {
  it('is called as if there were none: its boundary is the function itself', async () => {
    class Plain {
      @Transactional()
      async run(): Promise<string> {
        return String(new Error('here').stack)
      }
    }
    const method = (Plain.prototype as { run: unknown }).run
    expect(layersOf(method)).toMatchObject({ interception: undefined, hidden: undefined })
    await using app = await fakeApplication({ logger: silentLogger })
    const stack = await app.run(() => transactional({}, () => new Plain().run()))
    expect(stack).toContain('join')
    expect(stack).not.toMatch(/src.interception|method-layers/)
  })
})

describe('the life of interceptors', () => {
  it('begins before that of the components that use them, and ends after it', async () => {
    @Service()
    class User {
      @PostConstruct()
      start(): void {
        this.work()
      }
      @PreDestroy()
      stop(): void {
        this.work()
      }
      @UseInterceptors(Recording)
      work(): void {
        trace.push('work')
      }
    }
    await (await bootstrap({ components: [User, Recording], logger: silentLogger })).close()
    expect(trace).toEqual(['made', 'recording', 'work', 'recording', 'work', 'gone'])
  })

  it('one may need a component that it stands around', async () => {
    @Service()
    class Users {
      @UseInterceptors(() => Guard)
      rename(name: string): string {
        return name
      }
      find(): string {
        return 'admin'
      }
    }
    @Interceptor()
    class Guard extends MethodInterceptor {
      static readonly inject = [Users]
      constructor(private readonly users: Users) {
        super()
      }
      intercept(_call: MethodCall, next: Next): unknown {
        return `${this.users.find()} ${String(next())}`
      }
    }
    await inApplication({ components: [Guard, Users] }, app => {
      expect(app.get(Users).rename('x')).toBe('admin x')
    })
  })

  it('PI-W22: one that lives for a request is another one in each, also around a singleton, and is missed outside', async () => {
    let made = 0
    @Interceptor({ scope: 'request' })
    class PerRequest extends MethodInterceptor {
      readonly number = (made += 1)
      intercept(_call: MethodCall, next: Next): unknown {
        return `${this.number} ${String(next())}`
      }
    }
    @Service()
    class Target {
      @UseInterceptors(PerRequest)
      run(): string {
        return 'run'
      }
    }
    await inApplication({ components: [Target, PerRequest] }, async app => {
      const target = app.get(Target)
      const twice = (): Promise<string[]> => app.runInScope('request', () => [target.run(), target.run()])
      expect(await Promise.all([twice(), twice()])).toEqual([
        ['1 run', '1 run'],
        ['2 run', '2 run'],
      ])
      expect(() => target.run()).toThrow(expect.objectContaining({ code: 'AMBIT_DI_SCOPE_INACTIVE' }))
    })
  })

  it('a call during the start that comes too early says so', async () => {
    @Service()
    class Early {
      constructor() {
        this.work()
      }
      @UseInterceptors(() => Needs)
      work(): void {}
    }
    @Interceptor()
    class Needs extends MethodInterceptor {
      static readonly inject = [Early]
      constructor(readonly early: Early) {
        super()
      }
      intercept(_call: MethodCall, next: Next): unknown {
        return next()
      }
    }
    await expect(bootstrap({ components: [Early, Needs], logger: silentLogger })).rejects.toMatchObject({
      code: 'AMBIT_DI_CREATION',
      cause: expect.objectContaining({ code: 'AMBIT_DI_NOT_READY' }) as Error,
    })
  })

  it('calls that run at the same time keep their arguments and locals apart', async () => {
    const gates = [gate(), gate(), gate()]
    @Interceptor()
    class Keep extends MethodInterceptor {
      async intercept({ args, locals }: MethodCall, next: Next): Promise<unknown> {
        locals.set('mine', args[0])
        await gates[Number(args[0])]?.opened
        return [locals.get('mine'), await next()]
      }
    }
    @Service()
    class Target {
      @UseInterceptors(Keep)
      async echo(value: number): Promise<number> {
        return value
      }
    }
    await inApplication({ components: [Target, Keep] }, async app => {
      const answers = [0, 1, 2].map(value => app.get(Target).echo(value))
      for (const each of [...gates].reverse()) {
        each.open()
        await settled()
      }
      expect(await Promise.all(answers)).toEqual([
        [0, 0],
        [1, 1],
        [2, 2],
      ])
    })
  })

  it('next() may be called once the interceptor has answered', async () => {
    let later: Next | undefined
    @Interceptor()
    class Ahead extends MethodInterceptor {
      intercept(_call: MethodCall, next: Next): unknown {
        later = next
        return Promise.resolve('at once')
      }
    }
    @Component()
    class Target {
      @UseInterceptors(Ahead, A)
      async run(): Promise<string> {
        trace.push('method')
        return 'later'
      }
    }
    await inApplication({ components: [Target, Ahead] }, async app => {
      expect(await app.get(Target).run()).toBe('at once')
      expect(trace).toEqual([])
      expect(await later?.()).toBe('later')
      expect(trace).toEqual(['A>', 'method', '<A'])
    })
  })
})

@Interceptor()
class Recording extends MethodInterceptor {
  constructor() {
    super()
    trace.push('made')
  }
  intercept(_call: MethodCall, next: Next): unknown {
    trace.push('recording')
    return next()
  }
  @PreDestroy()
  end(): void {
    trace.push('gone')
  }
}
