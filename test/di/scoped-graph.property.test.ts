import fc from 'fast-check'
import { ContextKey, contextValue, runWithValue } from '../../src/core/async-context'
import type { Class } from '../../src/core/metadata'
import {
  Component,
  Container,
  type ContainerProblem,
  ContainerValidationError,
  type EndOfLife,
  type Lazy,
  lazy,
  type ScopeSource,
  supplier,
} from '../../src/di'
import { rejection, silent } from './support'

// A graph is a list of components, each with a scope and what it needs by number: the component itself, or a handle on it.
// A number whose component is not listed is missing.

type Form = 'plain' | 'lazy' | 'supplier'
const HANDLES: readonly Form[] = ['lazy', 'supplier']
const PLAIN: readonly Form[] = ['plain']
const SCOPES = ['singleton', 'tenant', 'request', 'transaction', 'prototype'] as const

interface Need {
  readonly to: number
  readonly form: Form
}

interface Node {
  readonly scope: (typeof SCOPES)[number]
  readonly lazy: boolean
  readonly listed: boolean
  readonly needs: readonly Need[]
}

interface Chances {
  /** How many of 20 components are missing. */
  readonly missing: number
  /** How many of 10 needs are handles. */
  readonly handles: number
  /** Whether needs lead to later components only. */
  readonly forward: boolean
}

function graphs({ missing, handles, forward }: Chances): fc.Arbitrary<readonly Node[]> {
  const need = (size: number): fc.Arbitrary<Need> =>
    fc.record({
      to: fc.nat(size - 1),
      form: fc.nat(9).chain(n => fc.constantFrom<Form>(...(n < handles ? HANDLES : PLAIN))),
    })
  const node = (size: number): fc.Arbitrary<Node> =>
    fc.record({
      scope: fc.constantFrom(...SCOPES),
      lazy: fc.boolean(),
      listed: fc.nat(19).map(n => n >= missing),
      needs: fc.uniqueArray(need(size), { maxLength: 3, selector: ({ to }) => to }),
    })
  return fc
    .integer({ min: 1, max: 60 })
    .chain(size => fc.array(node(size), { minLength: size, maxLength: size }))
    .map(nodes =>
      forward ? nodes.map((each, index) => ({ ...each, needs: each.needs.filter(({ to }) => to > index) })) : nodes,
    )
}

/** Graphs in which nothing is wrong: whoever would keep a shorter-lived one takes a supplier instead. */
const sound: fc.Arbitrary<readonly Node[]> = graphs({ missing: 0, handles: 2, forward: true }).map(nodes => {
  const repaired = [...nodes]
  for (const index of [...nodes.keys()].reverse()) {
    const node = repaired[index]
    if (node === undefined) continue
    const needs = node.needs.map(need =>
      keepsTooLong(repaired, node, need) ? { ...need, form: 'supplier' as const } : need,
    )
    repaired[index] = { ...node, needs }
  }
  return repaired
})

// The model, written without looking at the code.

const RANK = { singleton: 0, tenant: 1, request: 2, transaction: 3, prototype: -1 } as const

function keeps(nodes: readonly Node[], { to, form }: Need): boolean {
  return form === 'plain' || (form === 'lazy' && nodes[to]?.scope === 'prototype')
}

/** How short a component lives at most: a prototype as its shortest-lived part, found by going round until nothing changes. */
function ranks(nodes: readonly Node[]): readonly number[] {
  const rank = nodes.map(({ scope }) => Math.max(0, RANK[scope]))
  for (let changed = true; changed;) {
    changed = false
    for (const [index, node] of nodes.entries()) {
      if (node.scope !== 'prototype') continue
      const kept = node.needs.filter(need => nodes[need.to]?.listed === true && keeps(nodes, need))
      const shortest = Math.max(0, ...kept.map(({ to }) => rank[to] ?? 0))
      if (shortest > (rank[index] ?? 0)) {
        rank[index] = shortest
        changed = true
      }
    }
  }
  return rank
}

function keepsTooLong(nodes: readonly Node[], node: Node, need: Need): boolean {
  if (node.scope === 'prototype' || nodes[need.to]?.listed !== true || !keeps(nodes, need)) return false
  return (ranks(nodes)[need.to] ?? 0) > RANK[node.scope]
}

const nameOf = (index: number): string => `N${index}`

