import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  Component,
  CrudRepository,
  EventListener,
  NotTransactional,
  Repository,
  Service,
  Transactional,
  TransactionalEventListener,
} from 'ambit'
import { StartUpError } from 'ambit/errors'
import { Note } from '../acceptance/notes'
import { silentLogger } from '../support/engines'

class Placed {
  constructor(readonly k: string) {}
}
class Cancelled {
  constructor(readonly reason: string) {}
}
interface Shape {
  readonly k: string
}

async function problemsOf(options: BootstrapOptions): Promise<[code: string, message: string][]> {
  let app: Application | undefined
  try {
    app = await bootstrap({ database: { url: 'sqlite::memory:' }, logger: silentLogger, ...options })
  } catch (error) {
    if (!(error instanceof StartUpError)) throw error
    return error.problems.map(({ code, message }) => [code, message])
  } finally {
    await app?.close()
  }
  return []
}

const AFTER = ['afterCommit', 'afterRollback', 'afterCompletion'] as const
const FINISHED = 'AMBIT_EVENT_FINISHED_TRANSACTION'

describe('SP-39c an after-phase listener that would join the finished transaction', () => {
  it.each(['REQUIRED', 'SUPPORTS', 'MANDATORY', 'NESTED'] as const)('%s is refused, by name', async propagation => {
    @Service()
    class Mail {
      @TransactionalEventListener()
      @Transactional({ propagation })
      async confirm(_: Placed): Promise<void> {}
    }
    expect(await problemsOf({ components: [Mail] })).toEqual([
      [
        FINISHED,
        `Mail.confirm runs after the commit of a transaction, but its @Transactional (${propagation}) asks for that transaction. [${FINISHED}]\n` +
          '  where: Mail.confirm\n' +
          "  next:  Give it propagation 'REQUIRES_NEW' for a transaction of its own, 'NOT_SUPPORTED' for none, or listen in phase 'beforeCommit'.",
      ],
    ])
  })

  it.each(['REQUIRES_NEW', 'NOT_SUPPORTED', 'NEVER'] as const)('%s cannot join, and is accepted', async propagation => {
    @Service()
    class Mail {
      @TransactionalEventListener()
      @Transactional({ propagation })
      async confirm(_: Placed): Promise<void> {}
    }
    expect(await problemsOf({ components: [Mail] })).toEqual([])
  })

  it.each(AFTER)('is refused in phase %s, whatever the order of the decorators', async phase => {
    @Service()
    class Mail {
      @Transactional()
      @TransactionalEventListener({ phase })
      async confirm(_: Placed): Promise<void> {}
    }
    expect(await problemsOf({ components: [Mail] })).toMatchObject([
      [FINISHED, expect.stringContaining('Mail.confirm')],
    ])
  })

  it('may join before the commit, and while the event is published', async () => {
    @Service()
    class Mail {
      @TransactionalEventListener({ phase: 'beforeCommit' })
      @Transactional()
      async before(_: Placed): Promise<void> {}

      @EventListener()
      @Transactional()
      async now(_: Placed): Promise<void> {}
    }
    expect(await problemsOf({ components: [Mail] })).toEqual([])
  })

  it('is refused where its class is transactional, unless nothing was wrapped', async () => {
    @Transactional()
    @Service()
    class Mail {
      @TransactionalEventListener()
      async confirm(_: Placed): Promise<void> {}

      @TransactionalEventListener()
      @NotTransactional()
      async excluded(_: Placed): Promise<void> {}

      @TransactionalEventListener()
      @Transactional({ propagation: 'REQUIRES_NEW' })
      async own(_: Placed): Promise<void> {}

      @TransactionalEventListener()
      sync(_: Placed): void {}
    }
    expect(await problemsOf({ components: [Mail] })).toMatchObject([
      [FINISHED, expect.stringContaining('Mail.confirm ')],
    ])
  })

  it('is refused where it is inherited, by method and by class', async () => {
    class ByMethod {
      @TransactionalEventListener()
      @Transactional()
      async confirm(_: Placed): Promise<void> {}
    }
    @Service()
    class Mail extends ByMethod {}
    @Transactional()
    class ByClass {
      @TransactionalEventListener()
      async confirm(_: Placed): Promise<void> {}
    }
    @Service()
    class Fax extends ByClass {}
    @Transactional({ propagation: 'SUPPORTS' })
    @Service()
    class Pager extends Bare() {}
    const problems = await problemsOf({ components: [Mail, Fax, Pager] })
    expect(problems.map(([code, message]) => [code, message.split(' runs')[0]])).toEqual([
      [FINISHED, 'Mail.confirm'],
      [FINISHED, 'Fax.confirm'],
      [FINISHED, 'Pager.confirm'],
    ])
  })

  function Bare() {
    class BareListener {
      @TransactionalEventListener()
      async confirm(_: Placed): Promise<void> {}
    }
    return BareListener
  }

  it('an override without @Transactional is none any more, and one with REQUIRES_NEW is accepted', async () => {
    class Base {
      @TransactionalEventListener()
      @Transactional()
      async one(_: Placed): Promise<void> {}

      @TransactionalEventListener()
      @Transactional()
      async two(_: Placed): Promise<void> {}
    }
    @Service()
    class Mail extends Base {
      override async one(_: Placed): Promise<void> {}

      @Transactional({ propagation: 'REQUIRES_NEW' })
      override async two(_: Placed): Promise<void> {}
    }
    expect(await problemsOf({ components: [Mail] })).toEqual([])
  })

  it('is refused below a decorator of another library, too', async () => {
    const logged = (_: object, __: string, descriptor: PropertyDescriptor): PropertyDescriptor => {
      const method = descriptor.value as (...args: unknown[]) => unknown
      return {
        ...descriptor,
        value: function (this: unknown, ...args: unknown[]) {
          return method.apply(this, args)
        },
      }
    }
    @Service()
    class Mail {
      @TransactionalEventListener()
      @logged
      @Transactional()
      async confirm(_: Placed): Promise<void> {}
    }
    expect(await problemsOf({ components: [Mail] })).toMatchObject([[FINISHED, expect.any(String)]])
  })

  it('is refused on a repository by what is declared, not by the repository’s own transactions', async () => {
    @Repository(Note)
    class Notes extends CrudRepository<Note, string> {
      @TransactionalEventListener()
      async implicit(_: Placed): Promise<void> {}

      @TransactionalEventListener()
      @Transactional()
      async declared(_: Placed): Promise<void> {}
    }
    const problems = await problemsOf({ entities: [Note], components: [Notes] })
    expect(problems).toMatchObject([[FINISHED, expect.stringContaining('Notes.declared ')]])
  })
})

