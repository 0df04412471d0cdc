import {
  CrudRepository,
  currentTransaction,
  entityManager,
  Repository,
  Service,
  Transactional,
  transactional,
} from 'ambit'
import { Column, Entity, PrimaryColumn } from 'typeorm'

/** What an account was opened with. */
export const OPENING = 1_000

@Entity('account')
export class Account {
  @PrimaryColumn({ type: 'integer' })
  id!: number

  @Column({ type: 'integer' })
  balance!: number
}

/** One row for each transfer that took place. */
@Entity('ledger')
export class Entry {
  @PrimaryColumn({ type: 'varchar' })
  id!: string

  @Column({ type: 'integer' })
  payer!: number

  @Column({ type: 'integer' })
  payee!: number

  @Column({ type: 'integer' })
  amount!: number
}

/** What was noted whatever became of the transfer. */
@Entity('audit')
export class AuditLine {
  @PrimaryColumn({ type: 'varchar' })
  id!: string
}

@Repository(Entry)
export class Ledger extends CrudRepository<Entry, string> {}

/** The teller refuses on purpose. */
export class RefusedTransfer extends Error {}

export interface Transfer {
  readonly id: string
  readonly payer: number
  readonly payee: number
  readonly amount: number
}

/** Moves money in the transaction of its caller. */
@Service()
export class Accounts {
  @Transactional({ propagation: 'MANDATORY' })
  async add(id: number, amount: number): Promise<void> {
    await entityManager().increment(Account, { id }, 'balance', amount)
  }

  @Transactional({ propagation: 'MANDATORY' })
  async read(id: number): Promise<number> {
    return (await entityManager().findOneByOrFail(Account, { id })).balance
  }

  /** Loses an update unless the isolation forbids it. */
  @Transactional({ propagation: 'MANDATORY' })
  async set(id: number, balance: number): Promise<void> {
    await entityManager().update(Account, { id }, { balance })
  }
}

@Service()
export class Auditor {
  @Transactional({ propagation: 'REQUIRES_NEW' })
  async note(id: string): Promise<void> {
    await entityManager().insert(AuditLine, { id })
  }
}

/** Each way of moving money; all have to be called in a transaction. */
@Service()
export class Bank {
  static readonly inject = [Accounts, Ledger, Auditor]

  constructor(
    readonly accounts: Accounts,
    readonly ledger: Ledger,
    readonly auditor: Auditor,
  ) {}

  /** Locks in whatever order the transfer says: two of them may deadlock. */
  @Transactional()
  async move({ id, payer, payee, amount }: Transfer): Promise<void> {
    await this.accounts.add(payer, -amount)
    await this.accounts.add(payee, amount)
    await this.ledger.insert({ id, payer, payee, amount })
  }

  /** Reads, computes, writes: right only if nobody comes between. */
  @Transactional()
  async moveByReading({ id, payer, payee, amount }: Transfer): Promise<void> {
    const [from, to] = [await this.accounts.read(payer), await this.accounts.read(payee)]
    await this.accounts.set(payer, from - amount)
    await this.accounts.set(payee, to + amount)
    await this.ledger.insert({ id, payer, payee, amount })
  }

  @Transactional()
  async moveSideBySide({ id, payer, payee, amount }: Transfer): Promise<void> {
    await Promise.all([
      this.accounts.add(payer, -amount),
      this.inSavepoint({ id, payer, payee, amount }),
      this.accounts.add(payee, amount),
    ])
  }

  @Transactional({ propagation: 'NESTED' })
  async inSavepoint({ id, payer, payee, amount }: Transfer): Promise<void> {
    await this.ledger.insert({ id, payer, payee, amount })
  }

  @Transactional({ propagation: 'NESTED' })
  async refuseInSavepoint(transfer: Transfer): Promise<never> {
    await this.move({ ...transfer, id: `${transfer.id} in a savepoint` })
    throw new RefusedTransfer()
  }

  @Transactional()
  async refuseAsParticipant(): Promise<never> {
    throw new RefusedTransfer()
  }
}

/** How a teller may carry a transfer out. */
export const KINDS = [
  'plain',
  'serializable',
  'savepoint',
  'audited',
  'side by side',
  'refused',
  'refusal swallowed',
  'asks for rollback',
  'too slow',
  'aborted',
] as const

export type Kind = (typeof KINDS)[number]

/** What the caller knows of a transfer. `withdrawn`: it asked for the rollback itself, and no error came. */
export type Answer = 'done' | 'withdrawn'

export interface Desk {
  readonly bank: Bank
  /** Something that takes far longer than `timeoutMs`. */
  readonly dawdle: () => Promise<unknown>
  readonly signal: AbortSignal
  /** Told what was audited for certain. */
  readonly audited: (id: string) => void
}

type Carry = (desk: Desk, transfer: Transfer) => Promise<Answer>

const RETRY = { retry: 10 } as const

/** A transfer, as a transaction of its own. */
export const CARRY = {
  plain: async ({ bank }, transfer) => done(transactional(RETRY, () => bank.move(transfer))),
  serializable: async ({ bank }, transfer) =>
    done(transactional({ ...RETRY, isolation: 'SERIALIZABLE' }, () => bank.moveByReading(transfer))),
  savepoint: async ({ bank }, transfer) =>
    done(
      transactional(RETRY, async () => {
        await survives(bank.refuseInSavepoint(transfer))
        await bank.move(transfer)
      }),
    ),
  audited: async ({ bank, audited }, transfer) => {
    let attempt = 0
    return done(
      transactional(RETRY, async () => {
        const line = `${transfer.id} attempt ${(attempt += 1)}`
        await bank.auditor.note(line)
        audited(line)
        await bank.move(transfer)
      }),
    )
  },
  'side by side': async ({ bank }, transfer) => done(transactional(RETRY, () => bank.moveSideBySide(transfer))),
  refused: async ({ bank }, transfer) =>
    done(
      transactional(RETRY, async () => {
        await bank.move(transfer)
        throw new RefusedTransfer()
      }),
    ),
  'refusal swallowed': async ({ bank }, transfer) =>
    done(
      transactional(RETRY, async () => {
        await bank.move(transfer)
        await survives(bank.refuseAsParticipant())
      }),
    ),
  'asks for rollback': async ({ bank }, transfer) => {
    await transactional(RETRY, async () => {
      await bank.move(transfer)
      currentTransaction()?.setRollbackOnly()
    })
    return 'withdrawn'
  },
  'too slow': async ({ bank, dawdle }, transfer) =>
    done(
      transactional({ timeoutMs: 30 }, async () => {
        await bank.move(transfer)
        await dawdle()
      }),
    ),
  aborted: async ({ bank, signal }, transfer) =>
    done(transactional({ ...RETRY, signal }, () => bank.moveSideBySide(transfer))),
} as const satisfies Record<Kind, Carry>

async function done(work: Promise<unknown>): Promise<Answer> {
  await work
  return 'done'
}

/** The refusal is expected; whatever else fails is not. */
async function survives(work: Promise<never>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof RefusedTransfer)) throw error
  }
}
