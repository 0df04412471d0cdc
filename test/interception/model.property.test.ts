import fc from 'fast-check'
import {
  currentTransaction,
  Interceptor,
  type MethodCall,
  MethodInterceptor,
  type Next,
  Service,
  Transactional,
  UseInterceptors,
} from 'ambit'
import { fakeApplication } from 'ambit/testing'
import { silentLogger } from '../support/engines'

// Chains of interceptors are nested function calls: what runs here is compared with functions that are nested by hand.

type Behaviour = (name: string, args: readonly unknown[], next: Rest) => Generator<unknown, unknown, unknown>
type Rest = (args: readonly unknown[]) => unknown

const BEHAVIOURS = {
  *pass(_, args, next) {
    return yield next(args)
  },
  *twice(_, args, next) {
    yield next(args)
    return yield next(args)
  },
  *retry(_, args, next) {
    for (let attempt = 1; ; attempt += 1)
      try {
        return yield next(args)
      } catch (error) {
        if (attempt === 3) throw error
      }
  },
  *skip(name) {
    yield
    return `${name} skips`
  },
  *before(name) {
    yield
    throw new Error(`${name} before`)
  },
  *after(name, args, next) {
    yield next(args)
    throw new Error(`${name} after`)
  },
  *caught(name, args, next) {
    try {
      return yield next(args)
    } catch (error) {
      return `${name} caught ${(error as Error).message}`
    }
  },
  *argument(name, args, next) {
    return yield next([`${String(args[0])}+${name}`])
  },
  *nothing(_, _args, next) {
    return yield next([])
  },
  *result(name, args, next) {
    return `${String(yield next(args))} by ${name}`
  },
} satisfies Record<string, Behaviour>

/** Those that can leave waiting to others, around asynchronous methods too. */
const NEED_NOT_WAIT: readonly string[] = ['pass', 'skip', 'before', 'argument', 'nothing']

interface Element {
  readonly order: number
  readonly behaviour: keyof typeof BEHAVIOURS
  /** Whether it is written on the class. */
  readonly ofClass: boolean
  /** Whether it is named a second time. */
  readonly again: boolean
  /** Whether it is not asynchronous although the method is. */
  readonly direct: boolean
}

interface Program {
  readonly elements: readonly Element[]
  readonly asynchronous: boolean
  /** `undefined`: without a transaction. */
  readonly transaction: 'above' | 'below' | 'on the class, above' | 'on the class, below' | undefined
  /** Which calls of the method fail. */
  readonly failures: readonly boolean[]
}

const element: fc.Arbitrary<Element> = fc.record({
  order: fc.constantFrom(-300, -100, -50, 10, 10.5, 100),
  behaviour: fc.constantFrom(...(Object.keys(BEHAVIOURS) as (keyof typeof BEHAVIOURS)[])),
  ofClass: fc.boolean(),
  again: fc.boolean(),
  direct: fc.boolean(),
})

const program: fc.Arbitrary<Program> = fc
  .record({
    elements: fc.array(element, { maxLength: 6 }),
    asynchronous: fc.boolean(),
    transaction: fc.constantFrom(undefined, 'above', 'below', 'on the class, above', 'on the class, below'),
    failures: fc.array(fc.boolean(), { maxLength: 8 }),
  })
  .map(each => ({ ...each, transaction: each.asynchronous ? each.transaction : undefined }))

/** What a run showed: each step with the number of transactions around it, the outcome, and how each transaction ended. */
interface Observed {
  readonly steps: string[]
  readonly outcome: string
  readonly transactions: readonly string[]
}

function drive(work: Generator<unknown, unknown, unknown>): unknown {
  let step = work.next()
  while (step.done !== true) step = work.next(step.value)
  return step.value
}

async function driveLater(work: Generator<unknown, unknown, unknown>): Promise<unknown> {
  let step = work.next()
  while (step.done !== true) {
    const settled = await Promise.allSettled([step.value])
    step = settled[0].status === 'fulfilled' ? work.next(settled[0].value) : work.throw(settled[0].reason)
  }
  return step.value
}

function body(failures: readonly boolean[], note: (step: string) => void): (args: readonly unknown[]) => Generator {
  let calls = 0
  return function* (args) {
    note(`method ${args.length} ${String(args[0])}`)
    yield
    if (failures[calls++] === true) throw new Error(`call ${calls}`)
    return `value of call ${calls}`
  }
}

function waits({ asynchronous }: Program, { direct, behaviour }: Element): boolean {
  return asynchronous && !(direct && NEED_NOT_WAIT.includes(behaviour))
}

async function outcomeOf(run: () => unknown): Promise<string> {
  try {
    return `returned ${String(await run())}`
  } catch (error) {
    return `threw ${(error as Error).message}`
  }
}

