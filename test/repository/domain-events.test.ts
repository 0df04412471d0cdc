import {
  AggregateRoot,
  CrudRepository,
  type DomainEventSource,
  EventListener,
  Repository,
  Service,
  transactional,
  TransactionalEventListener,
} from 'ambit'
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm'
import { QueryBuilder } from '../../src/query/builder/query-builder'
import { ENGINES, engineDatabase, runningApplication } from '../support/engines'

class Paid {
  constructor(readonly invoice: Invoice) {}
}

@Entity('event_invoice')
class Invoice extends AggregateRoot {
  @PrimaryGeneratedColumn() id!: number
  @Column({ unique: true }) name!: string
  @Column({ default: false }) paid!: boolean

  pay(): this {
    this.paid = true
    this.registerEvent(new Paid(this))
    return this
  }
}

/** No aggregate root by its class. */
@Entity('event_parcel')
class Parcel implements DomainEventSource {
  @PrimaryGeneratedColumn() id!: number
  @Column() name!: string
  cleared?: number

  domainEvents(): readonly object[] {
    return [new Sent(this.name)]
  }
  clearDomainEvents(): void {
    this.cleared = (this.cleared ?? 0) + 1
  }
}

class Sent {
  constructor(readonly name: string) {}
}

@Repository(Invoice)
class Invoices extends CrudRepository<Invoice> {}
@Repository(Parcel)
class Parcels extends CrudRepository<Parcel> {}

@Service()
class Listening {
  readonly heard: string[] = []
  behave: (event: Paid) => unknown = () => undefined

  constructor(private readonly invoices: Invoices) {}

  @EventListener()
  async onPaid(event: Paid): Promise<void> {
    this.heard.push(`${event.invoice.name}: ${await this.invoices.count()} rows`)
    await this.behave(event)
  }

  @EventListener()
  onSent({ name }: Sent): void {
    this.heard.push(`sent ${name}`)
  }

  @TransactionalEventListener()
  afterCommit({ invoice }: Paid): void {
    this.heard.push(`${invoice.name} is stored`)
  }
}

describe.each(ENGINES)('domain events on $name', engine => {
  const db = engineDatabase(engine)
  const running = runningApplication(db, () => ({
    entities: [Invoice, Parcel],
    components: [Invoices, Parcels, Listening],
  }))
  const invoices = (): Invoices => running.app.get(Invoices)
  const listening = (): Listening => running.app.get(Listening)
  const invoice = (name: string): Invoice => Object.assign(new Invoice(), { name })

  beforeEach(() => {
    listening().heard.length = 0
    listening().behave = () => undefined
  })

  it.each<[string, (given: Invoice) => Promise<unknown>, number]>([
    ['save', given => invoices().save(given), 1],
    ['saveAll', given => invoices().saveAll([given]), 1],
    ['insert', given => invoices().insert(given), 1],
  ])('SP-59 %s publishes in its own transaction, behind the write, and once', async (_, store, rows) => {
    const given = invoice('a').pay()
    await store(given)
    expect(listening().heard).toEqual([`a: ${rows} rows`, 'a is stored'])
    expect(given.domainEvents()).toEqual([])
    expect(db.log.commands.at(-2)).toBe('COUNT event_invoice')
    expect(db.log.commands.filter(command => command === 'BEGIN')).toHaveLength(1)
  })

  it('SP-59 delete and deleteAll publish, deleteById and bulk writes do not', async () => {
    const [a, b, c, d] = await invoices().saveAll(['a', 'b', 'c', 'd'].map(invoice))
    for (const each of [a, b, c, d]) each?.pay()
    await invoices().delete(a as Invoice)
    expect(listening().heard).toEqual(['a: 3 rows', 'a is stored'])
    await invoices().deleteAll([b as Invoice])
    expect(listening().heard.slice(2)).toEqual(['b: 2 rows', 'b is stored'])
    await invoices().deleteById(c?.id as number)
    await invoices().updateMany(new QueryBuilder<Invoice>().eq('name', 'd'), { paid: true })
    await invoices().update(d?.id as number, { paid: true })
    await invoices().deleteMany({ all: true })
    expect(listening().heard).toHaveLength(4)
    expect(d?.domainEvents()).toHaveLength(1)
  })

  it('SP-59 publishes nothing when the write fails, and the events stay', async () => {
    await invoices().save(invoice('a'))
    const second = invoice('a').pay()
    for (const store of [
      () => invoices().save(second),
      () => invoices().insert(second),
      () => invoices().saveAll([second]),
    ]) {
      await expect(store()).rejects.toMatchObject({ code: 'AMBIT_DATABASE_UNIQUE' })
    }
    expect(listening().heard).toEqual([])
    expect(second.domainEvents()).toHaveLength(1)
  })

  it('SP-59 refuses events that are added while others are published', async () => {
    listening().behave = ({ invoice: given }) => {
      if (given.domainEvents().length === 1) given.pay()
    }
    const given = invoice('a').pay()
    await expect(invoices().save(given)).rejects.toMatchObject({
      code: 'AMBIT_REPOSITORY_EVENT_ADDED',
      message: expect.stringContaining('Invoices.save'),
    })
    expect(await invoices().count()).toBe(0)
  })

  it('rolls back with a listener that fails, and keeps the events', async () => {
    listening().behave = () => {
      throw new Error('no')
    }
    const given = invoice('a').pay()
    await expect(invoices().insert(given)).rejects.toThrow('no')
    expect(await invoices().count()).toBe(0)
    expect(listening().heard).toEqual(['a: 1 rows'])
    expect(given.domainEvents()).toHaveLength(1)
  })

  it('tells them again when the transaction around it is tried again', async () => {
    const given = invoice('a').pay()
    const work = transactional({}, async () => {
      await invoices().insert(given)
      expect(given.domainEvents()).toEqual([])
      throw new Error('later')
    })
    await expect(work).rejects.toThrow('later')
    expect(listening().heard).toEqual(['a: 1 rows'])
    expect(given.domainEvents()).toHaveLength(1)
    await invoices().insert(given)
    expect(listening().heard.slice(1)).toEqual(['a: 1 rows', 'a is stored'])
  })

  it('publishes in the order of the objects and of their events', async () => {
    await invoices().saveAll([invoice('a').pay().pay(), invoice('b').pay()])
    expect(listening().heard.slice(0, 3)).toEqual(['a: 2 rows', 'a: 2 rows', 'b: 2 rows'])
  })

  it('takes any object that has the two methods, and clears it even without events', async () => {
    const parcel = Object.assign(new Parcel(), { name: 'p' })
    await running.app.get(Parcels).save(parcel)
    expect(listening().heard).toEqual(['sent p'])
    expect(parcel.cleared).toBe(1)
  })

  it('leaves entities without events alone', async () => {
    const given = await invoices().insert(invoice('a'))
    await invoices().save({ name: 'plain' })
    expect(listening().heard).toEqual([])
    expect(Object.keys(given).sort()).toEqual(['id', 'name', 'paid'])
    expect(await invoices().getById(given.id)).toBeInstanceOf(AggregateRoot)
    expect((await invoices().getById(given.id)).domainEvents()).toEqual([])
  })
})
