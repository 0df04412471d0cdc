import { currentTransaction, NotTransactional, Transactional } from '../../src/tx'
import { allDeclarations, declarationOf } from '../../src/tx/declaration'
import { wrapClassMethods } from '../../src/tx/wrap-class'
import type { Method } from '../../src/core/wrap-method'
import { eachTest, outcomeOf } from './harness'

const t = eachTest()
const label = (): string | undefined => currentTransaction()?.label

/** Stands for another library's decorator: its presence makes the compiler emit the return type. */
const other: MethodDecorator = () => undefined

class Base {
  async inherited(): Promise<string | undefined> {
    return label()
  }
  @other
  typed(): Promise<string | undefined> {
    return Promise.resolve(label())
  }
  untyped(): unknown {
    return Promise.resolve(label())
  }
  @NotTransactional()
  async excluded(): Promise<string | undefined> {
    return label()
  }
  @Transactional({ readOnly: true, label: 'own options' })
  async declared(): Promise<string | undefined> {
    return label()
  }
  async overridden(): Promise<string | undefined> {
    return label()
  }
}

@Transactional()
class Service extends Base {
  static async make(): Promise<string | undefined> {
    return label()
  }
  readonly arrow = async (): Promise<string | undefined> => label()

  async own(): Promise<string | undefined> {
    return label()
  }
  async *stream(): AsyncGenerator<string | undefined> {
    yield label()
  }
  sync(): string | undefined {
    return label()
  }
  async _private(): Promise<string | undefined> {
    return label()
  }
  get accessor(): Promise<string | undefined> {
    return Promise.resolve(label())
  }
  override async overridden(): Promise<string | undefined> {
    return `${label()} over ${await super.overridden()}`
  }
  @NotTransactional()
  async outside(): Promise<string | undefined> {
    return label()
  }
  @Transactional({ readOnly: true })
  async reading(): Promise<unknown> {
    return [label(), currentTransaction()?.readOnly]
  }
}

class Sibling extends Base {}

describe('@Transactional on a class', () => {
  it('wraps own and inherited methods that are provably asynchronous', async () => {
    const service = new Service()
    expect(await service.own()).toBe('Service.own')
    expect(await service.inherited()).toBe('Service.inherited')
    expect(await service.typed()).toBe('Service.typed')
    for await (const step of service.stream()) expect(step).toBe('Service.stream')
  })

  it('wraps an overriding method, whose super call stays plain', async () => {
    expect(await new Service().overridden()).toBe('Service.overridden over Service.overridden')
    expect(t.app.db.requests).toHaveLength(1)
  })

  it('leaves statics, accessors, instance properties, _names and what is not provably async alone', async () => {
    const service = new Service()
    expect(await Service.make()).toBeUndefined()
    expect(await service.accessor).toBeUndefined()
    expect(await service.arrow()).toBeUndefined()
    expect(await service._private()).toBeUndefined()
    expect(service.sync()).toBeUndefined()
    expect(await service.untyped()).toBeUndefined()
  })

  it('leaves its bases, and other classes that share them, as they are', async () => {
    for (const object of [new Base(), new Sibling()]) {
      expect(await object.inherited()).toBeUndefined()
      expect(await object.typed()).toBeUndefined()
    }
    expect(Object.hasOwn(Service.prototype, 'inherited')).toBe(true)
    expect(Object.getOwnPropertyDescriptor(Service.prototype, 'inherited')?.enumerable).toBe(false)
  })

  it('SP-31 a method of its own declaration replaces the class’s whole, merging nothing', async () => {
    @Transactional({ propagation: 'REQUIRES_NEW', isolation: 'SERIALIZABLE' })
    class Strict {
      @Transactional({ readOnly: true })
      async run(): Promise<unknown> {
        return [currentTransaction()?.isolation, currentTransaction()?.readOnly]
      }
    }
    expect(await new Strict().run()).toEqual(['READ COMMITTED', true])
    expect(await new Service().reading()).toEqual(['Service.reading', true])
  })

  it('keeps an inherited declaration of a method itself, transactional or not', async () => {
    expect(await new Service().declared()).toBe('own options')
    expect(await new Service().excluded()).toBeUndefined()
    expect(declarationOf(Service, 'declared')).toEqual({ readOnly: true, label: 'own options' })
    expect(declarationOf(Service, 'excluded')).toBe('excluded')
  })

  it('counts for a method that overrides an excluded one without saying so again', async () => {
    @Transactional()
    class Again extends Base {
      override async excluded(): Promise<string | undefined> {
        return label()
      }
    }
    expect(await new Again().excluded()).toBe('Again.excluded')
    expect(declarationOf(Again, 'excluded')).toEqual({})
  })

  it('@NotTransactional runs in whatever the caller is in', async () => {
    class Caller {
      @Transactional()
      async run(): Promise<string | undefined> {
        return new Service().outside()
      }
    }
    expect(await new Service().outside()).toBeUndefined()
    expect(await new Caller().run()).toBe('Caller.run')
  })

  it('counts calls through this between wrapped methods as joins', async () => {
    @Transactional()
    class Chain {
      async outer(): Promise<void> {
        await t.app.sql('insert a')
        await this.inner()
      }
      async inner(): Promise<void> {
        await t.app.sql('insert b')
        throw new Error('E')
      }
    }
    expect(await outcomeOf(new Chain().outer())).toBe('E')
    expect(t.app.db.commands()).toEqual(['BEGIN', 'insert a', 'insert b', 'ROLLBACK'])
  })

  it('is not declared for a class that says nothing', () => {
    expect(declarationOf(Base, 'inherited')).toBeUndefined()
    expect(declarationOf(Sibling, 'declared')).toEqual({ readOnly: true, label: 'own options' })
    expect(declarationOf(Service, 'own')).toEqual({})
  })
})

describe('a declared property (a query method)', () => {
  class Queries {
    @Transactional({ readOnly: true })
    declare findAll: () => Promise<unknown[]>
    @NotTransactional()
    declare countAll: () => Promise<number>
  }

  it('is only noted: whoever binds it reads the declaration', () => {
    expect(declarationOf(Queries, 'findAll')).toEqual({ readOnly: true })
    expect(declarationOf(Queries, 'countAll')).toBe('excluded')
    expect(Object.getOwnPropertyNames(Queries.prototype)).toEqual(['constructor'])
  })

  it('is listed with everything else that was declared, the nearest class first', () => {
    @Transactional({ label: 'class' })
    class More extends Queries {
      @Transactional({ timeoutMs: 1 })
      declare findAll: () => Promise<unknown[]>
    }
    expect([...allDeclarations(More)]).toEqual([
      ['findAll', { timeoutMs: 1 }],
      ['class', { label: 'class' }],
    ])
  })
})

describe('the report of a class', () => {
  it('lists what was wrapped and what was skipped because nothing proves it asynchronous', () => {
    class Mixed {
      async a(): Promise<void> {}
      b(): unknown {
        return 1
      }
      _c(): unknown {
        return 1
      }
      @NotTransactional()
      async d(): Promise<void> {}
    }
    const wrap = (method: Method): Method => method
    expect(wrapClassMethods(Mixed, wrap)).toEqual({ wrapped: ['a'], skipped: ['b'] })
  })
})
