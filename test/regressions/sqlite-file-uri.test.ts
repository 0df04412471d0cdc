import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bootstrap } from 'ambit'
import { DataSource } from 'typeorm'
import { SqliteSetupError } from '../../src/data-source/sqlite/errors'
import { sqliteOptions } from '../support/lanes/sqlite-options'

// The refusal of a file: URI came after connecting, and connecting had created a file of that very name.

describe('a file: URI for SQLite', () => {
  let folder: string
  let before: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ambit-file-uri-'))
    before = process.cwd()
    process.chdir(folder)
  })

  afterEach(() => {
    process.chdir(before)
    rmSync(folder, { recursive: true, force: true })
  })

  it('is refused before anything is created, for a data source of ours and for an adopted one', async () => {
    const adopted = new DataSource({ ...sqliteOptions('file:shared?mode=memory'), entities: [] })
    const ours = bootstrap({ database: { url: 'sqlite:file:shared?mode=memory' }, entities: [] })
    await expect(ours).rejects.toMatchObject({ code: 'AMBIT_DATA_SOURCE_INVALID_SETTINGS' })
    const theirs = bootstrap({ database: { dataSource: adopted }, entities: [] })
    await expect(theirs).rejects.toBeInstanceOf(SqliteSetupError)
    await expect(theirs).rejects.toHaveProperty(
      'message',
      "The database of 'default' is a file: URI, which the driver takes for a plain file name and creates on disk. [AMBIT_SQLITE_FILE_URI]\n" +
        "  where: data source 'default'\n" +
        "  next:  Write the path itself ('data/app.db'), or ':memory:'; a database in memory cannot be shared between data sources.",
    )
    expect(readdirSync(folder)).toEqual([])
    expect(adopted.isInitialized).toBe(false)
    expect(existsSync('file:shared?mode=memory')).toBe(false)
  })
})