describe('the class of the events', () => {
  it('is named where the parameter has none at run time; a subclass may be named for a base', async () => {
    class Special extends Placed {}
    @Component()
    class Mail {
      @EventListener({ event: Placed })
      shaped(_: Shape): void {}

      @EventListener({ event: () => Placed })
      nothing(): void {}

      @EventListener({ event: Special })
      base(_: Placed): void {}
    }
    expect(await problemsOf({ components: [Mail] })).toEqual([])
  })

  it('is missed at start-up, for every listener at once', async () => {
    @Component()
    class Mail {
      @EventListener()
      shaped(_: Shape): void {}

      @TransactionalEventListener()
      union(_: Placed | Cancelled): void {}

      @EventListener()
      none(): void {}

      @EventListener()
      text(_: string): void {}

      @EventListener({ event: () => undefined as never })
      circular(_: Placed): void {}

      @EventListener({ event: Cancelled as never })
      other(_: Placed): void {}

      @EventListener({ event: Object })
      everything(_: object): void {}
    }
    const problems = await problemsOf({ components: [Mail] })
    expect(new Set(problems.map(([code]) => code))).toEqual(new Set(['AMBIT_EVENT_LISTENER']))
    expect(problems.map(([, message]) => message.split(' [')[0])).toEqual([
      'Mail.shaped cannot listen: its first parameter is of a type that has no class at run time (an interface, a union, or an import of the type only).',
      'Mail.union cannot listen: its first parameter is of a type that has no class at run time (an interface, a union, or an import of the type only).',
      'Mail.none cannot listen: it has no parameter that would say which events it is for.',
      'Mail.text cannot listen: its first parameter is of a type that has no class at run time (an interface, a union, or an import of the type only).',
      'Mail.circular cannot listen: its option event answers no class of events (undefined usually means that two files import each other).',
      'Mail.other cannot listen: its option event names a class whose objects its parameter does not take.',
      'Mail.everything cannot listen: its option event answers no class of events (undefined usually means that two files import each other).',
    ])
    expect(problems[0]?.[1]).toContain('next:  Name the class: @EventListener({ event: OrderPlaced }).')
    expect(problems[1]?.[1]).toContain('next:  Name the class: @TransactionalEventListener({ event: OrderPlaced }).')
  })

  it('must be named in a build that emits no metadata, and then works without', async () => {
    // What esbuild and tsx do: the decorators run, `design:paramtypes` is not there.
    class Plain {
      confirm(_: Placed): void {}
      named(_: Placed): void {}
    }
    const decorate = (member: 'confirm' | 'named', decorator: ReturnType<typeof EventListener<Placed>>): void => {
      decorator(Plain.prototype, member, Object.getOwnPropertyDescriptor(Plain.prototype, member))
    }
    decorate('confirm', TransactionalEventListener())
    decorate('named', TransactionalEventListener({ event: Placed }))
    Component()(Plain)
    expect(await problemsOf({ components: [Plain] })).toEqual([
      ['AMBIT_EVENT_LISTENER', expect.stringContaining('Plain.confirm cannot listen: this build emits no metadata')],
    ])
  })
})

