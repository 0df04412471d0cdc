import {
  currentTransaction,
  Interceptor,
  type MethodCall,
  MethodInterceptor,
  type Next,
  NotIntercepted,
  Service,
  Transactional,
  UseInterceptors,
} from 'ambit'
import { Boundaries, committed, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// Whatever classes are made of one another, each call is in exactly one transaction, and in each interceptor once.

const trace: string[] = []
const transaction = (): string => currentTransaction()?.id ?? 'none'

@Interceptor()
class Traced extends MethodInterceptor {
  async intercept({ label }: MethodCall, next: Next): Promise<unknown> {
    trace.push(label)
    return next()
  }
}

@Interceptor({ order: 10 })
class TwiceAtOnce extends MethodInterceptor {
  async intercept(_: MethodCall, next: Next): Promise<unknown> {
    return Promise.all([next(), next()])
  }
}

@Interceptor({ order: 10 })
class Leaving extends MethodInterceptor {
  async intercept(_: MethodCall, next: Next): Promise<unknown> {
    left = Promise.resolve(next()).then(
      () => 'done',
      (error: unknown) => String(error),
    )
    return 'left'
  }
}

let left: Promise<string> = Promise.resolve('')
const symbol = Symbol('member')

class Base {
  @Transactional()
  @UseInterceptors(Traced)
  async own(): Promise<string[]> {
    return [transaction()]
  }

  async plain(): Promise<string[]> {
    return [transaction()]
  }

  @UseInterceptors(Traced)
  @Transactional()
  async [symbol](): Promise<string[]> {
    return [transaction()]
  }

  @NotIntercepted()
  @Transactional()
  async quiet(): Promise<string[]> {
    return [transaction()]
  }
}

@Service()
@UseInterceptors(Traced)
@Transactional()
class Derived extends Base {
  override async own(): Promise<string[]> {
    return [transaction(), ...(await super.own())]
  }

  override async plain(): Promise<string[]> {
    return [transaction(), ...(await super.plain())]
  }
}

function withStock(base: new () => Base) {
  class Stocked extends base {
    @Transactional()
    async stock(): Promise<string[]> {
      return [transaction()]
    }
  }
  return Stocked
}

@Service()
@UseInterceptors(Traced)
class Mixed extends withStock(Base) {}

@Service()
class Twice {
  @UseInterceptors(TwiceAtOnce)
  @Transactional({ retry: 2 })
  async required(): Promise<string> {
    await write(`twice ${Math.random()}`)
    return transaction()
  }

  @UseInterceptors(TwiceAtOnce)
  @Transactional({ propagation: 'NESTED' })
  async nested(): Promise<string> {
    await write(`twice ${Math.random()}`)
    return transaction()
  }

  @UseInterceptors(Leaving)
  @Transactional()
  async behind(): Promise<string> {
    await new Promise(resolve => setImmediate(resolve))
    await write('behind')
    return transaction()
  }
}

describe.each(ENGINES)('interceptors and transactions on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...NOTES,
    components: [...NOTES.components, Traced, TwiceAtOnce, Leaving, Derived, Mixed, Twice],
  }))

  beforeEach(() => {
    trace.length = 0
  })

  /** All of what a call saw is one transaction. */
  const one = (seen: readonly string[]): void => {
    expect(new Set(seen).size).toBe(1)
    expect(seen).not.toContain('none')
  }

  it('an override and what it calls by super are in one transaction', async () => {
    const derived = running.app.get(Derived)
    one(await derived.own())
    one(await derived.plain())
    one(await derived[symbol]())
    one(await derived.quiet())
    expect(trace).toEqual(['Derived.own', 'Base.own', 'Derived.plain', 'Base.Symbol(member)'])
  })

  it('a mixin’s methods are in one transaction, and those of its base in none', async () => {
    const mixed = running.app.get(Mixed)
    one(await mixed.stock())
    expect(await mixed.plain()).toEqual(['none'])
    expect(trace).toEqual(['Mixed.stock', 'Mixed.plain'])
  })

  it('a method that is watched, bound, or replaced on an object keeps both', async () => {
    const derived = running.app.get(Derived)
    const spy = jest.spyOn(Derived.prototype, 'plain')
    one(await derived.plain())
    expect(spy).toHaveBeenCalledTimes(1)
    spy.mockRestore()
    one(await derived.plain.bind(derived)())
    const inner = derived.plain.bind(derived)
    Object.defineProperty(derived, 'plain', { configurable: true, value: () => inner() })
    one(await derived.plain())
    Reflect.deleteProperty(derived, 'plain')
    expect(trace).toEqual(Array(3).fill('Derived.plain'))
  })

  it('two calls of next() at once inside are in one transaction, or one savepoint', async () => {
    const twice = running.app.get(Twice)
    one((await twice.required()) as unknown as string[])
    one((await running.app.get(Boundaries).required(() => twice.nested())) as unknown as string[])
    expect(await committed(db)).toHaveLength(4)
  })

  it('what an interceptor leaves behind is refused once the transaction has ended, and reported', async () => {
    expect(await running.app.get(Twice).behind()).toBe('left')
    expect(await left).toContain('AMBIT_TX_ENDED')
    expect(await committed(db)).toEqual([])
    expect(running.reports.splice(0).map(String)).toEqual([expect.stringContaining('AMBIT_TX_ENDED')])
  })
})
