import { Client } from 'pg'
import { sessionOptions, underSession } from '../../benchmark/session'
import { createTestDatabase, type TestDatabase } from '../support/postgres'

let database: TestDatabase
const before = process.env['PGOPTIONS']
beforeAll(async () => {
  database = await createTestDatabase()
})
afterEach(() => {
  if (before === undefined) Reflect.deleteProperty(process.env, 'PGOPTIONS')
  else process.env['PGOPTIONS'] = before
})
afterAll(() => database.drop())

async function setting(name: string): Promise<string | undefined> {
  const client = new Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query<{ value: string }>('SELECT current_setting($1) AS value', [name])
  await client.end()
  return rows[0]?.value
}

describe('settings of a work’s sessions', () => {
  it.each(['on', 'off'] as const)('are those of every new connection: synchronous_commit %s', async value => {
    expect(await underSession({ synchronous_commit: value }, () => setting('synchronous_commit'))).toBe(value)
  })

  it('come behind what the user has set, and win', async () => {
    process.env['PGOPTIONS'] = '-c synchronous_commit=off -c work_mem=5MB'
    await underSession({ synchronous_commit: 'on' }, async () => {
      expect(sessionOptions()).toBe('-c synchronous_commit=off -c work_mem=5MB -c synchronous_commit=on')
      expect(await setting('synchronous_commit')).toBe('on')
      expect(await setting('work_mem')).toBe('5MB')
    })
  })

  it.each([undefined, '-c work_mem=5MB'])('end with the work, also with one that fails; before it: %s', async value => {
    if (value === undefined) Reflect.deleteProperty(process.env, 'PGOPTIONS')
    else process.env['PGOPTIONS'] = value
    const failing = underSession({ synchronous_commit: 'off' }, () => Promise.reject(new Error('no')))
    await expect(failing).rejects.toThrow('no')
    expect(process.env['PGOPTIONS']).toBe(value)
  })

  it('are left alone where a work has none', async () => {
    process.env['PGOPTIONS'] = '-c work_mem=5MB'
    await underSession({}, async () => expect(sessionOptions()).toBe('-c work_mem=5MB'))
  })
})
