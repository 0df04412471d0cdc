import {
  Component,
  type Container,
  Inject,
  type Lazy,
  lazy,
  PostConstruct,
  type Supplier,
  supplier,
} from '../../src/di'
import { closeAll, start } from './support'

afterEach(closeAll)

/** Numbers from a seed, so that a failure can be repeated. Source: Mulberry32, T. Ettinger, public domain. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

let open = new Set<object>()
let disposedTwice = 0
beforeEach(() => {
  open = new Set()
  disposedTwice = 0
})

function disposed(instance: object): void {
  if (!open.delete(instance)) disposedTwice += 1
}

@Component({ scope: 'request' })
class Who {
  owner: string | undefined
  constructor() {
    open.add(this)
  }
  [Symbol.dispose](): void {
    disposed(this)
  }
}

@Component({ scope: 'request' })
class Loaded {
  seen: string | undefined
  constructor(readonly who: Who) {
    open.add(this)
  }
  @PostConstruct()
  async load(): Promise<void> {
    await turn()
    this.seen = this.who.owner
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await turn()
    if (!open.has(this.who)) disposedTwice += 1
    disposed(this)
  }
}

@Component({ scope: 'prototype' })
class Note {
  constructor(readonly who: Who) {}
}

@Component({ scope: 'tenant' })
class TenantData {
  readonly owners = new Set<string>()
  constructor() {
    open.add(this)
  }
  [Symbol.dispose](): void {
    disposed(this)
  }
}

@Component()
class Front {
  constructor(
    @Inject(lazy(Who)) readonly who: Lazy<Who>,
    @Inject(lazy(Loaded)) readonly loaded: Lazy<Loaded>,
    @Inject(supplier(Note)) readonly notes: Supplier<Note>,
    @Inject(lazy(TenantData)) readonly tenant: Lazy<TenantData>,
  ) {}
}

/** One request: gives itself a name, then asks for components in a random order, with turns in between. */
async function request(front: Front, owner: string, next: () => number): Promise<void> {
  const mine = front.who.get()
  expect(mine.owner).toBeUndefined()
  mine.owner = owner
  for (let step = 0; step < 6; step++) {
    for (let wait = Math.floor(next() * 3); wait > 0; wait--) await turn()
    if (next() < 0.3) expect((await front.loaded.resolve()).seen).toBe(owner)
    if (next() < 0.3) expect(front.notes.get().who).toBe(mine)
    expect(front.who.get()).toBe(mine)
    expect(mine.owner).toBe(owner)
  }
}

describe('1,000 interleaved requests', () => {
  it.each([1, 20_260_511])('never see anything of each other, nested ones included (seed %i)', async seed => {
    const container = await start({ components: [Who, Loaded, Note, TenantData, Front], scopes: ['tenant'] })
    const front = container.get(Front)
    const next = random(seed)
    const run = (index: number): Promise<void> =>
      container.runInScope('tenant', index % 7, async () => {
        front.tenant.get().owners.add(String(index % 7))
        await container.runInScope('request', async () => {
          const work = request(front, `r${index}`, next)
          const inner =
            next() < 0.2 ? container.runInScope('request', () => request(front, `n${index}`, next)) : undefined
          await Promise.all([work, inner])
          const { owners } = front.tenant.get()
          expect([...owners]).toEqual([String(index % 7)])
        })
      })
    await inBatches(1_000, 200, run, next)
    expect([open.size, disposedTwice]).toEqual([0, 0])
    expect(container.stats().lives).toEqual({ tenant: 0, request: 0 })
  })

  it('share a life by their ids exactly as long as one of them is in it (a model counts along)', async () => {
    const container = await start({ components: [Who, Loaded, Note, TenantData, Front], scopes: ['tenant'] })
    const next = random(7)
    const inside = new Map<string, number>()
    const lives = new Map<string, Who>()
    const run = async (): Promise<void> => {
      const id = `id${Math.floor(next() * 5)}`
      await container.runInScope('request', id, async () => {
        inside.set(id, (inside.get(id) ?? 0) + 1)
        for (let step = 0; step < 4; step++) {
          const who = container.get(Who)
          if (!lives.has(id)) lives.set(id, who)
          expect(who).toBe(lives.get(id))
          expect(open.has(who)).toBe(true)
          await turn()
        }
        const left = (inside.get(id) ?? 0) - 1
        inside.set(id, left)
        if (left === 0) lives.delete(id)
      })
    }
    await inBatches(1_000, 12, run, next)
    expect([open.size, disposedTwice]).toEqual([0, 0])
  })
})

/** Starts the calls so that up to `width` run at once, in random company. */
async function inBatches(
  count: number,
  width: number,
  run: (index: number) => Promise<void>,
  next: () => number,
): Promise<void> {
  let index = 0
  const lane = async (): Promise<void> => {
    while (index < count) {
      index += 1
      if (next() < 0.3) await turn()
      await run(index)
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
}

describe('a container that is closed in the middle of it', () => {
  it.each([3, 11, 42])('lets what runs come to its end, and leaves nothing (seed %i)', async seed => {
    const container: Container = await start({ components: [Who, Loaded, Note, TenantData, Front], scopes: ['tenant'] })
    const front = container.get(Front)
    const next = random(seed)
    const outcomes = new Map<string, number>()
    const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    const run = (index: number): Promise<void> =>
      container
        .runInScope('request', () => request(front, `r${index}`, next))
        .then(
          () => count('done'),
          (error: unknown) => count((error as { code: string }).code),
        )
    const all = inBatches(300, 50, run, next)
    for (let i = 0; i < 20; i++) await turn()
    await container.close()
    expect([open.size, disposedTwice]).toEqual([0, 0])
    await all
    expect([...outcomes.keys()].sort()).toEqual(['AMBIT_DI_CLOSED', 'done'])
    expect(open.size).toBe(0)
  })
})