/** Every problem of the graph except circles: who, what, and through which parameter. */
function expectedProblems(nodes: readonly Node[]): readonly string[] {
  return nodes.flatMap((node, index) =>
    !node.listed
      ? []
      : node.needs.flatMap((need, parameter) => {
          const where = `${nameOf(index)} ${nameOf(need.to)} ${parameter + 1}`
          if (nodes[need.to]?.listed !== true) return [`AMBIT_DI_DEPENDENCY_MISSING ${where}`]
          return keepsTooLong(nodes, node, need) ? [`AMBIT_DI_SHORTER_LIVED ${where}`] : []
        }),
  )
}

/**
 * The sets of components that reach each other by needs which are no handles. A need that is refused already leads nowhere.
 */
function circles(nodes: readonly Node[]): readonly string[] {
  const leads = (from: Node, to: number): boolean =>
    from.needs.some(need => need.to === to && need.form === 'plain' && !keepsTooLong(nodes, from, need))
  const reach = nodes.map(node => nodes.map((other, to) => node.listed && other.listed && leads(node, to)))
  for (const k of nodes.keys())
    for (const row of reach)
      if (row[k] === true) for (const j of nodes.keys()) if (reach[k]?.[j] === true) row[j] = true
  const sets = nodes.flatMap((_, i) =>
    reach[i]?.[i] === true ? [[...nodes.keys()].filter(j => reach[i]?.[j] === true && reach[j]?.[i] === true)] : [],
  )
  return [...new Set(sets.map(set => set.map(nameOf).join(' ')))].sort()
}

/** What the start builds: singletons that are not lazy, and what those are given, prototypes once for each. */
function builtAtStart(nodes: readonly Node[]): readonly string[] {
  const built: number[] = []
  const build = (index: number): void => {
    const node = nodes[index]
    if (node === undefined || (node.scope === 'singleton' && built.includes(index))) return
    for (const { to, form } of node.needs) if (form === 'plain') build(to)
    built.push(index)
  }
  for (const [index, { scope, lazy: later }] of nodes.entries()) if (scope === 'singleton' && !later) build(index)
  return built.map(nameOf).sort()
}

// The components.

interface Log {
  readonly built: string[]
  readonly alive: Set<object>
  disposedTwice: number
}

interface Made {
  readonly name: string
  readonly given: readonly unknown[]
}

function components(nodes: readonly Node[], log: Log): readonly Class<Made>[] {
  const classes: Class<Made>[] = nodes.map((node, index) => {
    const target = class {
      static get inject(): readonly unknown[] {
        return node.needs.map(({ to, form }) => FORMS[form](() => classes[to] as Class<Made>))
      }
      readonly name = nameOf(index)
      readonly given: readonly unknown[]
      constructor(...given: unknown[]) {
        this.given = given
        log.built.push(this.name)
        log.alive.add(this)
      }
      [Symbol.dispose](): void {
        if (!log.alive.delete(this)) log.disposedTwice += 1
      }
    }
    Object.defineProperty(target, 'name', { value: nameOf(index) })
    Component({ scope: node.scope, lazy: node.lazy })(target)
    return target
  })
  return classes
}

const FORMS = { plain: (source: unknown) => source, lazy, supplier } as Record<
  Form,
  (source: () => Class<Made>) => unknown
>

class TestTransactions implements ScopeSource {
  readonly remedy = 'Begin one.'
  readonly #key = new ContextKey<{ readonly key: object; readonly ends: EndOfLife[] }>('life', true)

