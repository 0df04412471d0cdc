import {
  afterCommit,
  afterRollback,
  beforeCommit,
  transactional,
  type TraceOptions,
  type TransactionTrace,
} from '../../../src'
import { Traces } from '../../../src/tx/tracing/traces'
import { FakeDatabaseError } from '../../support/fake-database'
import { gate, settled, TestApp } from '../harness'

const swallow = (): void => undefined
const E = new Error("the secret 'hunter2'")
const TRANSIENT = new FakeDatabaseError('40001', "could not serialise 'hunter2'")

const printed: string[] = []
let traces: Traces
let app: TestApp

/** Anew, where a test wants other options. */
function restart(options: TraceOptions): void {
  app.close()
  start(options)
}

function start(options: TraceOptions = {}): void {
  printed.length = 0
  traces = new Traces(options, text => printed.push(withoutNumbers(text)))
  app = new TestApp({ dataSources: ['default', 'other'], listeners: [traces.listener] })
}

/** Times vary, and the numbers of transactions depend on the tests before. */
function withoutNumbers(text: string): string {
  const names = new Map<string, string>()
  return text
    .replace(/\d+\.\d ms/g, '_ ms')
    .replace(/ \(waited _ ms\)/g, '')
    .replace(/\b(default|other)#\d+/g, found => {
      const name = names.get(found) ?? `T${names.size + 1}`
      names.set(found, name)
      return name
    })
}

const only = (): string => {
  expect(printed).toHaveLength(1)
  return printed[0] ?? ''
}

beforeEach(() => {
  start()
})

afterEach(() => {
  app.close()
  app.assertClean()
})

const failing =
  (row: string): (() => Promise<never>) =>
  async () => {
    await app.sql(`insert ${row}`)
    throw E
  }

