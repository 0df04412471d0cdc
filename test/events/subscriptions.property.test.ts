import { bootstrap, type EventPublisher, EventPublisher as Publisher, type Subscription } from 'ambit'
import fc from 'fast-check'
import { silentLogger } from '../support/engines'

class Base {}
class Derived extends Base {}
class Other {}
const CLASSES = [Base, Derived, Other] as const

type Step =
  | {
      readonly do: 'subscribe'
      readonly fn: number
      readonly to: number
      readonly order?: number
      readonly once: boolean
    }
  | { readonly do: 'unsubscribe'; readonly fn: number; readonly to: number }
  | { readonly do: 'publish'; readonly of: number; readonly post: boolean }

const small = fc.nat({ max: 2 })
const steps = fc.array(
  fc.oneof(
    fc.record(
      {
        do: fc.constant('subscribe' as const),
        fn: fc.nat({ max: 4 }),
        to: small,
        order: fc.integer({ min: -1, max: 1 }),
        once: fc.boolean(),
      },
      { requiredKeys: ['do', 'fn', 'to', 'once'] },
    ),
    fc.record({ do: fc.constant('unsubscribe' as const), fn: fc.nat({ max: 4 }), to: small }),
    fc.record({ do: fc.constant('publish' as const), of: small, post: fc.boolean() }),
  ),
  { maxLength: 40 },
)

interface Entry {
  readonly fn: number
  readonly to: number
  readonly order: number | undefined
  readonly once: boolean
}

/** What should be called, said as simply as it can be. */
class Model {
  entries: Entry[] = []

  /** `false` where it must be refused. */
  subscribe(entry: Entry): boolean {
    const known = this.entries.find(({ fn, to }) => fn === entry.fn && to === entry.to)
    if (known === undefined) this.entries.push(entry)
    return known === undefined || (known.order === entry.order && known.once === entry.once)
  }

  unsubscribe(fn: number, to: number): void {
    this.entries = this.entries.filter(entry => entry.fn !== fn || entry.to !== to)
  }

  publish(of: number): readonly number[] {
    const event = new (CLASSES[of] ?? Other)()
    const called = this.entries.filter(({ to }) => event instanceof (CLASSES[to] ?? Other))
    this.entries = this.entries.filter(entry => !called.includes(entry) || !entry.once)
    const place = ({ order = 10 }: Entry): number => order
    return [...called].sort((a, b) => place(a) - place(b)).map(({ fn }) => fn)
  }
}

/** Plays the steps on a publisher, and answers what was called by each event. */
async function play(events: EventPublisher, script: readonly Step[]): Promise<readonly unknown[]> {
  let called: number[] = []
  const fns = Array.from({ length: 5 }, (_, n) => () => void called.push(n))
  const held = new Map<string, Subscription>()
  const told: unknown[] = []
  for (const step of script) {
    if (step.do === 'subscribe') {
      const { fn, to, order, once } = step
      try {
        const options = { once, ...(order === undefined ? {} : { order }) }
        held.set(`${fn} ${to}`, events.subscribe(CLASSES[to] ?? Other, fns[fn] ?? fail, options))
        told.push(true)
      } catch {
        told.push(false)
      }
    } else if (step.do === 'unsubscribe') held.get(`${step.fn} ${step.to}`)?.unsubscribe()
    else {
      called = []
      await deliver(events, new (CLASSES[step.of] ?? Other)(), step.post)
      told.push(called)
    }
  }
  for (const subscription of held.values()) subscription.unsubscribe()
  return told
}

function fail(): never {
  throw new Error('there is no such function')
}

async function deliver(events: EventPublisher, event: object, post: boolean): Promise<void> {
  if (!post) return events.publish(event)
  class Last {}
  events.post(event)
  await new Promise<void>(resolve => {
    events.subscribe(Last, () => resolve(), { once: true })
    events.post(new Last())
  })
}

function expected(script: readonly Step[]): readonly unknown[] {
  const model = new Model()
  return script.flatMap((step): unknown[] => {
    if (step.do === 'subscribe') return [model.subscribe({ ...step, order: step.order })]
    if (step.do === 'publish') return [model.publish(step.of)]
    model.unsubscribe(step.fn, step.to)
    return []
  })
}

it('PI-61: any sequence of subscribing, unsubscribing, publishing and posting calls whom a list would call', async () => {
  await using app = await bootstrap({ logger: silentLogger })
  const events = app.get(Publisher)
  await fc.assert(
    fc.asyncProperty(steps, async script => {
      expect(await play(events, script)).toEqual(expected(script))
    }),
    { numRuns: 300 },
  )
})
