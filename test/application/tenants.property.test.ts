import {
  afterCommit,
  afterRollback,
  type Application,
  beforeCommit,
  Component,
  detached,
  Inject,
  Interceptor,
  lazy,
  type Lazy,
  type MethodCall,
  MethodInterceptor,
  type Next,
  Service,
  Transactional,
  UseInterceptors,
} from 'ambit'
import fc from 'fast-check'
import { Failure, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// The worst that could happen: one tenant sees an object of another. Many requests at once, each of them a random tree of
// boundaries, hooks, detached work and work that goes on behind them; whoever is asked must answer with its own tenant.

@Component({ scope: 'request' })
class Tenant {
  name = ''
}

@Component({ scope: 'request' })
class Basket {
  constructor(@Inject(Tenant) readonly tenant: Tenant) {}
}

@Component({ scope: 'transaction' })
class UnitOfWork {
  readonly tenant: string
  constructor(@Inject(lazy(Tenant)) tenant: Lazy<Tenant>) {
    this.tenant = tenant.get().name
    beforeCommit(async () => {
      await turn()
      observe('unit', this.tenant, tenant.get().name)
    })
  }
}

@Interceptor({ scope: 'request' })
class OfRequest extends MethodInterceptor {
  constructor(@Inject(Tenant) private readonly tenant: Tenant) {
    super()
  }
  async intercept({ args }: MethodCall, next: Next): Promise<unknown> {
    observe('interceptor', args[0], this.tenant.name)
    await turn()
    return next()
  }
}

@Interceptor({ order: 100, scope: 'transaction' })
class OfTransaction extends MethodInterceptor {
  constructor(@Inject(UnitOfWork) private readonly unit: UnitOfWork) {
    super()
  }
  async intercept({ args }: MethodCall, next: Next): Promise<unknown> {
    observe('inner interceptor', args[0], this.unit.tenant)
    return next()
  }
}

/** Repeats once from outside, so that each attempt has a transaction of its own. */
@Interceptor({ order: -50 })
class Again extends MethodInterceptor {
  async intercept(_call: MethodCall, next: Next): Promise<unknown> {
    try {
      return await next()
    } catch {
      return next()
    }
  }
}

type Work = (owner: string) => Promise<void>

@Service()
class Desk {
  constructor(
    @Inject(lazy(Tenant)) readonly tenant: Lazy<Tenant>,
    @Inject(lazy(Basket)) readonly basket: Lazy<Basket>,
    @Inject(lazy(UnitOfWork)) readonly unit: Lazy<UnitOfWork>,
  ) {}

  look(where: string, owner: string): void {
    observe(where, owner, this.tenant.get().name)
    observe(where, owner, this.basket.get().tenant.name)
  }

  @UseInterceptors(OfRequest, OfTransaction)
  @Transactional()
  async required(owner: string, work: Work): Promise<void> {
    await this.#inTransaction('required', owner, work)
  }

  @UseInterceptors(Again, OfRequest, OfTransaction)
  @Transactional({ propagation: 'NESTED' })
  async nested(owner: string, work: Work): Promise<void> {
    await this.#inTransaction('nested', owner, work)
  }

  @UseInterceptors(OfRequest)
  @Transactional({ propagation: 'NOT_SUPPORTED' })
  async none(owner: string, work: Work): Promise<void> {
    this.look('none', owner)
    expect(() => this.unit.get()).toThrow(/AMBIT_DI_SCOPE_INACTIVE/)
    await work(owner)
  }

  async #inTransaction(where: string, owner: string, work: Work): Promise<void> {
    const unit = this.unit.get()
    observe(where, owner, unit.tenant)
    this.look(where, owner)
    afterCommit(() => this.look('afterCommit', owner))
    afterRollback(() => this.look('afterRollback', owner))
    await work(owner)
    expect(this.unit.get()).toBe(unit)
  }
}

let leaks: string[] = []
let looks = 0

