import { beyond, linesOf, timesOfBase } from '../../benchmark/lines'
import { measure } from '../../benchmark/measure'
import type { Measured, Measurement } from '../../benchmark/measured'
import { casts, PEERS } from '../../benchmark/peers/all'
import { isInstalled } from '../../benchmark/peers/packages'
import type { Peer } from '../../benchmark/peers/peer'
import { FETCHED } from '../../benchmark/user'
import { workloadNamed, WORKLOADS } from '../../benchmark/workloads/all'
import { streamedAll } from '../../benchmark/workloads/proofs'
import type { Method, Workload } from '../../benchmark/workloads/workload'
import { createTestDatabase, type TestDatabase } from '../support/postgres'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const place = () => ({ oneCore: false, text: 'anywhere' })

const found = new Map<Workload['name'], Promise<Measurement>>()

/** A few calls of each variant, with its proof; what takes part is what this package itself depends on. Each work once. */
function measured(name: Workload['name']): Promise<Measurement> {
  const known = found.get(name)
  if (known) return known
  const workload = few(workloadNamed(name))
  const [all = []] = casts(workload)
  const peers = all.filter(({ packages }) => packages.every(name => name === 'tsyringe'))
  const measuring = measure(workload, peers, { url: database.url, rounds: 3, warmUpMs: 0, place })
  found.set(name, measuring)
  return measuring
}

/** The same with few calls, and a table of a few batches where everything is read: two hundred thousand prove no more. */
function few(workload: Workload): Workload {
  const less = { ...workload, method: small(workload.method) }
  if (workload.name !== 'stream') return less
  const rows = 3 * FETCHED
  return { ...less, rows, proof: streamedAll(rows) }
}

function small(method: Method): Method {
  switch (method.kind) {
    case 'arrivals':
      return { ...method, arrivals: 20 }
    case 'callers':
      return { ...method, calls: 1 }
    case 'trial':
    case 'processes':
      return method
    case 'calls':
    case 'overhead':
      return { ...method, calls: 2 }
  }
}

/** Who has packages of its own may not be installed, or is measured elsewhere; its line is called as it is. */
const OTHERS = [
  ...PEERS.filter(({ packages }) => packages.length > 0).map(({ name }) => name),
  // Variants of pg and TypeORM that need a package more.
  ...(isInstalled('pg-cursor') ? [] : ['pg-cursor', 'TypeORM stream']),
]

/** What each kind of measurement must have found out about each variant. */
const COMPLETE: Readonly<Record<Method['kind'], (row: Measured) => boolean>> = {
  overhead: ({ rounds }) => timed(rounds.time),
  calls: ({ rounds }) => timed(rounds.time),
  callers: ({ rounds, readings }) => timed(rounds.time, rounds.p50, rounds.p99) && readings.attempts === 3 * 64,
  arrivals: ({ rounds, readings }) => timed(rounds.p50, rounds.p99) && readings.attempts === 3 * 20,
  trial: ({ readings }) => readings.attempts === 3 * 64,
  processes: ({ name, rounds: { time, import: imported, declare, start } }) =>
    timed(time, declare, start) && (name === 'plain new' || timed(imported)),
}

function timed(...each: readonly (readonly number[] | undefined)[]): boolean {
  return each.every(rounds => rounds?.length === 3 && rounds.every(microseconds => microseconds > 0))
}

