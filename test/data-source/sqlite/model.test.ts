import fc from 'fast-check'
import { SqliteSecondWriterError } from '../../../src/data-source/sqlite/errors'
import { Item, testBeds, type TestBed, type TestScope } from './harness'

// Random trees of scopes run at the same time, compared with what a small model says about their rows: the rows of a scope
// are there exactly when it, and every NESTED block around them, ended well.

type Step =
  | { readonly kind: 'insert'; readonly row: string }
  | { readonly kind: 'read' }
  | { readonly kind: 'pause'; readonly turns: number }
  | { readonly kind: 'nested'; readonly steps: readonly Step[]; readonly fails: boolean }
  | { readonly kind: 'new'; readonly steps: readonly Step[]; readonly fails: boolean; readonly readOnly: boolean }
  | { readonly kind: 'both'; readonly left: readonly Step[]; readonly right: readonly Step[] }

interface Caller {
  readonly kind: 'scope' | 'save' | 'plain' | 'reader'
  readonly steps: readonly Step[]
  readonly fails: boolean
}

class Failure extends Error {}

let rows = 0

const insert = fc.constant(null).map((): Step => ({ kind: 'insert', row: `row ${(rows += 1)}` }))
const pause = fc.integer({ min: 0, max: 3 }).map((turns): Step => ({ kind: 'pause', turns }))
const fails = fc.boolean()

const { steps } = fc.letrec<{ step: Step; steps: Step[] }>(tie => ({
  step: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 4, arbitrary: insert },
    { weight: 2, arbitrary: fc.constant<Step>({ kind: 'read' }) },
    { weight: 3, arbitrary: pause },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('nested' as const), steps: tie('steps'), fails }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('new' as const), steps: tie('steps'), fails, readOnly: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('both' as const), left: tie('steps'), right: tie('steps') }),
    },
  ),
  steps: fc.array(tie('step'), { maxLength: 4 }),
}))

const caller: fc.Arbitrary<Caller> = fc.record({
  kind: fc.constantFrom('scope', 'scope', 'scope', 'save', 'plain', 'reader'),
  steps,
  fails,
})

/** Runs a caller and returns the rows that it says are stored. */
class Run {
  #savepoints = 0

  constructor(readonly bed: TestBed) {}

  async caller({ kind, steps: body, fails: failing }: Caller, index: number): Promise<string[]> {
    if (kind === 'plain') {
      await this.bed.dataSource.query('INSERT INTO "item"("name") VALUES (?)', [`plain ${index}`])
      return [`plain ${index}`]
    }
    if (kind === 'save') {
      await this.bed.dataSource.getRepository(Item).save({ name: `save ${index}` })
      return [`save ${index}`]
    }
    return this.#scope(undefined, { steps: body, fails: failing, readOnly: kind === 'reader' })
  }

  async #scope(
    outer: TestScope | undefined,
    { steps: body, fails: failing, readOnly }: { steps: readonly Step[]; fails: boolean; readOnly: boolean },
  ): Promise<string[]> {
    const kept: string[] = []
    const own: string[] = []
    try {
      await this.bed.scope({ outer, readOnly, label: readOnly ? 'reader' : 'writer' }, async scope => {
        const block = new Block(scope, readOnly)
        await this.#steps(block, body, own, kept)
        if (failing) throw new Failure()
      })
    } catch (error) {
      if (error instanceof SqliteSecondWriterError || error instanceof Failure) return kept
      throw error
    }
    return [...kept, ...own]
  }

  /** `own` goes down with the block, `kept` was committed by transactions of its own. */
  async #steps(block: Block, body: readonly Step[], own: string[], kept: string[]): Promise<void> {
    for (const step of body) await this.#step(block, step, own, kept)
  }

  async #step(block: Block, step: Step, own: string[], kept: string[]): Promise<void> {
    if (step.kind === 'pause') {
      for (let turn = 0; turn < step.turns; turn += 1) await new Promise(resolve => setImmediate(resolve))
    } else if (step.kind === 'read') await block.scope.names()
    else if (step.kind === 'insert') await this.#insert(block, step.row, own)
    else if (step.kind === 'nested') await this.#nested(block, step, own, kept)
    else if (step.kind === 'new') kept.push(...(await this.#new(block, step)))
    else {
      const halves = [step.left, step.right].map(half => this.#steps(block, half.filter(isFlat), own, kept))
      await Promise.all(halves)
    }
  }

  async #insert(block: Block, row: string, own: string[]): Promise<void> {
    if (!block.readOnly) {
      await block.scope.insert(row)
      own.push(row)
      return
    }
    const refusal: unknown = await block.scope.insert(row).catch((error: unknown) => error)
    // In memory its first statement needs the writer, which a scope around it may have written on meanwhile.
    if (refusal instanceof SqliteSecondWriterError) throw refusal
    expect(String(refusal)).toContain('readonly')
  }

  async #nested(
    block: Block,
    step: { steps: readonly Step[]; fails: boolean },
    own: string[],
    kept: string[],
  ): Promise<void> {
    const inside: string[] = []
    try {
      await block.scope.nested(`ambit_${(this.#savepoints += 1)}`, async () => {
        await this.#steps(block, step.steps, inside, kept)
        if (step.fails) throw new Failure()
      })
      own.push(...inside)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  }

  async #new(block: Block, step: { steps: readonly Step[]; fails: boolean; readOnly: boolean }): Promise<string[]> {
    return this.#scope(block.scope, step).catch((error: unknown) => {
      // Refused before its body: nothing of it is stored.
      if (error instanceof SqliteSecondWriterError) return []
      throw error
    })
  }
}

class Block {
  constructor(
    readonly scope: TestScope,
    readonly readOnly: boolean,
  ) {}
}

/** Savepoints of parallel branches are the adopting code's business; here branches run statements and inner scopes. */
function isFlat(step: Step): boolean {
  return step.kind !== 'nested' && step.kind !== 'both'
}

describe.each([
  ['a file', {}],
  ['memory', { database: ':memory:' }],
] as const)('random scopes at the same time, on %s', (_, options) => {
  const open = testBeds()

  it('store the rows of those that ended well, and no others', async () => {
    const bed = await open({ ...options, settings: { readers: 2, waitTimeoutMs: 10_000, synchronous: 'NORMAL' } })
    await fc.assert(
      fc.asyncProperty(fc.array(caller, { minLength: 2, maxLength: 6 }), async callers => {
        const before = await bed.names()
        const run = new Run(bed)
        const expected = await Promise.all(callers.map((one, index) => run.caller(one, index)))
        const stored = (await bed.names()).slice(before.length)
        expect([...stored].sort()).toEqual(expected.flat().sort())
        await bed.expectIdle()
      }),
      { numRuns: 150 },
    )
  }, 60_000)
})
