import { setUpReader } from '../../src/data-source/sqlite/connection-setup'
import { Connection } from '../../src/data-source/sqlite/connection'
import type { RawConnection } from '../../src/data-source/sqlite/raw-connection'
import { betterSqlite3 } from '../../src/data-source/sqlite/better-sqlite3'

// Readers that opened beside each other could find the file locked for a moment, and failed at once with SQLITE_BUSY.

/** A connection to a file that is locked for the first attempts at a statement. */
function lockedAt(statement: string, attempts: number): { raw: RawConnection; sent: string[] } {
  const sent: string[] = []
  let left = attempts
  const raw: RawConnection = {
    handle: {},
    statements: {},
    run: async sql => {
      sent.push(sql)
      if (!sql.includes(statement) || left === 0) return
      left -= 1
      throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
    },
    rows: async () => [{ name: 'main', file: '/data/a.db' }],
    inTransaction: async () => false,
    bound: values => values,
    send: () => {
      throw new TypeError('no fixed statement is sent here')
    },
    compile: () => [],
    forget: async () => undefined,
    close: async () => undefined,
  }
  return { raw, sent }
}

const connection = (raw: RawConnection): Connection => new Connection('reader', betterSqlite3, raw)
const SETTINGS = { waitTimeoutMs: 1_000, readers: 3, synchronous: 'FULL' } as const

describe('a reader that opens while the file is locked', () => {
  it('waits for it', async () => {
    const { raw, sent } = lockedAt('synchronous', 2)
    await setUpReader(connection(raw), connection(lockedAt('nothing', 0).raw), SETTINGS)
    expect(sent).toEqual([
      'PRAGMA busy_timeout = 0',
      ...Array.from({ length: 3 }, () => 'PRAGMA "main".synchronous = FULL'),
      'PRAGMA query_only = ON',
    ])
  })

  it('gives up at the bound', async () => {
    const { raw } = lockedAt('synchronous', Infinity)
    const opening = setUpReader(connection(raw), connection(lockedAt('nothing', 0).raw), {
      ...SETTINGS,
      waitTimeoutMs: 5,
    })
    await expect(opening).rejects.toMatchObject({ code: 'AMBIT_SQLITE_FILE_LOCKED' })
  })
})