  current(): ReturnType<ScopeSource['current']> {
    const life = contextValue(this.#key)
    return life && { key: life.key, onEnd: end => life.ends.push(end) }
  }

  async run<T>(body: () => Promise<T>): Promise<T> {
    const life = { key: {}, ends: [] as EndOfLife[] }
    const result = await runWithValue(this.#key, life, body)
    for (const end of life.ends) await end('committed')
    return result
  }
}

const transaction = new TestTransactions()
const options = { scopes: ['tenant'], scopeSources: { transaction }, logger: silent }
const freshLog = (): Log => ({ built: [], alive: new Set(), disposedTwice: 0 })

function shortly({ code, what }: ContainerProblem): string {
  const [, requester, wanted, parameter] = /^(\w+) needs (\w+) \(parameter (\d)\)/.exec(what) ?? []
  return `${code} ${requester} ${wanted} ${parameter}`
}

describe('random graphs of all scopes', () => {
  it('PI-W7 PI-W20 start, or give one error that names every problem that the model finds, and nothing else', async () => {
    const kinds = [
      graphs({ missing: 1, handles: 3, forward: false }),
      graphs({ missing: 0, handles: 5, forward: false }),
      graphs({ missing: 1, handles: 5, forward: true }),
      sound,
    ]
    let started = 0
    await fc.assert(
      fc.asyncProperty(fc.oneof(...kinds), async nodes => {
        const log = freshLog()
        const listed = components(nodes, log).filter((_, index) => nodes[index]?.listed)
        const error = await rejection(Container.start({ ...options, components: listed }).then(each => each.close()))
        const [wrong, loops] = [expectedProblems(nodes), circles(nodes)]
        if (wrong.length === 0 && loops.length === 0) {
          expect(error).toBeUndefined()
          started += 1
          return
        }
        expect(error).toBeInstanceOf(ContainerValidationError)
        expect(log.built).toEqual([])
        const { problems } = error as ContainerValidationError
        const cycles = problems.filter(({ code }) => code === 'AMBIT_DI_CYCLE')
        expect(problems.filter(each => !cycles.includes(each)).map(shortly)).toEqual(wrong)
        expect(cycles.map(({ what }) => membersIn(what)).sort()).toEqual(loops)
        for (const { next } of problems) expect(next).not.toBe('')
      }),
      { numRuns: 300 },
    )
    expect(started).toBeGreaterThan(50)
  })

  it('PI-25 PI-31 that are sound build at the start what the model says, the rest in its life, and dispose of all of it once', async () => {
    await fc.assert(
      fc.asyncProperty(sound, async nodes => {
        const log = freshLog()
        const classes = components(nodes, log)
        const container = await Container.start({ ...options, components: classes })
        expect([...log.built].sort()).toEqual(builtAtStart(nodes))
        const inLives = (body: () => Promise<void>): Promise<void> =>
          container.runInScope('tenant', () => container.runInScope('request', () => transaction.run(body)))
        await inLives(async () => {
          for (const [index, target] of classes.entries()) {
            const instance = await container.resolve(target)
            const node = nodes[index]
            expect(instance.name).toBe(nameOf(index))
            expect(container.get(target) === instance).toBe(node?.scope !== 'prototype')
            await expectGiven(instance, node, { nodes, classes, container })
            if (node?.scope === 'prototype') await releaseAll(instance, container)
          }
        })
        const direct = [...log.alive].filter(each => nodes[Number((each as Made).name.slice(1))]?.scope === 'prototype')
        const passing = [...log.alive].filter(each =>
          ['tenant', 'request', 'transaction'].includes(nodes[Number((each as Made).name.slice(1))]?.scope ?? ''),
        )
        expect(passing).toEqual([])
        await container.close()
        // What is left are prototypes that the test itself has asked for: with get(), or through a supplier.
        for (const each of log.alive) expect(direct).toContain(each)
        expect(log.disposedTwice).toBe(0)
      }),
      { numRuns: 150 },
    )
  })
})

interface Whole {
  readonly nodes: readonly Node[]
  readonly classes: readonly Class<Made>[]
  readonly container: Container
}

/** A component has been given what it needs: the one of the life, a prototype of its own, or a handle that leads there. */
async function expectGiven(
  instance: Made,
  node: Node | undefined,
  { nodes, classes, container }: Whole,
): Promise<void> {
  for (const [position, { to, form }] of (node?.needs ?? []).entries()) {
    const given = instance.given[position]
    const target = classes[to] as Class<Made>
    const isPrototype = nodes[to]?.scope === 'prototype'
    const found = form === 'plain' ? (given as Made) : await (given as Lazy<Made>).resolve()
    expect(found).toBeInstanceOf(target)
    if (!isPrototype) expect(found).toBe(container.get(target))
    else if (form === 'lazy') expect((given as Lazy<Made>).get()).toBe(found)
    else if (form === 'supplier') expect((given as Lazy<Made>).get()).not.toBe(found)
  }
}

async function releaseAll(instance: Made, container: Container): Promise<void> {
  await container.release(instance)
}

function membersIn(what: string): string {
  const names = new Set(what.match(/N\d+/g))
  return [...names].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))).join(' ')
}
