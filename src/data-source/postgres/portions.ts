import type { QueryRunner } from 'typeorm'
import type { Portion, Portions, PortionsRequest } from '../engine'
import type { FixedStatement } from '../statements/fixed-statement'
import { nextCursor } from './cursor-stream'
import type { Portal } from './wire/statement-call'
import type { Carrier, TransactionStatements } from './wire/transaction-statements'
import type { Wire } from './wire/wire'

type Row = Readonly<Record<string, unknown>>
type Way<R> = Pick<Portions<R>, 'next' | 'close'>

interface PortionParts {
  readonly wire: Wire
  readonly statements: TransactionStatements
}

/**
 * A query in portions: through a portal, whose rows are read as those of any fixed statement, or through a cursor in SQL
 * where only TypeORM's runner is left. Both outlive other statements of the transaction, and end with it.
 */
export class PostgresPortions<R> implements Portions<R> {
  readonly readsAhead = true
  readonly #request: PortionsRequest<R>
  readonly #carrier: Carrier
  readonly #parts: PortionParts
  #way: Way<R> | undefined

  constructor(request: PortionsRequest<R>, carrier: Carrier, parts: PortionParts) {
    this.#request = request
    this.#carrier = carrier
    this.#parts = parts
  }

  async next(): Promise<Portion<R>> {
    this.#way ??= await this.#decide()
    return this.#way.next()
  }

  async close(): Promise<void> {
    await this.#way?.close()
  }

  async #decide(): Promise<Way<R>> {
    const { statement, broadcaster } = this.#request
    const { fixed } = statement
    const byPortal = fixed !== undefined && broadcaster === undefined && (await this.#takesPortals())
    return byPortal
      ? throughPortal(fixed, this.#request, this.#parts.statements)
      : throughCursor(this.#request, this.#carrier)
  }

  /** Decided before anything is sent in the transaction, which a self-test that fails would abort. */
  async #takesPortals(): Promise<boolean> {
    const { wire } = this.#parts
    const client = await this.#carrier.connect()
    if (wire.tier.tier === 'undecided' && !this.#carrier.open) await wire.decide(client)
    return wire.batches && wire.accepts(client)
  }
}

/** Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY */
function throughPortal<R>(
  fixed: FixedStatement<R>,
  { values, size }: PortionsRequest<R>,
  statements: TransactionStatements,
): Way<R> {
  const portal: Portal = { name: nextCursor(), rows: size, open: false, exhausted: false, types: undefined }
  return {
    next: async () => {
      const { rows } = await statements.send(fixed, values, portal)
      if (portal.exhausted) statements.closePortal(portal)
      return { rows, last: portal.exhausted }
    },
    close: () => {
      statements.closePortal(portal)
    },
  }
}

/** Source: https://www.postgresql.org/docs/current/sql-declare.html */
function throughCursor<R>({ statement, values, size, broadcaster }: PortionsRequest<R>, carrier: Carrier): Way<R> {
  const name = nextCursor()
  const send = (text: string, given: readonly unknown[] = []): Promise<readonly Row[]> =>
    inTheNameOf(broadcaster, carrier, runner => runner.query(text, [...given]) as Promise<readonly Row[]>)
  const close = async (): Promise<void> => {
    await send(`CLOSE ${name}`)
  }
  let open = false
  return {
    next: async () => {
      // Past the handles on the scope, which would have told of it.
      if (!open) carrier.observe(statement.text)
      if (!open) await send(`DECLARE ${name} NO SCROLL CURSOR FOR ${statement.text}`, values)
      open = true
      const records = await send(`FETCH ${size} FROM ${name}`)
      const last = records.length < size
      if (last) await close()
      return { rows: records.map(record => statement.ofRecord(record)), last }
    },
    close,
  }
}

/** Sends something through the transaction's runner; subscribers are told by whom the broadcaster belongs to. */
async function inTheNameOf<T>(
  broadcaster: QueryRunner['broadcaster'] | undefined,
  carrier: Carrier,
  send: (runner: QueryRunner) => Promise<T>,
): Promise<T> {
  // Read-only in TypeORM's types: it expects one runner per broadcaster, and is lent another's.
  const runner = carrier.runner as { -readonly [K in keyof QueryRunner]: QueryRunner[K] }
  const before = runner.broadcaster
  runner.broadcaster = broadcaster ?? before
  try {
    return await send(runner)
  } catch (error) {
    throw carrier.failure(error)
  } finally {
    runner.broadcaster = before
  }
}
