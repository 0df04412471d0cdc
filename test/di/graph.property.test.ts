import fc from 'fast-check'
import type { Class } from '../../src/core/metadata'
import { Container, ContainerValidationError } from '../../src/di'
import { nearMisses } from '../../src/core/near-misses'
import { knots, shortestCycle } from '../../src/di/planning/topology'
import { made, rejection, silent } from './support'

// A graph is a list of components: each names what it needs by number; a number without a component is missing.

interface Node {
  readonly needs: readonly number[]
  readonly listed: boolean
}

const graphs = (edgesUpTo: number): fc.Arbitrary<readonly Node[]> =>
  fc.integer({ min: 1, max: 40 }).chain(size =>
    fc.array(
      fc.record({
        needs: fc.uniqueArray(fc.nat(size - 1), { maxLength: edgesUpTo }),
        listed: fc.integer({ min: 0, max: 19 }).map(n => n > 0),
      }),
      { minLength: size, maxLength: size },
    ),
  )

/** Edges only to higher numbers, everything listed, and the list in any order. */
const acyclic: fc.Arbitrary<readonly [readonly Node[], readonly number[]]> = fc
  .integer({ min: 1, max: 40 })
  .chain(size =>
    fc.tuple(
      fc.tuple(
        ...Array.from({ length: size }, (_, i) =>
          fc.subarray(range(i + 1, size), { maxLength: Math.min(4, size - i - 1) }),
        ),
      ),
      fc.shuffledSubarray(range(0, size), { minLength: size }),
    ),
  )
  .map(([edges, order]) => [edges.map(needs => ({ needs, listed: true })), order])

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

const nameOf = (index: number): string => `N${index}`

interface Log {
  readonly built: string[]
  readonly ready: string[]
  readonly disposed: string[]
}

/** Components that note when they are built, initialised and disposed of. */
function components(nodes: readonly Node[], log: Log): readonly Class<object>[] {
  const classes: Class<object>[] = nodes.map((node, index) => {
    const component = made(
      nameOf(index),
      () => node.needs.map(need => classes[need]),
      () => log.built.push(nameOf(index)),
    )
    Object.defineProperty(component.prototype, Symbol.asyncDispose, {
      value: async () => void log.disposed.push(nameOf(index)),
    })
    return component
  })
  return classes
}

function watching(log: Log) {
  return { afterConstruct: async (_: object, { name }: { name: string }) => void log.ready.push(name) }
}

// The model, written without looking at the code: what is missing, and who can reach himself.

function missing(nodes: readonly Node[]): readonly string[] {
  return nodes.flatMap((node, index) =>
    node.listed
      ? node.needs.filter(need => !nodes[need]?.listed).map(need => `${nameOf(index)} needs ${nameOf(need)}`)
      : [],
  )
}

function reaches(nodes: readonly Node[]): readonly (readonly boolean[])[] {
  const reach = nodes.map(node => nodes.map((other, j) => node.listed && other.listed && node.needs.includes(j)))
  for (const k of nodes.keys())
    for (const i of nodes.keys())
      for (const j of nodes.keys()) {
        const row = reach[i]
        if (row?.[k] === true && reach[k]?.[j] === true) row[j] = true
      }
  return reach
}

/** The sets of components that reach each other, as sorted lists of names. */
function circles(nodes: readonly Node[]): readonly string[] {
  const reach = reaches(nodes)
  const sets = nodes.flatMap((_, i) =>
    reach[i]?.[i] === true
      ? [range(0, nodes.length).filter(j => reach[i]?.[j] === true && reach[j]?.[i] === true)]
      : [],
  )
  return [...new Set(sets.map(set => set.map(nameOf).join(' ')))].sort()
}

const freshLog = (): Log => ({ built: [], ready: [], disposed: [] })

