import { AmbitError, type CatalogueEntry } from './ambit-error'
import { ContextKey, contextValue, runWithValue } from './async-context'
import { type Copy, COPY_ERRORS, SecondCopyError, THIS_COPY } from './copies'

/** Errors about which application a call belongs to. */
export const CORE_ERRORS = {
  AMBIT_APP_NONE: {
    thrownAs: 'NoApplicationError',
    meaning: 'A decorated method or a function form ran although no application is running.',
  },
  AMBIT_APP_AMBIGUOUS: {
    thrownAs: 'NoApplicationError',
    meaning: 'Several applications run, and nothing says which one the call belongs to.',
  },
  AMBIT_APP_CLOSING: {
    thrownAs: 'NoApplicationError',
    meaning: 'A call came from outside while its application was closing; nothing of it was done.',
  },
  AMBIT_APP_CLOSED: {
    thrownAs: 'NoApplicationError',
    meaning: 'The application that built the object has been closed.',
  },
  ...COPY_ERRORS,
} as const satisfies Record<`AMBIT_APP_${string}`, CatalogueEntry>

export type CoreErrorCode = keyof typeof CORE_ERRORS

/** No application, or more than one, could answer a call. */
export class NoApplicationError extends AmbitError<CoreErrorCode> {}

/** A typed place in an application where a layer keeps what its decorators need (its transaction managers, say). */
export class ApplicationSlot<T> {
  declare readonly '~value'?: T
  constructor(readonly name: string) {}
}

/** A running application, as the lower layers see it. */
export class ApplicationContext {
  #open = true
  readonly #slots = new Map<ApplicationSlot<unknown>, unknown>()

  constructor(readonly name: string) {}

  get open(): boolean {
    return this.#open
  }

  set<T>(slot: ApplicationSlot<T>, value: T): void {
    this.#slots.set(slot, value)
  }

  get<T>(slot: ApplicationSlot<T>): T | undefined {
    return this.#slots.get(slot) as T | undefined
  }

  /** Takes the application off the list of running ones; its objects refuse further calls. */
  close(): void {
    this.#open = false
    registry().running.delete(this)
  }
}

interface Registry {
  /** Whose applications are, or were last, running. */
  owner: Copy
  readonly running: Set<ApplicationContext>
  /** Copies that can start applications, one for each folder. */
  readonly loaded: Map<string, Copy>
}

const REGISTRY = Symbol.for('ambit')
const owners = new WeakMap<object, ApplicationContext>()
const applicationKey = new ContextKey<ApplicationContext>('application', false, true)

/** The one process-wide thing: the running applications, shared at `Symbol.for('ambit')` so that a second copy is noticed. */
function registry(): Registry {
  const holder = globalThis as { [REGISTRY]?: Registry }
  const known = holder[REGISTRY]
  if (known) return known
  const made: Registry = { owner: THIS_COPY, running: new Set(), loaded: new Map() }
  holder[REGISTRY] = made
  return made
}

/** Lets other copies know that this one is here to start applications; loading the error classes alone does not count. */
export function announceCopy(): void {
  registry().loaded.set(THIS_COPY.folder, THIS_COPY)
}

/**
 * Refuses to go on where another copy of the package could start applications, or runs some. Modules that a test runner has
 * loaded anew from the same folder are no other copy once the applications of their predecessors are closed.
 *
 * @throws SecondCopyError `AMBIT_APP_SECOND_COPY`
 */
export function refuseSecondCopy(): void {
  const { owner, running, loaded } = registry()
  if (owner !== THIS_COPY && running.size > 0) throw new SecondCopyError(owner, THIS_COPY)
  const other = [...loaded.values()].find(({ folder }) => folder !== THIS_COPY.folder)
  if (other !== undefined) throw new SecondCopyError(other, THIS_COPY)
}

/**
 * Lists an application as running.
 *
 * @throws SecondCopyError `AMBIT_APP_SECOND_COPY` as {@link refuseSecondCopy}
 */
export function registerApplication(context: ApplicationContext): void {
  refuseSecondCopy()
  const known = registry()
  known.owner = THIS_COPY
  known.running.add(context)
}

/** Marks an object as built by an application: its transactional methods run there, whatever is ambient. */
export function ownInstance(instance: object, context: ApplicationContext): void {
  owners.set(instance, context)
}

/** Runs `fn` with an application as the ambient one. */
export function runInApplication<R>(context: ApplicationContext, fn: () => R): R {
  return runWithValue(applicationKey, context, fn)
}

/** Runs work in an application: directly, where the running code is in it already. */
export function within(context: ApplicationContext): <R>(work: () => R) => R {
  return work => (ambientApplication() === context ? work() : runInApplication(context, work))
}

/** The application that the running code is in, if it entered one. */
export function ambientApplication(): ApplicationContext | undefined {
  return contextValue(applicationKey)
}

/**
 * The application a call belongs to: the one that built the object, else the ambient one, else the only running one.
 *
 * @throws NoApplicationError `AMBIT_APP_NONE`, `AMBIT_APP_AMBIGUOUS` or `AMBIT_APP_CLOSED`; SecondCopyError
 * `AMBIT_APP_SECOND_COPY` when the only applications running are another copy's
 */
export function resolveApplication(instance?: unknown): ApplicationContext {
  const owner = typeof instance === 'object' && instance !== null ? owners.get(instance) : undefined
  const found = owner ?? contextValue(applicationKey) ?? onlyRunning()
  if (!found.open) throw closed(found)
  return found
}

function onlyRunning(): ApplicationContext {
  const { owner, running } = registry()
  const [first, second] = running
  if (first !== undefined && owner !== THIS_COPY) throw new SecondCopyError(owner, THIS_COPY)
  if (first === undefined) throw none()
  if (second !== undefined) throw ambiguous([...running])
  return first
}

function none(): NoApplicationError {
  return new NoApplicationError('AMBIT_APP_NONE', {
    what: 'No application is running, so there is no data source for this call.',
    next: 'Await bootstrap({ … }) before the call, and close the application after it.',
  })
}

function ambiguous(running: readonly ApplicationContext[]): NoApplicationError {
  const names = running.map(app => `'${app.name}'`).join(', ')
  return new NoApplicationError('AMBIT_APP_AMBIGUOUS', {
    what: `${running.length} applications are running (${names}) and the object was built by none of them.`,
    next: 'Run the call inside app.run(() => …), or let the container build the object.',
  })
}

function closed(context: ApplicationContext): NoApplicationError {
  return new NoApplicationError('AMBIT_APP_CLOSED', {
    what: `The application '${context.name}' that this call belongs to has been closed.`,
    next: 'Finish all work before app.close(), or bootstrap a new application.',
  })
}