it('the compiler holds the named class and the parameter together', () => {
  class Typed {
    @EventListener({ event: Placed })
    fits(_: Placed): void {}

    // @ts-expect-error the parameter takes another class
    @EventListener({ event: Placed })
    wrong(_: Cancelled): void {}

    @TransactionalEventListener({ phase: 'afterCompletion' })
    completed(_: Placed, __: 'committed' | 'rolled-back' | 'unknown' | undefined): void {}

    // @ts-expect-error the outcome is no number
    @TransactionalEventListener({ phase: 'afterCompletion' })
    numbered(_: Placed, __: number): void {}
  }
  expect(Typed.name).toBe('Typed')
})

describe('what else only the start can tell', () => {
  it('a data source that is not there', async () => {
    @Component()
    class Mail {
      @TransactionalEventListener({ dataSource: 'archive' })
      confirm(_: Placed): void {}
    }
    expect(await problemsOf({ components: [Mail] })).toMatchObject([
      ['AMBIT_TX_UNKNOWN_DATA_SOURCE', expect.stringMatching(/'archive'[^]*Mail\.confirm[^]*'default'/)],
    ])
  })

  it('listeners of transactions need a data source; listeners that are called at once need none', async () => {
    @Component()
    class Mail {
      @TransactionalEventListener()
      confirm(_: Placed): void {}

      @EventListener()
      now(_: Placed): void {}
    }
    await expect(bootstrap({ components: [Mail], logger: silentLogger })).rejects.toMatchObject({
      problems: [expect.objectContaining({ code: 'AMBIT_TX_UNKNOWN_DATA_SOURCE' })],
    })
  })

  it('fallback on a component that lives for a transaction', async () => {
    @Component({ scope: 'transaction' })
    class Basket {
      @TransactionalEventListener({ fallback: true })
      confirm(_: Placed): void {}
    }
    expect(await problemsOf({ components: [Basket] })).toMatchObject([
      ['AMBIT_EVENT_LISTENER', expect.stringContaining('Basket.confirm has fallback: true')],
    ])
  })

  it('is told together with the problems of other areas, and nothing is built', async () => {
    const built = jest.fn()
    @Service()
    class Mail {
      constructor() {
        built()
      }

      @TransactionalEventListener({ dataSource: 'archive' })
      @Transactional({ dataSource: 'reports' })
      async confirm(_: Shape): Promise<void> {}
    }
    @Service()
    class Alone {
      constructor(readonly missing: Placed) {}
    }
    const problems = await problemsOf({ components: [Mail, Alone] })
    expect(problems.map(([code]) => code)).toEqual([
      'AMBIT_TX_UNKNOWN_DATA_SOURCE',
      'AMBIT_EVENT_LISTENER',
      'AMBIT_TX_UNKNOWN_DATA_SOURCE',
      FINISHED,
      'AMBIT_DI_DEPENDENCY_MISSING',
    ])
    expect(built).not.toHaveBeenCalled()
  })
})

