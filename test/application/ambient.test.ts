import { type Application, bootstrap, EventPublisher, publish, Service } from 'ambit'
import { silentLogger } from '../support/engines'
import { gate } from '../support/gate'

class Asked {
  constructor(readonly by: string) {}
}

@Service()
class Own {}

describe('the ambient application', () => {
  let trace: string[]
  let one: Application
  let two: Application
  const start = async (name: string): Promise<Application> => {
    const app = await bootstrap({ name, components: [Own], logger: silentLogger })
    app.get(EventPublisher).subscribe(Asked, ({ by }) => void trace.push(`${by}: ${name}`))
    return app
  }
  beforeEach(async () => {
    trace = []
    one = await start('one')
    two = await start('two')
  })
  afterEach(() => Promise.all([one.close(), two.close()]))

  const ask = (by: string): Promise<void> => publish(new Asked(by))

  it('PI-38: two applications are distinct, by name and by what they hold', () => {
    expect([one.name, two.name]).toEqual(['one', 'two'])
    expect(one.get(Own)).toBe(one.get(Own))
    expect(one.get(Own)).not.toBe(two.get(Own))
  })

  it('PI-38: a nested run restores the outer one, at any depth, and the outside restores none', async () => {
    await one.run(async () => {
      await ask('outer')
      await two.run(async () => {
        await ask('inner')
        await one.run(() => ask('innermost'))
        await ask('inner again')
      })
      await ask('outer again')
    })
    expect(trace).toEqual(['outer: one', 'inner: two', 'innermost: one', 'inner again: two', 'outer again: one'])
    await expect(ask('outside')).rejects.toMatchObject({ code: 'AMBIT_APP_AMBIGUOUS' })
  })

  it('PI-38: one that throws, now or later, restores the outer one too', async () => {
    await one.run(async () => {
      expect(() =>
        two.run(() => {
          throw new Error('now')
        }),
      ).toThrow('now')
      await ask('first')
      await expect(two.run(() => Promise.reject(new Error('later')))).rejects.toThrow('later')
      await ask('second')
    })
    expect(trace).toEqual(['first: one', 'second: one'])
  })

  it('PI-38: what is not awaited stays in the application that it was begun in', async () => {
    const later = gate()
    const work = one.run(() => {
      const inner = two.run(async () => {
        await later.opened
        await ask('left behind')
      })
      return Promise.all([inner, ask('meanwhile')])
    })
    later.open()
    await work
    expect(trace).toEqual(['meanwhile: one', 'left behind: two'])
  })

  it('PI-38: flows side by side keep theirs, across awaits, timers and immediates', async () => {
    const pauses = [
      () => Promise.resolve(),
      () => new Promise(setImmediate),
      () => new Promise(go => setTimeout(go, 0)),
    ]
    const flow = (app: Application, other: Application, id: string): Promise<void> =>
      app.run(async () => {
        for (const pause of pauses) {
          await ask(id)
          await other.run(async () => {
            await pause()
            await ask(`${id}, nested`)
          })
          await pause()
          await ask(id)
        }
      })
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? flow(one, two, 'in one') : flow(two, one, 'in two'))),
    )
    expect(trace).toHaveLength(180)
    expect(new Set(trace)).toEqual(
      new Set(['in one: one', 'in one, nested: two', 'in two: two', 'in two, nested: one']),
    )
  })

  it('PI-38: a closed one is none any more, also inside its own run', async () => {
    const closing = one.run(async () => {
      await one.close()
      await ask('closed')
    })
    await expect(closing).rejects.toMatchObject({ code: 'AMBIT_APP_CLOSED' })
    await ask('the only one left')
    expect(trace).toEqual(['the only one left: two'])
  })
})
