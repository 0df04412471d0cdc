import fc from 'fast-check'
import { fixed, INSERT, INSERT_RETURNING, NAMES } from './fixed-statements'
import { testBeds, type TestBed, type TestScope } from './harness'

// Random transactions, once with fixed statements past TypeORM's runner and once through it: the rows, the answers, the
// errors and the log must be the same.

type Step =
  | { readonly kind: 'fixed' | 'runner' | 'returning' | 'duplicate' | 'names' | 'lose' }
  | { readonly kind: 'nested'; readonly steps: readonly Step[]; readonly fails: boolean }

interface Transaction {
  readonly steps: readonly Step[]
  readonly fails: boolean
  readonly readOnly: boolean
}

class Failure extends Error {}

const FLAT = ['fixed', 'fixed', 'runner', 'returning', 'duplicate', 'names', 'names', 'lose'] as const

const { steps } = fc.letrec<{ step: Step; steps: Step[] }>(tie => ({
  step: fc.oneof(
    { depthSize: 'small' },
    { weight: 6, arbitrary: fc.constantFrom(...FLAT).map((kind): Step => ({ kind })) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('nested' as const), steps: tie('steps'), fails: fc.boolean() }),
    },
  ),
  steps: fc.array(tie('step'), { maxLength: 5 }),
}))

const transaction: fc.Arbitrary<Transaction> = fc.record({
  steps,
  fails: fc.boolean(),
  readOnly: fc.nat(3).map(n => n === 0),
})

const OR_ROLLBACK = fixed('INSERT OR ROLLBACK INTO "item"("id", "name") VALUES (?, ?)', 'write')
const DUPLICATE = fixed('INSERT INTO "item"("id", "name") VALUES (1, ?)', 'write')

/** Runs transactions, and keeps all that a caller and the log can tell. */
class Run {
  readonly seen: unknown[] = []
  #rows = 0
  #savepoints = 0

  constructor(
    readonly bed: TestBed,
    readonly lane: boolean,
  ) {}

  async all(transactions: readonly Transaction[]): Promise<unknown> {
    const { bed } = this
    await bed.dataSource.query('DELETE FROM "item"')
    await bed.dataSource.query("DELETE FROM sqlite_sequence WHERE name = 'item'")
    await bed.dataSource.query('INSERT INTO "item"("name") VALUES (\'there before\')')
    bed.log.clear()
    for (const one of transactions) await this.#settle(() => this.#transaction(one))
    const log = { lines: [...bed.log.lines], errors: [...bed.log.errors] }
    return { seen: this.seen, log, rows: await bed.dataSource.query('SELECT * FROM "item" ORDER BY "id"') }
  }

  #transaction({ steps: body, fails, readOnly }: Transaction): Promise<void> {
    return this.bed.scope({ readOnly, label: 'Model' }, async scope => {
      await this.#steps(scope, body)
      if (fails) throw new Failure('on purpose')
    })
  }

  async #steps(scope: TestScope, body: readonly Step[]): Promise<void> {
    for (const step of body) await this.#settle(() => this.#step(scope, step))
  }

  async #step(scope: TestScope, step: Step): Promise<void> {
    if (step.kind === 'nested') {
      await scope.nested(`ambit_${(this.#savepoints += 1)}`, async () => {
        await this.#steps(scope, step.steps)
        if (step.fails) throw new Failure('on purpose')
      })
      return
    }
    const name = `row ${(this.#rows += 1)}`
    if (step.kind === 'runner') this.seen.push(await scope.insert(name))
    else if (step.kind === 'names') await this.#send(scope, NAMES, [])
    else if (step.kind === 'returning') await this.#send(scope, INSERT_RETURNING, [name])
    else if (step.kind === 'duplicate') await this.#send(scope, DUPLICATE, [name])
    else if (step.kind === 'lose') await this.#send(scope, OR_ROLLBACK, [1, name])
    else await this.#send(scope, INSERT, [name])
  }

  async #send(scope: TestScope, ...[statement, values]: Parameters<TestScope['fixed']>): Promise<void> {
    this.seen.push(await (this.lane ? scope.fixed(statement, values) : scope.byRunner(statement, values)))
  }

  async #settle(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: unknown }
      this.seen.push({ class: (error as object).constructor.name, code, message })
    }
  }
}

describe.each([
  ['a file', {}],
  ['memory', { database: ':memory:' }],
] as const)('random transactions on %s', (_, options) => {
  const open = testBeds()

  it('do the same past the runner and through it', async () => {
    const bed = await open({ ...options, settings: { synchronous: 'NORMAL' } })
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { minLength: 1, maxLength: 4 }), async transactions => {
        const through = await new Run(bed, false).all(transactions)
        expect(await new Run(bed, true).all(transactions)).toEqual(through)
        await bed.expectIdle()
      }),
      { numRuns: 100 },
    )
  }, 60_000)
})
