import { runWithValue } from '../../core/async-context'
import type { Deadline } from '../../core/deadline'
import type { Logger } from '../../core/logger'
import { didYouMean } from '../../core/near-misses'
import { askedHere } from '../../core/promise-like'
import type { DisposalFailure } from '../errors'
import { ComponentDisposalError } from '../errors'
import { isBuiltIn } from '../scope'
import { lifeEnded, noNewBlock, scopeUse, unfinished } from '../state-errors'
import { BlockScope } from './block-scope'
import type { OpenScope } from './open-scope'
import { type BlockLife, type Entered, entered, enteredKey } from './block-life'

/** What the blocks of a container need to know of it. */
export interface BlockSite {
  readonly logger: Logger
  /** Whether the running code is a part of what a closing container lets come to its end. */
  finishing(): boolean
}

/** Begins and ends the lives of the scopes that are blocks: `'request'`, and the container's own. */
export class ScopeBlocks {
  readonly sources: ReadonlyMap<string, BlockScope>
  readonly #site: BlockSite
  /** Blocks that run, with the names of their scopes. */
  readonly #running = new Map<Entered, string>()
  #state: 'open' | 'draining' | 'drained' | 'closed' = 'open'
  /** Fires when the next block is left; one for all who wait, made where somebody does. */
  #nextLeave: Signal | undefined

  constructor(scopes: readonly string[], site: BlockSite) {
    this.sources = new Map(scopes.map(name => [name, new BlockScope(name)]))
    this.#site = site
  }

  /** How many lives of each scope are under way. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.sources].map(([name, { open }]) => [name, open.length]))
  }

  /** Runs work in a new life, or in the one that has the id. The work's own failure wins over one of the end. */
  async run<T>(scope: string, id: unknown, fn: () => T | PromiseLike<T>): Promise<T> {
    const { life } = this.#hold('runInScope', scope, id)
    return this.#inside(life, scope, fn)
  }

  /** Holds a life open beyond a single block. */
  open(scope: string, id: unknown): OpenScope {
    const { life, text } = this.#hold('openScope', scope, id)
    let ending: Promise<void> | undefined
    const end = (): Promise<void> => (ending ??= this.#during(life, scope, block => this.#leave(block)))
    return {
      scope,
      id: text,
      get ended() {
        return ending !== undefined || life.ended
      },
      run: async fn => {
        if (ending !== undefined || life.ended) throw lifeEnded(scope)
        this.#admit(scope)
        life.hold()
        return this.#inside(life, scope, fn)
      },
      end,
      [Symbol.asyncDispose]: end,
    }
  }

  /** Takes no new blocks from outside, and waits for those that run, except the caller's own. Names what the deadline cut off. */
  async drain(deadline: Deadline): Promise<Error | undefined> {
    if (this.#state !== 'open' && this.#state !== 'draining') return undefined
    this.#state = 'draining'
    const own = new Set(enteredLinks())
    while (this.#hasOthers(own)) {
      this.#nextLeave ??= signal()
      if (await deadline.meets(this.#nextLeave.fired)) continue
      this.#state = 'drained'
      const others = [...this.#running].filter(([block]) => !own.has(block)).map(([, scope]) => scope)
      return unfinished(counted(others), deadline.timeoutMs ?? 0)
    }
    return undefined
  }

  /** Asked with every block that is left, so it looks at the caller's own, which are few, and not at those that run. */
  #hasOthers(own: ReadonlySet<Entered>): boolean {
    let others = this.#running.size
    for (const block of own) if (this.#running.has(block)) others -= 1
    return others > 0
  }

  /** Ends every life that is still under way, newest first. */
  async close(deadline: Deadline): Promise<readonly DisposalFailure[]> {
    this.#state = 'closed'
    const failures: DisposalFailure[] = []
    const lives = [...this.sources.values()].reverse().flatMap(({ open }) => [...open].reverse())
    for (const life of lives) {
      await life.end(deadline).catch((error: unknown) => {
        failures.push(...(error instanceof ComponentDisposalError ? error.failures : [{ component: 'a scope', error }]))
      })
    }
    return failures
  }

  #inside<T>(life: BlockLife, scope: string, fn: () => T | PromiseLike<T>): Promise<T> {
    return this.#during(life, scope, async block => {
      const result = await this.#work(block, scope, () => runWithValue(enteredKey, block, () => askedHere(fn()) as T))
      await this.#leave(block)
      return result
    })
  }

  /** Something that a close waits for: the work of a block with the end of its life, or that end alone. */
  async #during<T>(life: BlockLife, scope: string, call: (block: Entered) => Promise<T>): Promise<T> {
    const block: Entered = { life, outer: entered() }
    this.#running.set(block, scope)
    try {
      return await call(block)
    } finally {
      this.#running.delete(block)
      this.#nextLeave?.fire()
      this.#nextLeave = undefined
    }
  }

  /** In the block, so that a close which is asked for there waits for all but the caller. */
  #leave(block: Entered): Promise<void> {
    return runWithValue(enteredKey, block, () => block.life.leave())
  }