describe('random graphs', () => {
  it('PI-14 without cycles and gaps start dependencies first, and are disposed of in the exact reverse', async () => {
    await fc.assert(
      fc.asyncProperty(acyclic, async ([nodes, order]) => {
        const log = freshLog()
        const classes = components(nodes, log)
        const listed = order.flatMap(index => classes[index] ?? [])
        const container = await Container.start({ components: listed, postProcessors: [watching(log)], logger: silent })
        expect(new Set(log.built).size).toBe(nodes.length)
        expect(log.ready).toEqual(log.built)
        for (const [index, node] of nodes.entries())
          for (const need of node.needs)
            expect(log.ready.indexOf(nameOf(need))).toBeLessThan(log.ready.indexOf(nameOf(index)))
        await container.close()
        expect(log.disposed).toEqual([...log.built].reverse())
      }),
      { numRuns: 150 },
    )
  })

  it('PI-14 of any kind start, or fail with everything that the model finds and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(graphs(1), graphs(2), graphs(4)), async nodes => {
        const log = freshLog()
        const listed = components(nodes, log).filter((_, index) => nodes[index]?.listed)
        const error = await rejection(
          Container.start({ components: listed, logger: silent }).then(container => container.close()),
        )
        const [gaps, loops] = [missing(nodes), circles(nodes)]
        if (gaps.length === 0 && loops.length === 0) {
          expect(error).toBeUndefined()
          return
        }
        expect(error).toBeInstanceOf(ContainerValidationError)
        expect(log.built).toEqual([])
        const { problems } = error as ContainerValidationError
        const named = problems.filter(problem => problem.code === 'AMBIT_DI_DEPENDENCY_MISSING')
        expect(named.map(problem => problem.what.replace(/ \(.*/, ''))).toEqual(gaps)
        const cycles = problems.filter(problem => problem.code === 'AMBIT_DI_CYCLE')
        expect(problems).toHaveLength(named.length + cycles.length)
        expect(cycles.map(({ what }) => membersIn(what)).sort()).toEqual(loops)
        for (const { path } of cycles) expectRealCycle(path ?? [], nodes)
      }),
      { numRuns: 300 },
    )
  })

  it('fail half-way at any component, and dispose of exactly what was built, in reverse', async () => {
    await fc.assert(
      fc.asyncProperty(acyclic, fc.nat(39), async ([nodes, order], failing) => {
        const log = freshLog()
        const classes = components(nodes, log)
        const victim = nameOf(failing % nodes.length)
        const breaking = {
          afterConstruct: (_: object, { name }: { name: string }) => {
            if (name === victim) throw new RangeError(victim)
          },
        }
        const listed = order.flatMap(index => classes[index] ?? [])
        const error = await rejection(
          Container.start({ components: listed, postProcessors: [breaking], logger: silent }),
        )
        expect(error).toMatchObject({ component: victim, step: 'post-processor', cause: new RangeError(victim) })
        expect(log.built.at(-1)).toBe(victim)
        expect(log.disposed).toEqual([...log.built].reverse())
      }),
      { numRuns: 75 },
    )
  })
})

function membersIn(what: string): string {
  const names = new Set(what.match(/N\d+/g))
  return [...names].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))).join(' ')
}

function expectRealCycle(path: readonly string[], nodes: readonly Node[]): void {
  expect(path.at(0)).toBe(path.at(-1))
  expect(new Set(path).size).toBe(path.length - 1)
  for (const [i, name] of path.slice(0, -1).entries()) {
    const next = Number(path[i + 1]?.slice(1))
    expect(nodes[Number(name.slice(1))]?.needs).toContain(next)
  }
}

describe('the search for knots', () => {
  it('puts every node into one knot, each knot after all that it needs', () => {
    fc.assert(
      fc.property(graphs(3), nodes => {
        const found = knots({ nodes: [...nodes.keys()], needs: node => nodes[node]?.needs ?? [] })
        expect(found.flat().sort((a, b) => a - b)).toEqual([...nodes.keys()])
        const place = new Map(found.flatMap((knot, at) => knot.map(node => [node, at] as const)))
        for (const [node, { needs }] of nodes.entries())
          for (const need of needs) expect(place.get(need)).toBeLessThanOrEqual(place.get(node) ?? -1)
      }),
    )
  })

  it('finds no cycle where there is none', () => {
    expect(shortestCycle('a', new Set(['a', 'b']), node => (node === 'a' ? ['b'] : []))).toBeUndefined()
    expect(shortestCycle('a', new Set(['a']), () => ['b'])).toBeUndefined()
  })
})

describe('near misses', () => {
  it('begin with the name itself, in whatever case', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z]{3,20}$/), fc.array(fc.string()), (name, others) => {
        expect(
          nearMisses(name, [
            ...others.filter(other => other.toLowerCase() !== name.toLowerCase()),
            name.toUpperCase(),
          ])[0],
        ).toBe(name.toUpperCase())
      }),
    )
  })

  it('are at most three, each once, best first', () => {
    expect(nearMisses('UserRepositry', ['Clock', 'UserService', 'UserRepository', 'UserRepository'])).toEqual([
      'UserRepository',
    ])
    expect(nearMisses('User', ['UserA', 'UserB', 'UserC', 'UserD'])).toHaveLength(3)
    expect(nearMisses('Clock', ['Mailer', 'Invoices'])).toEqual([])
    expect(nearMisses('Repository', ['OrderRepository'])).toEqual(['OrderRepository'])
  })
})
