import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Application, bootstrap } from 'ambit'
import { committed, NOTES } from '../acceptance/notes'
import { ENGINES, engineDatabase, silentLogger } from '../support/engines'

// Compiled code, as a build would leave it: decorators are plain calls.
const REPOSITORY = `
const { CrudRepository, Repository } = require('ambit')
const { Note } = require('NOTES')
class ScannedNotes extends CrudRepository {}
Repository(Note)(ScannedNotes)
exports.ScannedNotes = ScannedNotes
`
const SERVICE = `
const { Service, Transactional } = require('ambit')
const { ScannedNotes } = require('../note.repository.js')
class ScannedService {
  constructor(notes) { this.notes = notes }
  async store(k, fail) {
    await this.notes.insert({ k })
    if (fail) throw new Error('undo')
  }
}
ScannedService.inject = [ScannedNotes]
Transactional()(ScannedService)
Service()(ScannedService)
exports.ScannedService = ScannedService
`

interface Scanned {
  store(k: string, fail?: boolean): Promise<void>
}

describe.each(ENGINES)('an application from a folder on $name', engine => {
  const db = engineDatabase(engine)
  let folder: string
  let app: Application | undefined
  beforeEach(() => {
    // Inside the project, so that the files find its packages.
    mkdirSync(join(__dirname, '../../.tmp'), { recursive: true })
    folder = mkdtempSync(join(__dirname, '../../.tmp/scan-'))
    mkdirSync(join(folder, 'deep'))
    writeFileSync(
      join(folder, 'note.repository.js'),
      REPOSITORY.replace('NOTES', require.resolve('../acceptance/notes')),
    )
    writeFileSync(join(folder, 'deep', 'note.service.js'), SERVICE)
    writeFileSync(join(folder, 'deep', 'helper.js'), 'throw new Error("no component file is imported")')
  })
  afterEach(async () => {
    await app?.close()
    app = undefined
    rmSync(folder, { recursive: true, force: true })
  })
  const start = async (scan: Parameters<typeof bootstrap>[0]['scan'] & {}): Promise<Application> =>
    (app = await bootstrap({ database: db.settings, entities: NOTES.entities, scan, logger: silentLogger }))

  it('finds repositories and services by the names of their files, at any depth', async () => {
    const { registrations } = await start(folder)
    const found = registrations.find(({ name }) => name === 'ScannedService')
    const service = app?.get(found?.token as never) as Scanned
    await service.store('kept')
    await expect(service.store('lost', true)).rejects.toThrow('undo')
    expect(await committed(db)).toEqual(['kept'])
    expect(registrations.map(({ name }) => name)).toEqual(expect.arrayContaining(['ScannedNotes', 'ScannedService']))
    await db.query('DELETE FROM note')
  })

  it('takes several folders, and a list of suffixes', async () => {
    const { registrations } = await start([folder, join(folder, 'deep')])
    expect(registrations.filter(({ name }) => name === 'ScannedService')).toHaveLength(1)
    await app?.close()
    const { registrations: repositories } = await start({ directories: [folder], suffixes: ['.repository'] })
    expect(repositories.map(({ name }) => name)).not.toContain('ScannedService')
  })

  it('checks what it found like what is listed: a wrong query fails the start', async () => {
    writeFileSync(
      join(folder, 'wrong.repository.js'),
      `${REPOSITORY.replace('NOTES', require.resolve('../acceptance/notes')).replaceAll('ScannedNotes', 'WrongNotes')}
       require('ambit').Query({ where: 'kk = 1' })(WrongNotes.prototype, 'find')`,
    )
    await expect(start(folder)).rejects.toMatchObject({
      code: 'AMBIT_BOOTSTRAP_INVALID',
      message: expect.stringContaining('WrongNotes.find'),
    })
  })

  it('a file that cannot be imported fails the start by its name', async () => {
    writeFileSync(join(folder, 'broken.service.js'), 'throw new Error("broken file")')
    await expect(start(folder)).rejects.toMatchObject({
      code: 'AMBIT_DI_SCAN_FAILED',
      message: expect.stringContaining('broken.service.js'),
    })
  })
})
