import {
  type Application,
  bootstrap,
  Component,
  Inject,
  lazy,
  type Lazy,
  PostConstruct,
  PreDestroy,
  Service,
  transactional,
} from 'ambit'
import { committed, NOTES, write } from '../acceptance/notes'
import { type EngineDatabase, ENGINES, silentLogger } from '../support/engines'

// What an application made for somebody who was in another application worked on that one's database, in the functions that
// mean the application they run in; and where two ran, for somebody in none, on no database at all.

abstract class Writing {
  abstract readonly key: string
  @PostConstruct()
  async begin(): Promise<void> {
    await transactional({}, () => write(`${this.key} begun`))
  }
  @PreDestroy()
  async end(): Promise<void> {
    await transactional({}, () => write(`${this.key} ended`))
  }
}

@Component({ lazy: true })
class Dictionary extends Writing {
  readonly key = 'lazy'
}

@Component({ scope: 'request' })
class Session extends Writing {
  readonly key = 'request'
}

@Component({ scope: 'prototype' })
class Job extends Writing {
  readonly key = 'prototype'
}

@Component({ scope: 'prototype' })
class Held extends Writing {
  readonly key = 'held'
}

@Service()
class Holder {
  constructor(@Inject(lazy(Held)) readonly held: Lazy<Held>) {}
}

@Component({ lazy: true })
class Failing extends Writing {
  readonly key = 'failing'
  @PostConstruct()
  fail(): void {
    throw new Error('no')
  }
}

describe.each(ENGINES)('a component of one application, made for somebody in another one, on $name', engine => {
  const dbs: EngineDatabase[] = []
  const apps: Application[] = []
  const components = [...NOTES.components, Dictionary, Session, Job, Held, Holder, Failing]

  beforeEach(async () => {
    for (const name of ['one', 'other']) {
      const db = await engine.create()
      dbs.push(db)
      apps.push(await bootstrap({ name, database: db.settings, ...NOTES, components, logger: silentLogger }))
    }
  })
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close().catch(() => undefined)
    for (const db of dbs.splice(0)) await db.drop()
  })

  const elsewhere = [
    ['in another application', (_: Application, other: Application, work: () => Promise<unknown>) => other.run(work)],
    ['in none', (_: Application, __: Application, work: () => Promise<unknown>) => work()],
  ] as const

  it.each(elsewhere)('works in its own, asked for %s', async (_, from) => {
    const [one, other] = apps as [Application, Application]
    const [db, others] = dbs as [EngineDatabase, EngineDatabase]
    await from(one, other, () => one.resolve(Dictionary))
    await from(one, other, () => one.get(Holder).held.resolve())
    await from(one, other, async () => one.release(await one.resolve(Job)))
    await one.runInScope('request', () => from(one, other, () => one.resolve(Session)))
    await expect(from(one, other, () => one.resolve(Failing))).rejects.toMatchObject({ code: 'AMBIT_DI_CREATION' })
    await one.close()
    const pair = (key: string): string[] => [`${key} begun`, `${key} ended`]
    expect(await committed(db)).toEqual(['failing', 'held', 'lazy', 'prototype', 'request'].flatMap(pair))
    expect(await committed(others)).toEqual([])
  })
})
