import { currentTransaction, NotTransactional, Transactional, type TransactionalOptions } from '../../src/tx'
import { InvalidTransactionOptionsError } from '../../src/tx/errors'
import { eachTest, outcomeOf } from './harness'

const t = eachTest()
const idNow = (): string | undefined => currentTransaction()?.id

class Accounts {
  readonly seen: unknown[] = []

  @Transactional()
  async deposit(row: string, _note?: string): Promise<string> {
    this.seen.push(currentTransaction()?.label)
    await t.app.sql(`insert ${row}`)
    return row
  }

  @Transactional({ propagation: 'REQUIRES_NEW', label: 'audit' })
  async audit(row: string): Promise<void> {
    this.seen.push(currentTransaction()?.label)
    await t.app.sql(`insert ${row}`)
  }

  @Transactional()
  async both(): Promise<void> {
    await this.audit('inner')
    await this.deposit('joined')
    throw new Error('E')
  }

  plain(): unknown {
    return idNow()
  }
}

describe('@Transactional on a method', () => {
  it('PS-13 runs it in a transaction, with this, arguments and value intact, on an object that nobody built', async () => {
    const accounts = new Accounts()
    expect(await accounts.deposit('a')).toBe('a')
    expect(accounts.seen).toEqual(['Accounts.deposit'])
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'COMMIT'])
  })

  it('PS-W14 counts calls through this', async () => {
    const accounts = new Accounts()
    expect(await outcomeOf(accounts.both())).toBe('E')
    expect(accounts.seen).toEqual(['audit', 'Accounts.deposit'])
    expect(t.app.db.rows()).toEqual(['inner'])
  })

  it('leaves undecorated methods alone', () => {
    expect(new Accounts().plain()).toBeUndefined()
  })

  it('keeps name, length and enumerability', () => {
    const descriptor = Object.getOwnPropertyDescriptor(Accounts.prototype, 'deposit')
    expect(descriptor).toMatchObject({ enumerable: false, configurable: true, writable: true })
    expect([Accounts.prototype.deposit.name, Accounts.prototype.deposit.length]).toEqual(['deposit', 2])
  })

  it('NC-18 NC-19 NC-20 keeps metadata and own properties, above and below other decorators', async () => {
    const note = (key: string) => (target: object, member: string | symbol, descriptor: PropertyDescriptor) => {
      Reflect.defineMetadata(key, 'on the function', descriptor.value as object)
      Reflect.defineMetadata(key, 'on the member', target, member)
      Object.assign(descriptor.value as object, { [key]: true })
    }
    class Noted {
      @note('above')
      @Transactional()
      @note('below')
      async run(): Promise<string | undefined> {
        return idNow()
      }
    }
    const { run } = Noted.prototype
    for (const key of ['above', 'below']) {
      expect(Reflect.getMetadata(key, run)).toBe('on the function')
      expect(Reflect.getMetadata(key, Noted.prototype, 'run')).toBe('on the member')
      expect(run).toHaveProperty(key, true)
    }
    expect(Reflect.getMetadata('design:returntype', Noted.prototype, 'run')).toBe(Promise)
    expect(await new Noted().run()).toBeDefined()
  })

  it('works on statics, symbols and overriding methods that call super', async () => {
    const key = Symbol('key')
    class Base {
      @Transactional({ propagation: 'NESTED' })
      async work(): Promise<string[]> {
        return [currentTransaction()?.label ?? 'none']
      }
    }
    class Derived extends Base {
      @Transactional()
      static async make(): Promise<string | undefined> {
        return currentTransaction()?.label
      }
      @Transactional()
      async [key](): Promise<string | undefined> {
        return currentTransaction()?.label
      }
      @Transactional()
      override async work(): Promise<string[]> {
        return [currentTransaction()?.label ?? 'none', ...(await super.work())]
      }
    }
    expect(await Derived.make()).toBe('Derived.make')
    expect(await new Derived()[key]()).toBe('Derived.Symbol(key)')
    expect(await new Derived().work()).toEqual(['Derived.work', 'Base.work'])
    expect(await new Base().work()).toEqual(['Base.work'])
  })

  it('PS-19 works without parentheses, with the same defaults', async () => {
    class Bare {
      @Transactional
      async run(): Promise<string | undefined> {
        return idNow()
      }
    }
    @Transactional
    class BareClass {
      async run(): Promise<string | undefined> {
        return idNow()
      }
      @NotTransactional
      async outside(): Promise<string | undefined> {
        return idNow()
      }
    }
    expect(await new Bare().run()).toBeDefined()
    expect(await new BareClass().run()).toBeDefined()
    expect(await new BareClass().outside()).toBeUndefined()
  })

  it('PS-12 finds wrong options when the class is defined', () => {
    const define = (): unknown => {
      class Wrong {
        @Transactional({ propagation: 'SOMETIMES' } as unknown as TransactionalOptions)
        async run(): Promise<void> {}
      }
      return Wrong
    }
    expect(define).toThrow(InvalidTransactionOptionsError)
  })
})