describe('a printed trace shows', () => {
  it('a savepoint that was rolled back', async () => {
    await transactional({ label: 'Orders.place' }, async () => {
      await app.sql('insert a')
      await transactional({ label: 'Audit.note', propagation: 'NESTED' }, failing('b')).catch(swallow)
    })
    expect(only()).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms
      ├─ BEGIN
      ├─ insert a  _ ms
      ├─ Audit.note  savepoint in T1  _ ms  ✗ Error
      │  ├─ SAVEPOINT ambit_1  _ ms
      │  ├─ insert b  _ ms
      │  ├─ ROLLBACK TO ambit_1  _ ms
      │  └─ RELEASE ambit_1  _ ms
      ├─ COMMIT  _ ms
      └─ → committed"
    `)
  })

  it('a suspended transaction', async () => {
    await transactional({ label: 'Orders.place' }, async () => {
      await app.sql('insert a')
      await transactional({ label: 'Audit.note', propagation: 'REQUIRES_NEW' }, () => app.sql('insert b'))
      await transactional({ label: 'Mail.send', propagation: 'NOT_SUPPORTED' }, swallow)
    })
    expect(only()).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms
      ├─ BEGIN
      ├─ insert a  _ ms
      ├─ Audit.note  began T2, suspended T1  _ ms
      │  ├─ BEGIN
      │  ├─ insert b  _ ms
      │  ├─ COMMIT  _ ms
      │  └─ → committed
      ├─ Mail.send  no transaction, suspended T1  _ ms
      ├─ COMMIT  _ ms
      └─ → committed"
    `)
  })

  it('repetitions, and that a participant has none', async () => {
    app.db.failNext('insert a', 'error', TRANSIENT)
    await transactional({ label: 'Orders.place', retry: 2 }, () =>
      transactional({ label: 'Orders.store', retry: 5 }, () => app.sql('insert a')),
    )
    expect(only()).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms
      ├─ Orders.store  joined T1, its retry has no effect  _ ms  ✗ FakeDatabaseError [40001]
      │  └─ insert a  _ ms  ✗ FakeDatabaseError [40001]
      ├─ BEGIN
      ├─ ROLLBACK  _ ms
      ├─ → rolled back, because of Orders.store
      ├─ attempt 2 in T2, after  ✗ FakeDatabaseError [40001]
      ├─ Orders.store  joined T2, its retry has no effect  _ ms
      │  └─ insert a  _ ms
      ├─ BEGIN
      ├─ COMMIT  _ ms
      └─ → committed"
    `)
  })

  it('the participant that doomed the transaction', async () => {
    await transactional({ label: 'Orders.place' }, async () => {
      await transactional({ label: 'Stock.take' }, failing('a')).catch(swallow)
    }).catch(swallow)
    expect(only()).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms  ✗ UnexpectedRollbackError [AMBIT_TX_UNEXPECTED_ROLLBACK]: Orders.place returned normally, but its transaction was rolled back because Stock.take failed in it.
      ├─ Stock.take  joined T1  _ ms  ✗ Error
      │  └─ insert a  _ ms
      ├─ BEGIN
      ├─ ROLLBACK  _ ms
      └─ → rolled back, because of Stock.take"
    `)
  })

  it('hooks', async () => {
    await transactional({ label: 'Orders.place' }, async () => {
      beforeCommit(() => app.sql('insert total'))
      afterCommit(() => Promise.reject(E))
      await app.sql('insert a')
    })
    expect(only()).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms
      ├─ BEGIN
      ├─ insert a  _ ms
      ├─ beforeCommit hook of Orders.place  _ ms
      ├─ insert total  _ ms
      ├─ COMMIT  _ ms
      ├─ → committed
      └─ afterCommit hook of Orders.place  _ ms  ✗ Error"
    `)
    app.reports.length = 0
  })

  it('hooks after a rollback', async () => {
    await transactional({ label: 'Orders.place' }, async () => {
      afterRollback(swallow)
      await app.sql('insert a')
      throw E
    }).catch(swallow)
    expect(only()).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms  ✗ Error
      ├─ BEGIN
      ├─ insert a  _ ms
      ├─ ROLLBACK  _ ms
      ├─ → rolled back
      └─ afterRollback hook of Orders.place  _ ms"
    `)
  })

  it('parallel branches', async () => {
    await transactional({ label: 'Orders.place' }, () =>
      Promise.all([
        transactional({ label: 'Stock.take' }, () => app.sql('insert a')),
        transactional({ label: 'Audit.note', propagation: 'NESTED' }, () => app.sql('insert b')),
        transactional({ label: 'Bill.write', propagation: 'REQUIRES_NEW' }, () => app.sql('insert c')),
      ]),
    )
    expect(only()).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms
      ├─ Stock.take  joined T1  _ ms
      │  └─ insert a  _ ms
      ├─ BEGIN
      ├─ Bill.write  began T2, suspended T1  _ ms
      │  ├─ BEGIN
      │  ├─ insert c  _ ms
      │  ├─ COMMIT  _ ms
      │  └─ → committed
      ├─ Audit.note  savepoint in T1  _ ms
      │  ├─ SAVEPOINT ambit_1  _ ms
      │  ├─ insert b  _ ms
      │  └─ RELEASE ambit_1  _ ms
      ├─ COMMIT  _ ms
      └─ → committed"
    `)
  })

  it('two data sources', async () => {
    await transactional({ label: 'Orders.place' }, async () => {
      await app.sql('insert a')
      await transactional({ label: 'Archive.copy', dataSource: 'other' }, async () => {
        await app.sql('insert a', 'other')
        await transactional({ label: 'Orders.mark' }, () => app.sql('insert marked'))
      })
    })
    expect(only()).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms
      ├─ BEGIN
      ├─ insert a  _ ms
      ├─ Archive.copy  began T2  _ ms
      │  ├─ BEGIN
      │  ├─ insert a  _ ms
      │  ├─ Orders.mark  joined T1  _ ms
      │  │  └─ insert marked  _ ms
      │  ├─ COMMIT  _ ms
      │  └─ → committed
      ├─ COMMIT  _ ms
      └─ → committed"
    `)
  })

  it('what was refused', async () => {
    await transactional({ label: 'Orders.place' }, async () => {
      await transactional({ label: 'Mail.send', propagation: 'NEVER' }, swallow).catch(swallow)
      await transactional({ label: 'Archive.copy', propagation: 'MANDATORY', dataSource: 'other' }, swallow).catch(
        swallow,
      )
    })
    expect(only()).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms
      ├─ Mail.send  refused  ✗ IllegalTransactionStateError [AMBIT_TX_NEVER]: Mail.send (NEVER) was called inside the transaction of Orders.place on 'default'.
      ├─ Archive.copy  refused on other  ✗ IllegalTransactionStateError [AMBIT_TX_MANDATORY]: Archive.copy (MANDATORY) needs an active transaction on 'other', and there is none.
      └─ → committed"
    `)
  })

  it('late work, as trees of its own', async () => {
    const opened = gate()
    let floating: Promise<void> = Promise.resolve()
    await transactional({ label: 'Orders.place' }, () => {
      floating = opened.opened.then(async () => {
        await app.sql('insert b').catch(swallow)
        await transactional({ label: 'Stock.take' }, swallow).catch(swallow)
        await transactional({ label: 'Audit.note', propagation: 'REQUIRES_NEW' }, () => app.sql('insert c'))
      })
    })
    opened.open()
    await floating
    expect(printed.join('\n---\n')).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms
      └─ → committed
      ---
      Orders.place  refused, after the end of its caller  ✗ TransactionEndedError [AMBIT_TX_ENDED]: The transaction of Orders.place has ended, but work that started in it is still going on.
      └─ late statement: insert b  ✗ TransactionEndedError [AMBIT_TX_ENDED]: The transaction of Orders.place has ended, but work that started in it is still going on.
      ---
      Stock.take  refused, after the end of its caller  ✗ TransactionEndedError [AMBIT_TX_ENDED]: The transaction of Orders.place has ended, but work that started in it is still going on.
      ---
      Audit.note  began T1, after the end of its caller  _ ms
      ├─ BEGIN
      ├─ insert c  _ ms
      ├─ COMMIT  _ ms
      └─ → committed"
    `)
    app.reports.length = 0
  })

  it('what still runs when its caller has ended, and how it went on', async () => {
    const opened = gate()
    let floating: Promise<unknown> = Promise.resolve()
    await transactional({ label: 'Orders.place' }, () => {
      floating = transactional({ label: 'Audit.note', propagation: 'REQUIRES_NEW' }, async () => {
        await app.sql('insert a')
        await opened.opened
        await transactional({ label: 'Audit.count' }, () => app.sql('select'))
      })
    })
    opened.open()
    await floating
    expect(printed.join('\n---\n')).toMatchInlineSnapshot(`
      "Orders.place  began T1  _ ms
      ├─ Audit.note  began T2, suspended T1  still running
      │  └─ BEGIN
      └─ → committed
      ---
      Audit.note  began T1, suspended T2, after the end of its caller  _ ms
      ├─ insert a  _ ms
      ├─ Audit.count  joined T1  _ ms
      │  └─ select  _ ms
      ├─ COMMIT  _ ms
      └─ → committed"
    `)
  })
})

