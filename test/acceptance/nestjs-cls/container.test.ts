import {
  bootstrap,
  currentTransaction,
  Inject,
  InjectionToken,
  PostConstruct,
  PreDestroy,
  provide,
  Service,
  Transactional,
} from 'ambit'
import { ENGINES, type EngineDatabase, expectClean, silentLogger } from '../../support/engines'
import { committed, Failure, NoteRepository, NOTES, write } from '../notes'
import { stageOn } from '../stage'

const PREFIX = new InjectionToken<string>('Prefix')
const order: string[] = []

@Service()
class Labels {
  constructor(@Inject(PREFIX) private readonly prefix: string) {}

  of(word: string): string {
    return `${this.prefix}${currentTransaction() ? 'inside' : 'outside'} ${word}`
  }
}

@Service()
class Shelf {
  constructor(
    private readonly labels: Labels,
    private readonly notes: NoteRepository,
  ) {}

  @PostConstruct()
  async fill(): Promise<void> {
    order.push(`init ${await this.notes.count()}`)
    await this.add('first')
  }

  @Transactional()
  async add(word: string): Promise<string> {
    const { k } = await this.notes.insert({ k: this.labels.of(word) })
    return k
  }

  @PreDestroy()
  async close(): Promise<void> {
    await this.add('last')
    order.push(`close ${await this.notes.count()}`)
  }
}

describe.each(ENGINES)('the container as in nestjs-cls, on $name', engine => {
  let db: EngineDatabase
  beforeEach(async () => {
    order.length = 0
    db = await engine.create()
  })
  afterEach(() => db.drop())
  const start = () =>
    bootstrap({
      database: db.settings,
      entities: NOTES.entities,
      components: [NoteRepository, Labels, Shelf],
      providers: [provide(PREFIX, { useValue: '> ' })],
      logger: silentLogger,
    })

  it('NC-31 hooks of components run at start and at close, with the database there, and no earlier', async () => {
    expect(order).toEqual([])
    const app = await start()
    expect(order).toEqual(['init 0'])
    expect(await committed(db)).toEqual(['> inside first'])
    await expectClean(db, app)
    await app.close()
    expect(order).toEqual(['init 0', 'close 2'])
    expect(await committed(db)).toEqual(['> inside first', '> inside last'])
    await app.close()
    expect(order).toHaveLength(2)
  })

  it('NC-32 what is injected into a component is used in its transaction', async () => {
    const app = await start()
    expect(await app.get(Shelf).add('word')).toBe('> inside word')
    expect(app.get(Labels).of('word')).toBe('> outside word')
    expect(await committed(db)).toContain('> inside word')
    await expectClean(db, app)
    await app.close()
  })
})

/** A decorator as any library has one: it counts calls, and keeps what it finds. */
function Counted(calls: string[], name: string) {
  return (target: object, key: string, descriptor: PropertyDescriptor): PropertyDescriptor => {
    const original = descriptor.value as (...args: unknown[]) => unknown
    Reflect.defineMetadata(`counted by ${name}`, true, target, key)
    const counting = function (this: unknown, ...args: unknown[]): unknown {
      calls.push(`${name} ${currentTransaction() ? 'inside' : 'outside'}`)
      return original.apply(this, args)
    }
    return { ...descriptor, value: Object.assign(counting, original) }
  }
}

function Marked(): MethodDecorator {
  return (_target, _key, descriptor) => {
    const method = descriptor.value as unknown as object
    Reflect.defineMetadata('mark', 'on the function', method)
    Object.assign(method, { mark: 'own property' })
  }
}

const calls: string[] = []

@Service()
class Decorated {
  @Counted(calls, 'above')
  @Transactional()
  @Counted(calls, 'below')
  async both(fails: boolean): Promise<string> {
    await write('a')
    if (fails) throw new Failure()
    return 'answer'
  }

  @Transactional()
  @Marked()
  async marked(_one: string, _two: number): Promise<void> {}
}

describe.each(ENGINES)('other decorators as in nestjs-cls, on $name', engine => {
  const stage = stageOn(engine, { components: [Decorated] })
  const { db } = stage
  beforeEach(() => void calls.splice(0))

  it('NC-18 a decorator above runs outside the transaction, one below inside', async () => {
    expect(await stage.app.get(Decorated).both(false)).toBe('answer')
    expect(calls).toEqual(['above outside', 'below inside'])
    expect(await committed(db)).toEqual(['a'])
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'COMMIT'])
  })

  it('NC-18 the same where the method fails', async () => {
    await expect(stage.app.get(Decorated).both(true)).rejects.toThrow(Failure)
    expect(db.log.commands).toEqual(['BEGIN', 'INSERT note', 'ROLLBACK'])
    expect(await committed(db)).toEqual([])
  })

  it('NC-19 metadata of the original is readable on the wrapped method, and on the member', () => {
    const { marked } = Decorated.prototype
    expect(Reflect.getMetadata('mark', marked)).toBe('on the function')
    expect(Reflect.getMetadata('design:returntype', Decorated.prototype, 'marked')).toBe(Promise)
    expect(Reflect.getMetadata('counted by above', Decorated.prototype, 'both')).toBe(true)
  })

  it('NC-20 own properties, the name and the number of parameters stay', () => {
    const { marked } = Decorated.prototype
    expect(marked).toHaveProperty('mark', 'own property')
    expect([marked.name, marked.length]).toEqual(['marked', 2])
  })
})
