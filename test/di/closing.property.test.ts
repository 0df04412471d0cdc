import fc from 'fast-check'
import { Container, InjectionToken, provide } from '../../src/di'
import { rejection, silent } from './support'

// Lazy components whose creation takes random numbers of turns, many who ask for them, and a close in the middle.

interface Node {
  readonly needs: readonly number[]
  readonly scope: 'singleton' | 'prototype'
  readonly turns: number
  readonly fails: boolean
}

interface Plan {
  readonly nodes: readonly Node[]
  /** Who is asked for, and after how many turns. */
  readonly asks: readonly { readonly node: number; readonly after: number }[]
  readonly closeAfter: number
}

const plans: fc.Arbitrary<Plan> = fc.integer({ min: 1, max: 15 }).chain(size =>
  fc.record({
    nodes: fc.tuple(
      ...Array.from({ length: size }, (_, index) =>
        fc.record({
          needs: fc
            .uniqueArray(fc.integer({ min: index + 1, max: size }), { maxLength: 3 })
            .map(ns => ns.filter(n => n < size)),
          scope: fc.constantFrom('singleton' as const, 'singleton' as const, 'prototype' as const),
          turns: fc.nat(4),
          fails: fc.nat(9).map(n => n === 0),
        }),
      ),
    ),
    asks: fc.array(fc.record({ node: fc.nat(size - 1), after: fc.nat(8) }), { maxLength: 20 }),
    closeAfter: fc.nat(12),
  }),
)

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>(resolve => setImmediate(resolve))
}

interface Log {
  readonly events: string[]
  serial: number
}

/** An instance knows which others it has been given. */
interface Made {
  readonly id: string
  readonly given: readonly Made[]
}

function providers(nodes: readonly Node[], log: Log) {
  const tokens = nodes.map((_, index) => new InjectionToken<Made>(`N${index}`))
  const made = nodes.map(({ needs, scope, turns: count, fails }, index) =>
    provide(tokens[index] as InjectionToken<Made>, {
      scope,
      lazy: true,
      inject: needs.map(need => tokens[need] as InjectionToken<Made>),
      useFactory: async (...given) => {
        await turns(count)
        if (fails) throw new RangeError(`N${index}`)
        const id = `N${index}#${(log.serial += 1)}`
        log.events.push(`built ${id}`)
        return { id, given }
      },
      close: async ({ id, given }) => {
        for (const each of given)
          if (log.events.includes(`closed ${each.id}`)) log.events.push(`${id} outlived ${each.id}`)
        await turns(count % 2)
        log.events.push(`closed ${id}`)
      },
    }),
  )
  return { tokens, made }
}

describe('a close in the middle of many creations', () => {
  it('answers everybody, disposes of all that was built, once, and of nothing before what needs it', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async ({ nodes, asks, closeAfter }) => {
        const log: Log = { events: [], serial: 0 }
        const { tokens, made } = providers(nodes, log)
        const container = await Container.start({ providers: made, logger: silent })
        const direct: Made[] = []
        const answers = asks.map(async ({ node, after }) => {
          await turns(after)
          try {
            const instance = await container.resolve(tokens[node] as InjectionToken<Made>)
            if (nodes[node]?.scope === 'prototype') direct.push(instance)
            return 'answered'
          } catch (error) {
            return (error as { code: string }).code
          }
        })
        await turns(closeAfter)
        expect(await rejection(container.close())).toBeUndefined()
        const known = ['answered', 'AMBIT_DI_CLOSED', 'AMBIT_DI_CREATION']
        for (const answer of await Promise.all(answers)) expect(known).toContain(answer)
        for (const instance of direct) await container.release(instance)
        const built = log.events.filter(event => event.startsWith('built')).map(event => event.slice('built '.length))
        const closed = log.events
          .filter(event => event.startsWith('closed'))
          .map(event => event.slice('closed '.length))
        expect([...closed].sort()).toEqual([...built].sort())
      }),
      { numRuns: 250 },
    )
  })

  it('disposes of what is needed after what needs it, at every moment of the close', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async ({ nodes, asks, closeAfter }) => {
        const log: Log = { events: [], serial: 0 }
        // Without prototypes: one that the test asks for may outlive what it was given, as that is not the test's.
        const { tokens, made } = providers(
          nodes.map(node => ({ ...node, scope: 'singleton' as const })),
          log,
        )
        const container = await Container.start({ providers: made, logger: silent })
        const answers = asks.map(async ({ node, after }) => {
          await turns(after)
          await container.resolve(tokens[node] as InjectionToken<Made>).catch(() => undefined)
        })
        await turns(closeAfter)
        await container.close()
        await Promise.all(answers)
        expect(log.events.filter(event => event.includes('outlived'))).toEqual([])
      }),
      { numRuns: 250 },
    )
  })
})
