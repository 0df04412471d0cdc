// Started by stream.test.ts with --expose-gc: streams many rows, and tells how much was on the heap meanwhile.
import 'reflect-metadata'
import { bootstrap, CrudRepository, Repository, transactional } from 'ambit'
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm'
import { silentLogger } from './silent'

@Entity('reading')
class Reading {
  @PrimaryColumn({ type: 'int' })
  id!: number

  @Column({ type: 'varchar' })
  text!: string

  @Column({ type: Date })
  at!: Date
}

@Repository(Reading)
class Readings extends CrudRepository<Reading> {}

const [url = '', type = '', rows = '0', place = 'outside'] = process.argv.slice(2)
const collect = (globalThis as { gc?: () => void }).gc

/** What is left when all that nobody holds has gone. */
function heap(): number {
  collect?.()
  return process.memoryUsage().heapUsed
}

async function streamed(readings: Readings): Promise<{ seen: number; sum: number; most: number }> {
  const found = { seen: 0, sum: 0, most: 0 }
  for await (const { id } of readings.stream()) {
    found.seen += 1
    found.sum += id
    if (found.seen % 20_000 === 10_500) found.most = Math.max(found.most, heap())
  }
  return found
}

async function main(): Promise<void> {
  const app = await bootstrap({
    database: { url, schema: 'create', ...(type === '' ? {} : { typeorm: { type: type as 'better-sqlite3' } }) },
    entities: [Reading],
    components: [Readings],
    logger: silentLogger,
  })
  const text = '0123456789'.repeat(5)
  const numbers =
    type === ''
      ? `SELECT i, '${text}', now() FROM generate_series(1, ${rows}) i`
      : `WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < ${rows}) SELECT i, '${text}', '2026-01-01 00:00:00.000' FROM t`
  await app.get(DataSource).query(`INSERT INTO reading (id, text, at) ${numbers}`)
  const readings = app.get(Readings)
  const base = heap()
  const found = await (place === 'outside'
    ? streamed(readings)
    : app.run(() => transactional({}, () => streamed(readings))))
  await app.close()
  process.send?.({ ...found, grown: found.most - base }, () => process.disconnect())
}

void main()
