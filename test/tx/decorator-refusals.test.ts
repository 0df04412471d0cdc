import { NotTransactional, Transactional } from '../../src/tx'
import { InvalidTransactionalMethodError } from '../../src/tx/errors'
import { eachTest, outcomeOf, rejection } from './harness'

eachTest()

describe('what cannot be transactional', () => {
  it('G-18 a method whose declared return type is no promise is refused when the class is defined', () => {
    const define = (): unknown => {
      class Sync {
        @Transactional()
        count(): number {
          return 1
        }
      }
      return Sync
    }
    expect(define).toThrow(InvalidTransactionalMethodError)
    expect(define).toThrow(
      'Sync.count is @Transactional but does not return a promise, so nobody could wait for its COMMIT. [AMBIT_TX_INVALID_METHOD]',
    )
  })

  class Sneaky {
    @Transactional()
    value(): unknown {
      return 7
    }
    @Transactional()
    fails(): unknown {
      throw new Error('thrown at once')
    }
    @Transactional()
    thenable(): unknown {
      return { then: (resolve: (value: number) => void) => resolve(7) }
    }
    @Transactional()
    promise(): unknown {
      return Promise.resolve(7)
    }
    @Transactional()
    *steps(): Generator<number> {
      yield 1
    }
  }
  type Call = (sneaky: Sneaky) => unknown
  const calls: [surrounding: string, around: (call: Call) => Promise<unknown>][] = [
    ['outside every transaction', async call => call(new Sneaky())],
    ['inside one', call => inTransaction(() => call(new Sneaky()))],
  ]

  it.each(calls)('G-18 a method that gives no promise is refused at its first call %s', async (_, around) => {
    const error = await rejection(around(sneaky => sneaky.value()))
    expect(error).toMatchObject({ code: 'AMBIT_TX_INVALID_METHOD' })
    expect(error.message).toContain('Sneaky.value is @Transactional but does not return a promise')
    expect(await outcomeOf(around(sneaky => sneaky.steps()))).toBe('AMBIT_TX_INVALID_METHOD')
  })

  it.each(calls)('G-18 a method that throws at once rejects %s', async (_, around) => {
    const call = around(sneaky => {
      const result = sneaky.fails()
      expect(result).toBeInstanceOf(Promise)
      return result
    })
    expect(await outcomeOf(call)).toBe('thrown at once')
  })

  it.each(calls)('a method without async that returns a promise or another thenable works %s', async (_, around) => {
    expect(await around(sneaky => sneaky.promise())).toBe(7)
    expect(await around(sneaky => sneaky.thenable())).toBe(7)
  })

  it('a participant that throws at once dooms like any other', async () => {
    const call = inTransaction(() => Promise.resolve(new Sneaky().fails()).catch(() => undefined))
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
  })

  it('a participant that fails as a foreign thenable dooms, and is asked for its value only once', async () => {
    const then = jest.fn((_: unknown, reject: (error: Error) => void) => reject(new Error('E')))
    class Foreign {
      @Transactional()
      run(): unknown {
        return { then }
      }
    }
    const call = inTransaction(() => Promise.resolve(new Foreign().run()).catch(() => undefined))
    expect(await outcomeOf(call)).toBe('AMBIT_TX_UNEXPECTED_ROLLBACK')
    expect(then).toHaveBeenCalledTimes(1)
  })

  it('accessors are refused', () => {
    const define = (): unknown => {
      class Wrong {
        @Transactional()
        get balance(): number {
          return Number('1')
        }
      }
      return Wrong
    }
    expect(define).toThrow('@Transactional stands on Wrong.balance, which is no method.')
  })

  it.each([
    ['two @Transactional', Transactional(), Transactional({ readOnly: true })],
    ['@Transactional over @NotTransactional', Transactional(), NotTransactional()],
    ['@NotTransactional over @Transactional', NotTransactional(), Transactional()],
  ])('%s on one method are refused, also with another decorator between them', (_, outer, inner) => {
    const between = (__: object, ___: string | symbol, descriptor: PropertyDescriptor): PropertyDescriptor => {
      const method = descriptor.value as (this: unknown) => Promise<void>
      return { ...descriptor, value: function (this: unknown) { return method.call(this) } } // prettier-ignore
    }
    const define = (): unknown => {
      class Twice {
        @outer
        @between
        @inner
        async run(): Promise<void> {}
      }
      return Twice
    }
    expect(define).toThrow(
      'Twice.run has two decorators that say whether it is transactional. [AMBIT_TX_INVALID_METHOD]',
    )
  })

  it('@NotTransactional on a class is refused: it would mean nothing', () => {
    const exclude = NotTransactional() as unknown as (target: object) => void
    expect(() => {
      exclude(class Whole {})
    }).toThrow('stands on Whole, which is no method')
  })

  it('the same name as a static and as a method is no double declaration', () => {
    class Both {
      @Transactional()
      static async run(): Promise<void> {}
      @Transactional()
      async run(): Promise<void> {}
    }
    expect(Both.prototype.run).toBeDefined()
  })

  it.each([
    ['@Transactional', Transactional()],
    ['@NotTransactional', NotTransactional()],
  ])('%s compiled as a standard decorator says which setting is missing', (_, decorator) => {
    const standard = decorator as unknown as (value: unknown, context: unknown) => unknown
    const context = { kind: 'method', name: 'run', metadata: {} }
    expect(() => standard(() => undefined, context)).toThrow('Set "experimentalDecorators": true')
    expect(() => standard(class {}, { kind: 'class' })).toThrow('compiled as a standard (TC39) decorator')
  })
})

async function inTransaction(fn: () => unknown): Promise<unknown> {
  class Outer {
    @Transactional()
    async run(): Promise<unknown> {
      return await fn()
    }
  }
  return new Outer().run()
}