  async #work<T>(block: Entered, scope: string, fn: () => T | PromiseLike<T>): Promise<T> {
    try {
      return await fn()
    } catch (error) {
      await this.#leave(block).catch((failure: unknown) => {
        this.#site.logger.error(`Components failed at the end of a ${scope} whose work had failed.`, failure)
      })
      throw error
    }
  }

  #hold(call: string, scope: string, id: unknown): { readonly life: BlockLife; readonly text: string | undefined } {
    const source = this.sources.get(scope)
    if (source === undefined) throw this.#noBlocks(call, scope)
    if (!isId(id)) throw scopeUse(`${call}('${scope}', …)`, NO_ID.what, NO_ID.next)
    this.#admit(scope)
    const text = idText(id)
    return { life: source.hold(text), text }
  }

  #admit(scope: string): void {
    if (this.#state === 'open' || (this.#state === 'draining' && this.#site.finishing())) return
    throw noNewBlock(scope)
  }

  #noBlocks(call: string, scope: unknown): Error {
    const where = `${call}(${typeof scope === 'string' ? `'${scope}'` : '…'})`
    const known = [...this.sources.keys()]
    if (typeof scope === 'string' && isBuiltIn(scope)) {
      return scopeUse(where, `The scope '${scope}' has no blocks to run.`, BUILT_IN_REMEDIES[scope] ?? '')
    }
    const listed = known.map(name => `'${name}'`).join(', ')
    const meant = typeof scope === 'string' ? didYouMean(scope, known) : ''
    const what = `There is no scope ${typeof scope === 'string' ? `'${scope}'` : 'without a name'}.`
    return scopeUse(where, what, `${meant}Use ${listed}, or name it at the start: scopes: ['tenant'].`)
  }
}

interface Signal {
  readonly fired: Promise<void>
  readonly fire: () => void
}

function signal(): Signal {
  let fire: () => void = () => undefined
  const fired = new Promise<void>(resolve => (fire = resolve))
  return { fired, fire }
}

function* enteredLinks(): Iterable<Entered> {
  for (let at = entered(); at !== undefined; at = at.outer) yield at
}

/** `['request (2)', 'tenant']` */
function counted(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].map(scope => {
    const many = scopes.filter(each => each === scope).length
    return many === 1 ? scope : `${scope} (${many})`
  })
}

/** Ids are compared as text, since the same one may come as a number from a database and as text from a URL. */
function idText(id: string | number | undefined): string | undefined {
  return id === undefined ? undefined : String(id)
}

function isId(id: unknown): id is string | number | undefined {
  return id === undefined || (typeof id === 'string' && id !== '') || (typeof id === 'number' && !Number.isNaN(id))
}

const NO_ID = {
  what: 'The id of a scope is neither a number nor a text with something in it.',
  next: 'Give what tells this life from others, or leave the id out for a life of its own: an empty id would be shared by all who have none.',
}

const BUILT_IN_REMEDIES: Readonly<Record<string, string>> = {
  singleton: 'It lasts as long as the container.',
  prototype: 'Each asker gets an instance of its own.',
  transaction: 'Run the work in a @Transactional method, or in transactional({}, fn).',
}