describe('measuring', () => {
  it.each(WORKLOADS)('$name proves and measures the base, and Ambit', async ({ name, method, goals, session }) => {
    const { rows, circumstances } = await measured(name)
    const names = rows.map(row => row.name)
    expect(names.filter(each => each.startsWith('Ambit'))).not.toEqual([])
    expect(rows.filter(row => !COMPLETE[method.kind](row))).toEqual([])
    for (const goal of goals) {
      if ('against' in goal) expect([...names, ...OTHERS]).toContain(goal.against)
      if (goal.line !== undefined) expect(names).toContain(goal.line)
    }
    if (session) expect(circumstances).toEqual([`synchronous_commit ${session.synchronous_commit}`])
  })

  it('compares with the base of the same round', async () => {
    const [base] = linesOf([await measured('one-row')])
    expect(base && [timesOfBase(base).upper, beyond(base).upper]).toEqual([1, 0])
  })

  it.each([
    ['three-reads', { 'pg, prepared, by hand': 5, TypeORM: 5, Ambit: 4 }],
    ['three-reads-at-once', { 'pg, prepared, by hand': 5, TypeORM: 5, Ambit: 2 }],
    ['serializable', { 'pg, prepared, by hand': 4, TypeORM: 5, Ambit: 3 }],
    ['insert', { 'Ambit insert': 1, 'Ambit @Transactional, insert': 2 }],
    ['untouched', { 'pg, by hand': 2, TypeORM: 2, Ambit: 0 }],
    ['join', { 'a bare async call': 0, Ambit: 0 }],
  ] as const)('M8: the round trips of %s are %j', async (name, expected) => {
    const { rows } = await measured(name)
    expect(Object.fromEntries(rows.map(({ name, roundTrips }) => [name, roundTrips]))).toMatchObject(expected)
  })

  it('M12: 64 callers with REQUIRES_NEW on a pool of 10 all answer, and both transactions of each commit', async () => {
    const [ambit] = (await measured('requires-new-64')).rows
    const times = (command: string) => ambit?.commands.filter(done => done === command).length
    expect([times('BEGIN'), times('SELECT 1'), times('COMMIT')]).toEqual([128, 128, 128])
  })

  it('M12: what can never be served is refused, once in each trial, and everybody else has an answer', async () => {
    const [ambit] = (await measured('exhaustion')).rows
    expect(ambit?.readings).toMatchObject({ attempts: 192, errors: 0, refusals: 3 })
    expect(ambit?.readings.slowestMs).toBeGreaterThan(0)
  })

  it('M15: on SQLite nobody sees what is not committed, and what is committed stays; TypeORM shows why it is asked', async () => {
    const found = (await measured('sqlite-isolation-64')).rows.map(({ name, readings }) => [name, readings])
    const clean = { attempts: 192, errors: 0, dirtyReads: 0, lostWrites: 0 }
    expect(Object.fromEntries(found)).toEqual({
      Ambit: clean,
      'TypeORM behind a mutex': { ...clean, dirtyReads: 192 },
    })
  })

  it.each([
    ['container-transient', ['plain new', 'tsyringe', 'Ambit']],
    ['container-singleton', ['a Map', 'tsyringe', 'Ambit']],
    ['container-boot', ['plain new', 'tsyringe', 'Ambit']],
  ] as const)('M16: %s has the lines %j, and no database takes part', async (name, expected) => {
    const { rows, facts } = await measured(name)
    const names = rows.map(row => row.name)
    expect(names.filter(each => expected.some(wanted => wanted === each))).toEqual(expected)
    expect({ facts, commands: rows.flatMap(({ commands }) => commands) }).toEqual({ facts: [], commands: [] })
    expect(rows.map(({ roundTrips }) => roundTrips)).toEqual(names.map(() => undefined))
  })

  it('M16: what is timed of a fresh process is its own: all of it takes as long as its phases', async () => {
    for (const { rounds } of (await measured('container-boot')).rows) {
      for (const [round, all] of (rounds.time ?? []).entries()) {
        const phases = [rounds.import, rounds.declare, rounds.start].map(each => each?.[round] ?? Number.NaN)
        expect(phases.reduce((sum, phase) => sum + phase, 0)).toBeCloseTo(all)
      }
    }
  })

  it('says where it ran: what the scheduler chose, where the goals want it', async () => {
    expect((await measured('exhaustion')).regime.text).toMatch(/^whatever cores the scheduler chose, as the goals/)
    expect((await measured('untouched')).regime.text).toBe('anywhere')
  })

  it('refuses a peer whose sessions do not have the settings of the work', async () => {
    const [, rawPg] = PEERS
    const before = process.env['PGOPTIONS']
    const deaf: Peer = {
      ...(rawPg as Peer),
      async open(target) {
        const options = process.env['PGOPTIONS']
        process.env['PGOPTIONS'] = '-c synchronous_commit=off'
        const peer = await (rawPg as Peer).open(target)
        const [insert] = peer.variants.insert ?? []
        await insert?.run()
        process.env['PGOPTIONS'] = options ?? ''
        return peer
      },
    }
    const refused = measure(workloadNamed('insert-durable'), [deaf], {
      url: database.url,
      rounds: 1,
      warmUpMs: 0,
      place,
    })
    await expect(refused).rejects.toThrow('has sessions that were not opened with -c synchronous_commit=on.')
    expect(process.env['PGOPTIONS']).toBe(before)
  })

  it('leaves nothing behind: neither its table nor a connection', async () => {
    await measured('insert')
    const tables = await database.query("SELECT relname FROM pg_class WHERE relname LIKE 'ambit_bench%'")
    const connections = await database.query(
      "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'ambit_bench%'",
    )
    expect({ tables, connections }).toEqual({ tables: [], connections: [] })
  })

  it('cleans up also when a variant does not do its work', async () => {
    const impossible = {
      ...workloadNamed('one-row'),
      proof: { ...workloadNamed('one-row').proof, answers: () => false },
    }
    // Jest cannot load ES modules, which some of those are that have to be installed.
    const [peers = []] = casts(impossible).map(cast => cast.filter(({ packages }) => packages.length === 0))
    await expect(measure(impossible, peers, { url: database.url, rounds: 1, warmUpMs: 0, place })).rejects.toThrow(
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
    const names = casts({ engine: 'postgres' }, peers).map(cast => cast.map(({ name }) => name))
    expect(names).toEqual([
      ['base', 'member'],
      ['base', 'loner'],
      ['base', 'loner 2'],
    ])
    expect(casts({ engine: 'postgres', loners: false }, peers)).toHaveLength(1)
  })
})
