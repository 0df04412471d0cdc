import { measure, type Measurement } from '../../benchmark/measure'
import { casts } from '../../benchmark/peers/all'
import type { Peer } from '../../benchmark/peers/peer'
import { workloadNamed, WORKLOADS } from '../../benchmark/workloads/all'
import { createTestDatabase, type TestDatabase } from '../support/postgres'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const place = () => ({ oneCore: false, text: 'anywhere' })

/** A few calls of each variant, with its proof; what takes part is what this package itself depends on. */
function measured(name: (typeof WORKLOADS)[number]['name']): Promise<Measurement> {
  const workload = { ...workloadNamed(name), calls: 2 }
  const [peers = []] = casts(workload.engine)
  return measure(workload, peers, { url: database.url, rounds: 3, place })
}

describe('measuring', () => {
  it.each(WORKLOADS)('$name proves and times the base, and Ambit', async ({ name }) => {
    const { rows } = await measured(name)
    expect(rows[0]?.ratio).toEqual({ lower: 1, median: 1, upper: 1 })
    expect(rows.filter(row => row.name.startsWith('Ambit'))).not.toEqual([])
    for (const { microseconds, ratio } of rows) {
      expect(microseconds).toBeGreaterThan(0)
      expect(ratio.lower).toBeLessThanOrEqual(ratio.upper)
    }
  })

  it('M8: n statements in a transaction are n + 1 round trips, and none for a transaction that touches nothing', async () => {
    const trips = ({ rows }: Measurement) => Object.fromEntries(rows.map(({ name, roundTrips }) => [name, roundTrips]))
    expect(trips(await measured('three-reads'))).toEqual({ 'pg, prepared, by hand': 5, TypeORM: 5, Ambit: 4 })
    expect(trips(await measured('three-reads-at-once'))).toEqual({ 'pg, prepared, by hand': 5, TypeORM: 5, Ambit: 2 })
    expect(trips(await measured('untouched'))).toEqual({ 'pg, by hand': 2, TypeORM: 2, Ambit: 0 })
    expect(trips(await measured('join'))).toEqual({ 'a bare async call': 0, Ambit: 0 })
  })

  it('M12: 64 callers with REQUIRES_NEW on a pool of 10 all answer, and both transactions of each commit', async () => {
    const [ambit] = (await measured('requires-new-64')).rows
    const times = (command: string) => ambit?.commands.filter(done => done === command).length
    expect([times('BEGIN'), times('SELECT 1'), times('COMMIT')]).toEqual([128, 128, 128])
  })

  it('leaves nothing behind: neither its table nor a connection', async () => {
    await measured('insert')
    const tables = await database.query("SELECT relname FROM pg_class WHERE relname LIKE 'ambit_bench%'")
    const connections = await database.query(
      "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'ambit_bench%'",
    )
    expect({ tables, connections }).toEqual({ tables: [], connections: [] })
  })

  it('cleans up also when a variant does not do its work', async () => {
    const impossible = {
      ...workloadNamed('one-row'),
      proof: { ...workloadNamed('one-row').proof, answers: () => false },
    }
    const [peers = []] = casts('postgres')
    await expect(measure(impossible, peers, { url: database.url, rounds: 1, place })).rejects.toThrow(
      "'pg, prepared' does not do the work it is timed for",
    )
    expect(await database.query("SELECT relname FROM pg_class WHERE relname LIKE 'ambit_bench%'")).toEqual([])
  })
})

describe('the casts', () => {
  it('keep what changes a process for others apart, each beside the base', () => {
    const peer = (name: string, role: Peer['role'], more: Partial<Peer> = {}): Peer => {
      const open = () => Promise.reject(new Error('not needed'))
      return { name, role, engine: 'postgres', packages: [], open, ...more }
    }
    const peers = [
      peer('base', 'base'),
      peer('member', 'member'),
      peer('loner', 'loner'),
      peer('loner 2', 'loner'),
      peer('absent', 'base', { packages: ['a-package-that-nobody-installed'] }),
      peer('elsewhere', 'member', { engine: 'sqlite' }),
    ]
    const names = casts('postgres', peers).map(cast => cast.map(({ name }) => name))
    expect(names).toEqual([
      ['base', 'member'],
      ['base', 'loner'],
      ['base', 'loner 2'],
    ])
  })
})