describe('a trace holds', () => {
  it('no message of an application or a driver, no literal and no comment of a statement', async () => {
    app.db.failNext("select 'hunter2' /* hunter2 */ from t -- hunter2", 'error', TRANSIENT)
    await transactional({ label: 'a' }, () => app.sql("select 'hunter2' /* hunter2 */ from t -- hunter2")).catch(
      swallow,
    )
    await transactional({ label: 'b' }, async () => Promise.reject('hunter2')).catch(swallow)
    await transactional({ label: 'c' }, () =>
      Promise.reject(Object.assign(new Error(), { name: 'hunter 2', code: 'hunter2' })),
    ).catch(swallow)
    const text = JSON.stringify(traces.kept)
    expect(text).not.toContain('hunter')
    expect(text).toContain('select ? from t')
    expect(traces.kept.map(({ error }) => error)).toEqual([
      { name: 'FakeDatabaseError', code: '40001', message: undefined },
      { name: 'string', code: undefined, message: undefined },
      { name: 'Error', code: undefined, message: undefined },
    ])
  })

  it('data that nobody can change', async () => {
    await transactional({ label: 'a' }, () => app.sql('insert a'))
    const frozen = (value: unknown): boolean =>
      typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen))
    expect(frozen(traces.kept)).toBe(true)
  })

  it('no more steps than fit, and says how many are missing', async () => {
    await transactional({ label: 'a' }, async () => {
      for (let row = 0; row < 600; row += 1) await transactional({ label: 'b' }, () => app.sql(`insert r${row}`))
    })
    const [trace] = traces.kept
    const steps = (one: TransactionTrace): number =>
      one.steps.reduce((sum, step) => sum + 1 + (step.kind === 'boundary' ? steps(step) : 0), 0)
    expect(trace && steps(trace)).toBe(500)
    expect(trace?.omitted).toBeGreaterThan(300)
    expect(only()).toMatch(/└─ … and \d+ more steps$/)
  })

  it('the beginning of a very long statement', async () => {
    const text = `select ${'x, '.repeat(10_000)}y`
    await transactional({ label: 'a' }, () => app.sql(text))
    expect(JSON.stringify(traces.kept).length).toBeLessThan(4_000)
    expect(
      only()
        .split('\n')
        .every(line => line.length < 160),
    ).toBe(true)
  })
})

describe('traces', () => {
  it('are kept up to a limit, the newest of them', async () => {
    restart({ limit: 2 })
    for (const label of ['a', 'b', 'c']) await transactional({ label }, swallow)
    expect(traces.kept.map(({ label }) => label)).toEqual(['b', 'c'])
    expect(printed).toHaveLength(3)
  })

  it('are printed only where they took long, or not at all', async () => {
    restart({ slowMs: 60_000 })
    await transactional({}, swallow)
    restart({ print: false })
    await transactional({}, swallow)
    expect(printed).toEqual([])
    expect(traces.kept).toHaveLength(1)
  })

  it('that never end are given up at the close, and nothing is held any longer', async () => {
    const call = transactional({ label: 'stuck' }, () => new Promise<never>(swallow))
    void call.catch(swallow)
    expect(traces.kept).toEqual([])
    traces.close()
    expect(traces.kept).toMatchObject([{ label: 'stuck', durationMs: undefined }])
    expect(traces.open).toBe(0)
    await app.manager.close(1)
    await transactional({ label: 'later' }, swallow)
    expect(traces.kept).toHaveLength(1)
    for (const physical of app.manager.running) app.manager.ended(physical)
  })

  it('that never end are bounded in number', async () => {
    for (let call = 0; call < 1_100; call += 1)
      void transactional({ label: 'stuck' }, () => new Promise<never>(swallow))
    expect(traces.open).toBe(1_000)
    await app.manager.close(1)
    for (const physical of app.manager.running) app.manager.ended(physical)
  })

  it('leave nothing behind, whatever the calls come to', async () => {
    for (let call = 0; call < 200; call += 1) {
      await transactional({ label: 'a' }, failing('a')).catch(swallow)
      await transactional({ label: 'b' }, () => transactional({ propagation: 'NESTED' }, swallow))
    }
    await settled()
    expect(traces.open).toBe(0)
    expect(traces.kept).toHaveLength(100)
  })
})