/** Functions in functions, in the order that the guide promises. */
async function modelled(program: Program): Promise<Observed> {
  const { asynchronous, transaction, failures } = program
  const steps: string[] = []
  const transactions: string[] = []
  let depth = 0
  const note = (step: string): void => void steps.push(`${step} in ${depth}`)
  const method = body(failures, note)
  const around = program.elements.map((each, index) => {
    const name = `I${index}`
    return {
      ...each,
      place: [each.order, each.ofClass ? 0 : 1, index],
      wrap:
        (inner: Rest): Rest =>
        args => {
          const work = (function* (): Generator<unknown, unknown, unknown> {
            note(`${name} ${String(args[0])}`)
            return yield* BEHAVIOURS[each.behaviour](name, args, inner)
          })()
          return asynchronous ? driveLater(work) : drive(work)
        },
    }
  })
  const boundary = {
    place: [0, 0, 0],
    wrap:
      (inner: Rest): Rest =>
      async args => {
        depth += 1
        try {
          const result = await inner(args)
          transactions.push('committed')
          return result
        } catch (error) {
          transactions.push('rolled back')
          throw error
        } finally {
          depth -= 1
        }
      },
  }
  const chain = [...around, ...(transaction === undefined ? [] : [boundary])].sort((left, right) =>
    compare(left.place, right.place),
  )
  const innermost: Rest = args => (asynchronous ? driveLater(method(args)) : drive(method(args)))
  const call = chain.reduceRight<Rest>((inner, { wrap }) => wrap(inner), innermost)
  return { steps, outcome: await outcomeOf(() => call(['x'])), transactions }
}

function compare(left: readonly number[], right: readonly number[]): number {
  const [first] = left.map((value, index) => value - (right[index] ?? 0)).filter(difference => difference !== 0)
  return first ?? 0
}

async function real(program: Program): Promise<Observed> {
  const steps: string[] = []
  const note = (step: string): void => void steps.push(`${step} in ${currentTransaction() === undefined ? 0 : 1}`)
  const types = program.elements.map((each, index) => interceptorOf(program, each, { name: `I${index}`, note }))
  const target = targetOf(program, types, note)
  const app = await fakeApplication({ components: [target, ...types], logger: silentLogger })
  const outcome = await outcomeOf(() => {
    const result = app.get(target).run('x')
    expect(result instanceof Promise).toBe(program.asynchronous)
    return result
  })
  const transactions = app.transactions.map(({ outcome: end }) => (end === 'committed' ? 'committed' : 'rolled back'))
  await app.close()
  return { steps, outcome, transactions }
}

interface Noted {
  readonly name: string
  readonly note: (step: string) => void
}

type MadeInterceptor = new () => MethodInterceptor

function interceptorOf(program: Program, each: Element, { name, note }: Noted): MadeInterceptor {
  class Made extends MethodInterceptor {
    intercept({ args }: MethodCall, next: Next): unknown {
      const work = (function* (): Generator<unknown, unknown, unknown> {
        note(`${name} ${String(args[0])}`)
        return yield* BEHAVIOURS[each.behaviour](name, args, next)
      })()
      return waits(program, each) ? driveLater(work) : drive(work)
    }
  }
  Interceptor({ order: each.order })(Made)
  return Made
}

interface Target {
  run(argument: string): unknown
}

function targetOf(program: Program, types: readonly MadeInterceptor[], note: Noted['note']): new () => Target {
  const method = body(program.failures, note)
  const written = (ofClass: boolean): MadeInterceptor[] =>
    types.filter((_, index) => program.elements[index]?.ofClass === ofClass)
  const repeated = types.filter((_, index) => program.elements[index]?.again === true)
  class Made implements Target {
    run(...args: unknown[]): unknown {
      return drive(method(args))
    }
  }
  class MadeLater implements Target {
    async run(...args: unknown[]): Promise<unknown> {
      return driveLater(method(args))
    }
  }
  const target = program.asynchronous ? MadeLater : Made
  const use = (sources: readonly MadeInterceptor[], at: 'run' | undefined): void => {
    const [first, ...others] = sources
    if (first) decorate(UseInterceptors(first, ...others), target, at)
  }
  // From the lowest decorator to the uppermost, as compilers apply them.
  const { transaction } = program
  if (transaction === 'below') decorate(Transactional(), target, 'run')
  use([...written(false), ...repeated.filter(type => written(false).includes(type))], 'run')
  if (transaction === 'above') decorate(Transactional(), target, 'run')
  if (transaction === 'on the class, below') decorate(Transactional(), target, undefined)
  use([...written(true), ...repeated.filter(type => written(true).includes(type))], undefined)
  if (transaction === 'on the class, above') decorate(Transactional(), target, undefined)
  Service()(target)
  return target
}

type AnyDecorator = (target: never, member?: never, descriptor?: never) => unknown

function decorate(decorator: AnyDecorator, target: new () => Target, member: 'run' | undefined): void {
  const apply = decorator as (target: object, member?: string, descriptor?: PropertyDescriptor) => unknown
  const prototype = target.prototype as object
  if (member === undefined) apply(target)
  else {
    const made = apply(prototype, member, Object.getOwnPropertyDescriptor(prototype, member))
    if (made) Object.defineProperty(prototype, member, made as PropertyDescriptor)
  }
}

describe('random chains of interceptors', () => {
  it('PI-44 PI-W1: do what the same functions do when they are nested by hand, in that order', async () => {
    await fc.assert(
      fc.asyncProperty(program, async given => {
        expect(await real(given)).toEqual(await modelled(given))
      }),
      { numRuns: 400 },
    )
  })
})
