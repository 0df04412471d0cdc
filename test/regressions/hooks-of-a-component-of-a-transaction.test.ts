import { afterRollback, beforeCommit, Component, Inject, lazy, type Lazy, PostConstruct, Service } from 'ambit'
import { Boundaries, committed, Failure, NOTES, write } from '../acceptance/notes'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

// A component that lives for a transaction lost the hooks it had registered when it was first asked for in a NESTED block
// that rolled back: an outbox that writes itself with beforeCommit stayed in the transaction, and was never written.

@Component({ scope: 'transaction' })
class Outbox {
  readonly lines: string[] = []
  constructor() {
    beforeCommit(() => this.#flush())
  }

  async #flush(): Promise<void> {
    for (const line of this.lines) await write(line)
  }
}

@Component({ scope: 'transaction' })
class LateOutbox {
  readonly lines: string[] = []

  @PostConstruct()
  async open(): Promise<void> {
    await Promise.resolve()
    beforeCommit(async () => {
      for (const line of this.lines) await write(line)
    })
  }
}

@Component({ scope: 'transaction' })
class Swallowing {
  constructor(@Inject(Boundaries) private readonly boundaries: Boundaries) {}

  @PostConstruct()
  async open(): Promise<void> {
    await this.boundaries.nested(fails('inside its creation')).catch(() => undefined)
  }
}

@Service()
class Orders {
  constructor(
    @Inject(lazy(Outbox)) readonly outbox: Lazy<Outbox>,
    @Inject(lazy(LateOutbox)) readonly late: Lazy<LateOutbox>,
    @Inject(lazy(Swallowing)) readonly swallowing: Lazy<Swallowing>,
  ) {}
}

const told: string[] = []

/** A body with a hook of its own. */
function fails(line: string): () => Promise<void> {
  return async () => {
    beforeCommit(() => write(line))
    afterRollback(() => void told.push(line))
    throw new Failure(line)
  }
}

describe.each(ENGINES)('a component of a transaction that begins in a NESTED block, on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    ...NOTES,
    components: [...NOTES.components, Orders, Outbox, LateOutbox, Swallowing],
  }))
  const boundaries = (): Boundaries => running.app.get(Boundaries)
  const orders = (): Orders => running.app.get(Orders)

  beforeEach(() => {
    told.length = 0
  })

  it.each(['outbox', 'late'] as const)('keeps the hooks of its creation when that rolls back: %s', async name => {
    await boundaries().required(async () => {
      const nested = boundaries().nested(async () => {
        await orders()[name].resolve()
        await fails('lost with the block')()
      })
      await expect(nested).rejects.toThrow(Failure)
      const { lines } = await orders()[name].resolve()
      lines.push('stored')
    })
    expect(await committed(db)).toEqual(['stored'])
    expect(told).toEqual(['lost with the block'])
  })

  it('has them once where nothing rolls back, and not at all where all does', async () => {
    const work = async (): Promise<void> => {
      await boundaries().nested(async () => void orders().outbox.get().lines.push('once'))
    }
    await boundaries().required(work)
    expect(await committed(db)).toEqual(['once'])
    const failing = boundaries().required(async () => {
      await work()
      throw new Failure('all of it')
    })
    await expect(failing).rejects.toThrow(Failure)
    expect(await committed(db)).toEqual(['once'])
  })

  it('is in its own transaction only: REQUIRES_NEW has hooks of its own', async () => {
    if (engine.oneWriter) return
    await boundaries().required(async () => {
      orders().outbox.get().lines.push('outer')
      await boundaries().requiresNew(async () => void orders().outbox.get().lines.push('inner'))
      expect(await committed(db)).toEqual(['inner'])
    })
    expect(await committed(db)).toEqual(['inner', 'outer'])
  })

  it('a boundary inside its creation has hooks that go with that boundary', async () => {
    await boundaries().required(async () => void (await orders().swallowing.resolve()))
    expect(await committed(db)).toEqual([])
    expect(told).toEqual(['inside its creation'])
  })
})
