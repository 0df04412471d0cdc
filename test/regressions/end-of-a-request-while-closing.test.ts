import { type Application, bootstrap, Component, PreDestroy, transactional } from 'ambit'
import { committed, NoteRepository, NOTES, write } from '../acceptance/notes'
import { type EngineDatabase, ENGINES, silentLogger } from '../support/engines'
import { gate } from '../support/gate'
import { outcomeOf, settled } from '../tx/harness'

// A close lets blocks come to their end. The end of the outermost one was refused the database, so that what a component writes
// in its @PreDestroy was lost; and a life that somebody was ending by hand was not waited for.

const PAUSED = { paused: false, began: gate(), goOn: gate() }

@Component({ scope: 'request' })
class Journal {
  readonly lines: string[] = []
  constructor(readonly notes: NoteRepository) {}

  @PreDestroy()
  async flush(): Promise<void> {
    if (PAUSED.paused) {
      PAUSED.began.open()
      await PAUSED.goOn.opened
    }
    for (const k of this.lines) await this.notes.insert({ k })
    await transactional({}, () => write('flushed'))
  }
}

describe.each(ENGINES)('the end of a request while the application closes, on $name', engine => {
  let db: EngineDatabase
  let app: Application

  beforeEach(async () => {
    Object.assign(PAUSED, { paused: false, began: gate(), goOn: gate() })
    db = await engine.create()
    app = await bootstrap({
      database: db.settings,
      ...NOTES,
      components: [...NOTES.components, Journal],
      logger: silentLogger,
    })
  })
  afterEach(async () => {
    await app.close().catch(() => undefined)
    await db.drop()
  })
  const note = (line: string): void => void app.get(Journal).lines.push(line)

  it('may use the database as the request itself does', async () => {
    const [inside, goOn] = [gate(), gate()]
    const block = app.runInScope('request', async () => {
      note('line')
      inside.open()
      await goOn.opened
    })
    await inside.opened
    const closing = app.close()
    await settled()
    goOn.open()
    await block
    await closing
    expect(await committed(db)).toEqual(['flushed', 'line'])
  })

  it('may begin before the close, by hand too, and is waited for', async () => {
    PAUSED.paused = true
    const life = app.openScope('request')
    await life.run(() => {
      note('line')
    })
    const ending = life.end()
    await PAUSED.began.opened
    const closing = app.close()
    await settled()
    PAUSED.goOn.open()
    await ending
    await closing
    expect(await committed(db)).toEqual(['flushed', 'line'])
  })

  it('is in the application, by hand too', async () => {
    const second = await engine.create()
    const other = await bootstrap({ database: second.settings, ...NOTES, logger: silentLogger, name: 'other' })
    try {
      const life = app.openScope('request')
      await life.run(() => {
        note('line')
      })
      await life[Symbol.asyncDispose]()
      expect(await committed(db)).toEqual(['flushed', 'line'])
    } finally {
      await other.close()
      await second.drop()
    }
  })

  it('takes no more part in the close than it has to: what it leaves behind is refused', async () => {
    const late = gate()
    const outcomes: Promise<unknown>[] = []
    class Floating {
      @PreDestroy()
      leave(): void {
        outcomes.push(outcomeOf(late.opened.then(() => transactional({}, () => write('late')))))
      }
    }
    Component({ scope: 'request' })(Floating)
    const own = await bootstrap({ database: db.settings, ...NOTES, components: [...NOTES.components, Floating] })
    const [inside, goOn] = [gate(), gate()]
    const outer = own.run(() =>
      transactional({}, async () => {
        inside.open()
        await goOn.opened
      }),
    )
    await inside.opened
    await own.runInScope('request', () => own.get(Floating))
    const closing = own.close()
    await settled()
    late.open()
    expect(await outcomes[0]).toBe('AMBIT_APP_CLOSING')
    goOn.open()
    await outer
    await closing
  })
})
