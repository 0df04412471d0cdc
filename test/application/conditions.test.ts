import {
  type Application,
  bootstrap,
  type BootstrapOptions,
  Component,
  Conditional,
  ConditionalOnMissing,
  CrudRepository,
  named,
  Profile,
  qualified,
  Query,
  Repository,
} from '../../src'
import { StartUpError } from '../../src/errors'

abstract class Mailer {
  readonly kind: string = 'none'
}

@Profile('prod')
@Component({ name: 'smtp', qualifiers: ['real'] })
class SmtpMailer extends Mailer {
  override readonly kind = 'smtp'
}

@ConditionalOnMissing(Mailer)
@Component()
class PrintingMailer extends Mailer {
  override readonly kind = 'printing'
}

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined }
const started: Application[] = []
afterEach(async () => {
  for (const app of started.splice(0)) await app.close()
})

async function start(options: BootstrapOptions): Promise<Application> {
  const app = await bootstrap({ logger, components: [SmtpMailer, PrintingMailer], ...options })
  started.push(app)
  return app
}

describe('bootstrap', () => {
  it('PI-17 registers by its profiles, and answers for one of several', async () => {
    const live = await start({ profiles: ['prod'], allowedProfiles: ['prod', 'test'] })
    expect(live.get(Mailer).kind).toBe('smtp')
    expect(live.get(named(Mailer, 'smtp'))).toBe(live.get(SmtpMailer))
    expect(live.getAll(qualified(Mailer, 'real'))).toEqual([live.get(SmtpMailer)])
    expect((await start({})).get(Mailer).kind).toBe('printing')
  })

  it('PI-19 refuses a profile that is not allowed, with both lists, among all other problems', async () => {
    const error: unknown = await start({ profiles: ['prd'], allowedProfiles: ['prod'] }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(StartUpError)
    expect(String(error)).toContain("Active are 'prd'; allowed are 'prod'.")
  })

  it('PI-18 asks each condition once in a start, and tells what came of it', async () => {
    let asked = 0
    @Conditional(() => ++asked > 0, 'the moon is full')
    @Component()
    class Tide {}
    const app = await start({ components: [Tide, PrintingMailer] })
    expect(asked).toBe(1)
    expect(app.conditions.map(({ component, condition, held }) => [component, condition, held])).toEqual([
      ['Tide', 'the moon is full says yes', true],
      ['PrintingMailer', 'nothing else provides Mailer', true],
    ])
  })

  it('PI-W26 tells what a condition threw as the cause', async () => {
    const failure = new RangeError('no moon')
    @Conditional(() => {
      throw failure
    })
    @Component()
    class Tide {}
    const error: unknown = await start({ components: [Tide] }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(StartUpError)
    expect(String(error)).not.toContain('no moon')
    expect((error as Error).cause).toBe(failure)
  })

  it('does not check the queries of a repository that is left out, whose data source may not be there', async () => {
    class Line {
      id!: number
    }
    @Profile('reporting')
    @Repository({ entity: Line, dataSource: 'reporting' })
    class Lines extends CrudRepository<Line> {
      @Query({ where: 'id = :id' })
      declare findThose: (id: number) => Promise<Line[]>
    }
    const components = [Lines, PrintingMailer]
    expect((await start({ components })).conditions[0]?.held).toBe(false)
    const error: unknown = await start({ components, profiles: ['reporting'] }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(StartUpError)
  })

  it('refuses profiles that are no list', async () => {
    const error: unknown = await start({ profiles: 'prod' as never }).catch((e: unknown) => e)
    expect(String(error)).toContain("'profiles' is no list of names of profiles.")
  })
})
