import fc from 'fast-check'
import type { Class } from '../../src/core/metadata'
import {
  all,
  Component,
  type ComponentOptions,
  Conditional,
  Container,
  ContainerValidationError,
  lazy,
  type Lazy,
  mapOf,
  qualified,
} from '../../src/di'
import { rejection, silent } from './support'

// Random components that ask for each other by base class: singly, with a qualifier, in lists, maps and handles. A model,
// written without looking at the code, says what each of them gets, or every problem that keeps the container from starting.

const BASES = 4

type Kind = 'one' | 'list' | 'map' | 'handle'

interface Request {
  readonly kind: Kind
  readonly base: number
  readonly qualifier: 'q' | undefined
}

interface Node {
  readonly base: number
  readonly held: boolean
  readonly primary: boolean
  readonly qualified: boolean
  readonly name: string | undefined
  readonly order: number | undefined
  readonly requests: readonly Request[]
}

const requests: fc.Arbitrary<Request> = fc.record({
  kind: fc.constantFrom<Kind>('one', 'list', 'map', 'handle'),
  base: fc.nat(BASES - 1),
  qualifier: fc.constantFrom('q' as const, undefined),
})

const nodes = (maxRequests: number): fc.Arbitrary<readonly Node[]> =>
  fc.array(
    fc.record({
      base: fc.nat(BASES + 2), // beyond the last base: it fits none
      held: fc.integer({ min: 0, max: 9 }).map(n => n > 1),
      primary: fc.integer({ min: 0, max: 9 }).map(n => n > 7),
      qualified: fc.boolean(),
      name: fc.constantFrom('a', 'b', undefined, undefined, undefined, undefined),
      order: fc.constantFrom(-1, 0, 2, undefined, undefined),
      requests: fc.array(requests, { maxLength: maxRequests }),
    }),
    { maxLength: 60, size: 'max' },
  )

/** Requests go to lower bases than one's own only, so that nothing runs in circles. */
const layered = nodes(3).map(list =>
  list.map(node => ({ ...node, requests: node.requests.filter(({ base }) => base < node.base && base < BASES) })),
)

interface Model {
  /** What each registered node is given; `undefined` for what is a problem. */
  readonly given: ReadonlyMap<number, readonly (readonly number[] | undefined)[]>
  readonly problems: readonly string[]
  readonly runsInCircles: boolean
}

function modelOf(list: readonly Node[]): Model {
  const problems: string[] = []
  const given = new Map<number, readonly (readonly number[] | undefined)[]>()
  for (const [at, node] of list.entries()) {
    if (!node.held) continue
    given.set(
      at,
      node.requests.map(request => {
        const found = answer(at, request, list)
        if (typeof found !== 'string') return found
        problems.push(`${found} N${at}`)
        return undefined
      }),
    )
  }
  return { given, problems: [...new Set(problems)].sort(), runsInCircles: hasCircle(list, given) }
}

function answer(asker: number, { kind, base, qualifier }: Request, list: readonly Node[]): readonly number[] | string {
  const fitting = list.flatMap((node, at) =>
    node.held && node.base === base && (qualifier === undefined || node.qualified) ? [at] : [],
  )
  const others = fitting.filter(at => at !== asker)
  if (kind === 'one') return single(others.length > 0 ? others : fitting, list)
  const place = (at: number): number => list[at]?.order ?? 1000
  const ordered = [...others].sort((one, other) => place(one) - place(other) || one - other)
  const names = others.map(at => list[at]?.name ?? `N${at}`)
  return kind === 'map' && new Set(names).size < names.length ? 'COLLECTION' : ordered
}

function single(fitting: readonly number[], list: readonly Node[]): readonly number[] | string {
  const primary = fitting.filter(at => list[at]?.primary)
  const chosen = primary.length > 0 ? primary : fitting
  if (chosen.length === 0) return 'DEPENDENCY_MISSING'
  return chosen.length === 1 ? chosen : 'DEPENDENCY_AMBIGUOUS'
}