function observe(where: string, expected: unknown, seen: string): void {
  looks += 1
  if (expected !== seen) leaks.push(`${where} of ${String(expected)} saw ${seen}`)
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** What a request does, in a tree. */
interface Act {
  readonly kind: (typeof KINDS)[number]
  readonly inside: readonly Act[]
  readonly atOnce: boolean
}

const KINDS = ['required', 'nested', 'none', 'detached', 'wait', 'write', 'fail', 'late', 'handle'] as const

const act: fc.Memo<Act> = fc.memo<Act>(depth =>
  fc.record({
    kind: fc.constantFrom(...KINDS),
    inside: depth > 1 ? fc.array(act(), { maxLength: 3 }) : fc.constant([]),
    atOnce: fc.boolean(),
  }),
)

const request = fc.array(act(4), { minLength: 1, maxLength: 4 })

/** What goes on behind a request's end; it may be refused, and must not see another's. */
const late: Promise<void>[] = []

function run(app: Application, act: Act, number: number): Work {
  const desk = app.get(Desk)
  const inside: Work = async owner => {
    desk.look('inside', owner)
    const works = act.inside.map((each, index) => run(app, each, number * 4 + index + 1))
    if (act.atOnce) {
      const all = await Promise.allSettled(works.map(work => work(owner)))
      for (const each of all) if (each.status === 'rejected') throw each.reason
    } else for (const work of works) await work(owner)
  }
  const whole: Record<Act['kind'], Work> = {
    required: owner => desk.required(owner, inside),
    nested: owner => desk.nested(owner, inside).catch(forgive),
    none: owner => desk.none(owner, inside),
    detached: owner =>
      detached(async () => {
        await turn()
        desk.look('detached', owner)
      }),
    wait: async owner => {
      await turn()
      await inside(owner)
    },
    write: async owner => {
      await inside(owner)
      await desk.required(owner, () => write(`${owner}-${number}-${Math.random()}`))
    },
    fail: owner => desk.required(owner, () => Promise.reject(new Failure(owner))).catch(forgive),
    late: owner => {
      const work = async (): Promise<void> => {
        for (let turns = 0; turns < 20; turns += 1) await turn()
        await desk.required(owner, inside)
      }
      late.push(work().catch(() => undefined))
      return Promise.resolve()
    },
    handle: async owner => {
      desk.look('handle', owner)
      await Promise.all([
        inside(owner),
        desk.basket.resolve().then(basket => observe('resolved', owner, basket.tenant.name)),
      ])
    },
  }
  return whole[act.kind]
}

/** All that the framework itself may say to such a tree: a doomed or ended transaction, a life that is over. */
function forgive(error: unknown): void {
  if (error instanceof Failure || String(error).includes('[AMBIT_')) return
  throw error
}

describe.each(ENGINES)('PI-W22: tenants on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...NOTES,
    components: [...NOTES.components, Tenant, Basket, UnitOfWork, OfRequest, OfTransaction, Again, Desk],
  }))

  it('never see each other, whatever their requests do at the same time', async () => {
    const app = running.app
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 6 }), fc.boolean(), async (requests, shared) => {
        leaks = []
        const one = async (tree: readonly Act[], index: number): Promise<void> => {
          const owner = `tenant-${shared ? index % 2 : index}`
          const id = shared ? owner : undefined
          await app.runInScope('request', id, async () => {
            app.get(Tenant).name = owner
            for (const [at, act] of tree.entries()) await run(app, act, at)(owner).catch(forgive)
            await app
              .get(Desk)
              .required(owner, () => Promise.resolve())
              .catch(forgive)
          })
        }
        await Promise.all(requests.map(one))
        await Promise.all(late.splice(0))
        expect(leaks).toEqual([])
        expect(app.stats().lives).toMatchObject({ request: 0 })
      }),
      { numRuns: Number(process.env['TENANT_RUNS'] ?? 40) },
    )
    running.reports.length = 0 // late work is refused, and reported
    expect(looks).toBeGreaterThan(100)
  }, 120_000)
})