describe('what the decorators refuse when the class is defined', () => {
  const LISTENER = expect.objectContaining({ code: 'AMBIT_EVENT_LISTENER' })
  const on = (decorator: unknown, target: object, member: string, descriptor?: PropertyDescriptor) => () => {
    ;(decorator as (...args: unknown[]) => void)(target, member, descriptor)
  }
  class Target {
    static ofTheClass(_: Placed): void {}
    confirm(_: Placed): void {}
    two(_: Placed, __: string): void {}
    get accessor(): number {
      return this.confirm.length
    }
  }
  const method = (name: string) => Object.getOwnPropertyDescriptor(Target.prototype, name)
  const both: readonly (typeof EventListener)[] = [EventListener, TransactionalEventListener]

  it.each([
    { phase: 'afterComit' },
    { phase: 'AFTER_COMMIT' },
    { order: NaN },
    { order: '1' },
    { fallback: 1 },
    { dataSource: '' },
    { dataSource: 7 },
    { event: undefined },
    { event: 'Placed' },
    { fallbackExecution: true },
    { phases: ['afterCommit'] },
  ])('%j', options => {
    expect(() => TransactionalEventListener(options as never)).toThrow(LISTENER)
  })

  it('and says what may have been meant', () => {
    expect(() => TransactionalEventListener({ phase: 'afterComit' as never })).toThrow(/Did you mean 'afterCommit'\?/)
    expect(() => TransactionalEventListener({ fallbak: true } as never)).toThrow(/Did you mean 'fallback'\?/)
  })

  it.each(['phase', 'fallback', 'dataSource'])('@EventListener knows no %s: it waits for no transaction', name => {
    expect(() => EventListener({ [name]: 'afterCommit' })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`@EventListener has no option '${name}'`) }),
    )
  })

  it('options that are no object', () => {
    for (const decorator of both) {
      for (const options of ['afterCommit', 7, null]) expect(() => decorator(options as never)).toThrow(LISTENER)
    }
  })

  it('other places than methods of objects, and more parameters than there is to give', () => {
    for (const decorator of both) {
      expect(on(decorator(), Target, 'ofTheClass', { value: Target.ofTheClass })).toThrow(LISTENER)
      expect(on(decorator(), Target.prototype, 'accessor', method('accessor'))).toThrow(LISTENER)
      expect(on(decorator(), Target.prototype, 'property')).toThrow(LISTENER)
      expect(on(decorator(), Target.prototype, 'two', method('two'))).toThrow(LISTENER)
    }
    const completion = TransactionalEventListener({ phase: 'afterCompletion' })
    expect(on(completion, Target.prototype, 'two', method('two'))).not.toThrow()
  })

  it('a class', () => {
    for (const decorator of both) {
      expect(() => (decorator() as unknown as ClassDecorator)(Target)).toThrow(
        expect.objectContaining({ message: expect.stringContaining('stands on Target, which is no method') }),
      )
    }
  })

  it('a second one on the same method', () => {
    for (const decorator of both) {
      expect(() => {
        class Twice {
          @EventListener()
          @decorator()
          confirm(_: Placed): void {}
        }
        return Twice
      }).toThrow(
        expect.objectContaining({ message: expect.stringContaining('Twice.confirm is declared as a listener twice') }),
      )
    }
  })

  it('forgotten parentheses', () => {
    for (const decorator of both) {
      expect(on(decorator, Target.prototype, 'confirm', method('confirm'))).toThrow(
        expect.objectContaining({ message: expect.stringContaining('was used without parentheses') }),
      )
    }
  })

  it('a build with standard decorators', () => {
    const context = { kind: 'method', name: 'confirm' }
    for (const decorator of both) {
      for (const call of [decorator(), decorator]) {
        expect(() => (call as (...args: unknown[]) => void)(() => undefined, context)).toThrow(
          expect.objectContaining({ code: 'AMBIT_DI_STANDARD_DECORATORS' }),
        )
      }
    }
  })
})