function hasCircle(list: readonly Node[], given: Model['given']): boolean {
  const needs = (at: number): readonly number[] =>
    (given.get(at) ?? []).flatMap((found, which) => (list[at]?.requests[which]?.kind === 'handle' ? [] : (found ?? [])))
  const reach = (from: number): ReadonlySet<number> => {
    const seen = new Set(needs(from))
    for (const at of seen) for (const next of needs(at)) seen.add(next)
    return seen
  }
  return [...given.keys()].some(at => reach(at).has(at))
}

/** The classes that a list of nodes stands for. */
function classesOf(list: readonly Node[]): readonly Class<{ readonly args: readonly unknown[] }>[] {
  const bases = Array.from({ length: BASES + 3 }, () => class {}) as Class<object>[]
  return list.map((node, at) => {
    const base = bases[node.base] as new () => object // there are that many
    const holder = {
      [`N${at}`]: class extends base {
        static readonly inject = node.requests.map(request => entry(request, bases))
        readonly args: readonly unknown[]
        constructor(...args: unknown[]) {
          super()
          this.args = args
        }
      },
    }
    const made = holder[`N${at}`] as Class<{ readonly args: readonly unknown[] }>
    Component(optionsOf(node))(made)
    return made
  })
}

function optionsOf({ held, primary, qualified: isQualified, name, order }: Node): ComponentOptions {
  return {
    primary,
    qualifiers: isQualified ? ['q'] : [],
    when: Conditional(() => held),
    ...(name !== undefined && { name }),
    ...(order !== undefined && { order }),
  }
}

function entry({ kind, base, qualifier }: Request, bases: readonly Class[]): unknown {
  const token = bases[base] as Class // there are that many
  const options = qualifier === undefined ? {} : { qualifier }
  if (kind === 'one') return qualifier === undefined ? token : qualified(token, qualifier)
  if (kind === 'list') return all(token, options)
  return kind === 'map' ? mapOf(token, options) : lazy(all(token, options))
}

/** What a component was given for a request, as a list of the numbers of classes. */
function received(arg: unknown, { kind }: Request, classes: readonly Class[]): readonly number[] {
  const listed =
    kind === 'one'
      ? [arg]
      : kind === 'list'
        ? (arg as readonly unknown[])
        : kind === 'map'
          ? [...(arg as ReadonlyMap<string, unknown>).values()]
          : (arg as Lazy<readonly unknown[]>).get()
  return listed.map(each => classes.indexOf((each as object).constructor as Class))
}

async function check(list: readonly Node[]): Promise<void> {
  const model = modelOf(list)
  const classes = classesOf(list)
  const starting = Container.start({ components: classes, logger: silent })
  if (model.problems.length > 0 || model.runsInCircles) {
    const error = await rejection(starting)
    expect(error).toBeInstanceOf(ContainerValidationError)
    const { problems } = error as ContainerValidationError
    const told = problems.filter(({ code }) => code !== 'AMBIT_DI_CYCLE')
    // A map has a problem for each name that is shared in it.
    const said = new Set(told.map(({ code, component }) => `${code.replace('AMBIT_DI_', '')} ${component}`))
    expect([...said].sort()).toEqual(model.problems)
    expect(told.length < problems.length).toBe(model.runsInCircles)
    expect(problems.every(({ next }) => next.length > 10)).toBe(true)
    return
  }
  const container = await starting
  for (const [at, given] of model.given) {
    const { args } = container.get(classes[at] as Class<{ readonly args: readonly unknown[] }>) // every node has a class
    const node = list[at] as Node // the model has only nodes of the list
    expect(args.map((arg, which) => received(arg, node.requests[which] as Request, classes))).toEqual(given)
  }
  expect(container.registrations).toHaveLength(model.given.size)
  await container.close()
}

describe('whatever components ask each other for', () => {
  it('PI-09 PI-W2 PI-W3 PI-W4 every problem is told in one error, or each gets exactly what it asked for', async () => {
    await fc.assert(fc.asyncProperty(nodes(2), check), { numRuns: 150 })
  })

  it('PI-14 without circles each gets exactly what it asked for, unless there are problems', async () => {
    let started = 0
    await fc.assert(
      fc.asyncProperty(layered, async list => {
        if (modelOf(list).problems.length === 0) started++
        await check(list)
      }),
      { numRuns: 150 },
    )
    expect(started).toBeGreaterThan(10)
  })
})
